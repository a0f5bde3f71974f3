import type { S } from '@/api/client';

export type Kind = S['NotificationView']['kind'];

export const KINDS: Record<Kind, { name: string; address: string; hint: string }> = {
  webhook: { name: 'Webhook', address: 'Address', hint: 'Is sent a signed JSON message.' },
  email: { name: 'E-mail', address: 'To', hint: 'Several addresses with commas between them.' },
  slack: { name: 'Slack', address: 'Webhook address of Slack', hint: 'Kept secret: it is never shown again.' },
  teams: { name: 'Microsoft Teams', address: 'Webhook address of Teams', hint: 'Kept secret: it is never shown again.' },
  apprise: { name: 'Other (Apprise)', address: 'Apprise address', hint: 'Such as tgram://token/chat. Kept secret: it is never shown again.' },
};

export const kindOptions = (Object.keys(KINDS) as Kind[]).map((value) => ({ value, label: KINDS[value].name }));

export const EVENTS: { value: S['Status']; label: string }[] = [
  { value: 'FAILED', label: 'Failed' },
  { value: 'PARTIAL_SUCCESS', label: 'Some rejected' },
  { value: 'SUCCESS', label: 'Success' },
  { value: 'CANCELLED', label: 'Cancelled' },
];

export const eventsInWords = (events: S['Status'][]): string =>
  events.length === 0 ? 'only for tasks that name it' : EVENTS.filter((one) => events.includes(one.value)).map((one) => one.label).join(', ');

export const addresses = (text: string): string[] => text.split(/[,;\s]+/).filter(Boolean);

/** What the other side said. */
export function answerOf(delivery: S['DeliveryView']): string {
  const answer = delivery.answer ?? {};
  return ['status', 'error', 'message', 'body'].map((key) => answer[key]).filter((value) => value !== undefined && value !== null && value !== '').map(String).join(': ').slice(0, 300);
}

import type { paths } from '@/api/schema';

type Query = NonNullable<paths['/api/v1/audit']['get']['parameters']['query']>;
export type Noun = NonNullable<Query['noun']>;
export type Action = NonNullable<Query['action']>;
/** What the log calls things, and what people call them. */
export const NOUNS: Record<Noun, string> = {
  connection: 'Connection', delivery: 'Delivery', file: 'File', member: 'Member', notification: 'Notification channel', project: 'Project',
  'push secret': 'Push secret', 'push token': 'Push token', run: 'Run', schedule: 'Schedule', schema: 'Schema', session: 'Session', task: 'Task', template: 'Template', token: 'API token', user: 'Person',
};
export const ACTIONS: Record<Action, string> = {
  accepted_invitation: 'took an invitation', activated: 'made active', backfilled: 'ran again over the past', cancelled: 'cancelled', changed_password: 'changed the password',
  cloned: 'copied', created: 'made', cursor_forgotten: 'forgot the cursor', deleted: 'deleted', disabled: 'disabled', enabled: 'enabled', reject_edits_undone: 'undid edits of rejects',
  rejects_discarded: 'discarded rejects', rejects_edited: 'edited rejects', rejects_replayed: 'replayed rejects', rejects_restored: 'restored rejects', removed: 'removed',
  resent: 'sent again', reset_password: 'reset the password', resumed: 'resumed', retried: 'tried again', revoked: 'revoked', rotated: 'made anew', set_role: 'set the role',
  set_up: 'set up', sign_in_failed: 'failed to sign in', signed_in: 'signed in', signed_out: 'signed out', started: 'started', unlocked: 'unlocked', updated: 'changed',
};
const plain = (word: string): string => word.replaceAll('_', ' ');
export const nounWord = (noun: string): string => (NOUNS as Record<string, string>)[noun] ?? plain(noun);
export const actionWord = (action: string): string => (ACTIONS as Record<string, string>)[action] ?? plain(action);
/** A word of the address bar, where the log knows it. */
export const aNoun = (word: string): Noun | undefined => (Object.hasOwn(NOUNS, word) ? (word as Noun) : undefined);
export const anAction = (word: string): Action | undefined => (Object.hasOwn(ACTIONS, word) ? (word as Action) : undefined);

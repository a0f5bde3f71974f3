/** What the log calls things, and what people call them. */
export const NOUNS: Record<string, string> = {
  connection: 'Connection', delivery: 'Delivery', file: 'File', member: 'Member', notification: 'Notification channel', project: 'Project', reject: 'Rejected rows',
  run: 'Run', schedule: 'Schedule', schema: 'Schema', session: 'Session', task: 'Task', template: 'Template', token: 'API token', user: 'Person',
};
export const ACTIONS: Record<string, string> = {
  accepted_invitation: 'took an invitation', cancelled: 'cancelled', changed_password: 'changed the password', created: 'made', deleted: 'deleted', discarded: 'discarded',
  edited: 'edited', removed: 'removed', replayed: 'replayed', resent: 'sent again', reset_password: 'reset the password', revoked: 'revoked', set_role: 'set the role',
  set_up: 'set up', signed_in: 'signed in', signed_out: 'signed out', started: 'started', tested: 'tested', unlocked: 'unlocked', updated: 'changed',
};
const plain = (word: string): string => word.replaceAll('_', ' ');
export const nounWord = (noun: string): string => NOUNS[noun] ?? plain(noun);
export const actionWord = (action: string): string => ACTIONS[action] ?? plain(action);

import type { Role } from '@/api/session';

const WORDS: Record<Role, [name: string, may: string]> = {
  viewer: ['Viewer', 'look'],
  operator: ['Operator', 'run, cancel, fix and replay rows'],
  editor: ['Editor', 'define tasks, connections and schedules'],
  admin: ['Admin', 'manage members and the project'],
};

export const roleWord = (role: string): string => WORDS[role as Role]?.[0] ?? role;
export const roleOptions = (Object.keys(WORDS) as Role[]).map((value) => ({ value, label: `${WORDS[value][0]}: ${WORDS[value][1]}` }));

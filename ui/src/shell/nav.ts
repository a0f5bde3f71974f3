import type { IconName } from '@/components/icons';

export interface Place {
  to: string;
  label: string;
  icon: IconName;
  /** The second letter of its shortcut, after `g`. */
  key?: string;
  /** Begins a group in the navigation. */
  gap?: boolean;
}

export const PLACES: Place[] = [
  { to: '/', label: 'Dashboard', icon: 'home', key: 'd' },
  { to: '/tasks', label: 'Tasks', icon: 'tasks', key: 't' },
  { to: '/runs', label: 'Runs', icon: 'runs', key: 'r' },
  { to: '/schedules', label: 'Schedules', icon: 'calendar', key: 's' },
  { to: '/connections', label: 'Connections', icon: 'plug', key: 'c', gap: true },
  { to: '/files', label: 'Files', icon: 'file', key: 'f' },
  { to: '/projects', label: 'Projects', icon: 'people', gap: true },
  { to: '/settings', label: 'Settings', icon: 'settings' },
  { to: '/audit', label: 'Audit log', icon: 'audit' },
];

import type { S } from '@/api/client';
import type { IconName } from '@/components/icons';

export const GROUPS: Record<string, string> = { database: 'Databases', api: 'APIs', files: 'Files' };
export const groupWord = (group: string): string => GROUPS[group] ?? group;

export type State = 'ok' | 'failing' | 'untested';
export const stateOf = (one: Pick<S['ConnectionView'], 'test'>): State => (one.test === null ? 'untested' : one.test.ok ? 'ok' : 'failing');
export const STATES: Record<State, [word: string, tone: '' | 'success' | 'error', icon: IconName]> = {
  ok: ['Works', 'success', 'check'],
  failing: ['Failing', 'error', 'cross'],
  untested: ['Untested', '', 'clock'],
};

/** What it can be used for, in words. */
export const useWord = (one: { source: boolean; destination: boolean }): string =>
  one.source && one.destination ? 'Source and destination' : one.source ? 'Source' : 'Destination';

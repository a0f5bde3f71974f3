import { useCallback, useEffect } from 'react';
import { useSearchParams } from 'react-router';
import { api, keepCsrfToken, type S } from './client';

export type Role = 'viewer' | 'operator' | 'editor' | 'admin';
const RANKS: Role[] = ['viewer', 'operator', 'editor', 'admin'];
const KEY = 'intakegateway.project';

/** Who is signed in. */
export function useMe(): S['Me'] {
  const me = api.useSuspenseQuery('get', '/api/v1/auth/me', {}, { staleTime: 300_000 });
  keepCsrfToken(me.data.csrf_token);
  return me.data;
}

const kept = (): string => {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
};

const ALL = { params: { query: { limit: 200 } } };

/** The projects that the person may see. */
export const useProjects = (): S['ProjectView'][] =>
  api.useSuspenseQuery('get', '/api/v1/projects', ALL, { staleTime: 60_000 }).data.items;

/**
 * The name of the project that is looked at: `?project=` of the address, else the one of last time if it is still
 * there, else the one that was changed last.
 */
export function useProject(): string {
  const [search] = useSearchParams();
  const projects = useProjects();
  const named = search.get('project');
  if (named) return named;
  const last = projects.find((one) => one.name === kept());
  const newest = [...projects].sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1))[0];
  return (last ?? newest)?.name ?? 'default';
}

/** Look at another project. */
export function useChooseProject(): (name: string) => void {
  const [, setSearch] = useSearchParams();
  return useCallback((name: string) => setSearch({ project: name }), [setSearch]);
}

/** Remember the project that is looked at, so that links need not name it; for the shell. */
export function useKeepProject(name: string): void {
  useEffect(() => {
    try {
      localStorage.setItem(KEY, name);
    } catch {
      // A browser that keeps nothing: addresses name the project.
    }
  }, [name]);
}

/** Whether the person may do what a role may do in the project that is looked at. The server decides in the end. */
export function useCan(role: Role): boolean {
  const me = useMe();
  const project = useProject();
  if (me.user.is_admin) return true;
  const mine = me.memberships.find((one) => one.project === project || one.project_id === project);
  return mine !== undefined && RANKS.indexOf(mine.role as Role) >= RANKS.indexOf(role);
}

/** The same for a project that is shown without being the one that is looked at. */
export function useCanIn(project: S['ProjectView'], role: Role): boolean {
  const me = useMe();
  return me.user.is_admin || RANKS.indexOf(project.role as Role) >= RANKS.indexOf(role);
}

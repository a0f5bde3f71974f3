import { ApiError } from '@/api/client';
import { sentence } from '@/components/ErrorView';

/** What a refused form says: at its fields, by path, and in all. A path's beginning (`config.`) can be taken off. */
export function fieldErrors(error: unknown, prefix = ''): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(
    (error.problem.errors ?? []).map((one) => [one.path.startsWith(prefix) ? one.path.slice(prefix.length) : one.path, one.message]),
  );
}

export const isStale = (error: unknown): boolean => error instanceof ApiError && error.status === 412;
export const isConflict = (error: unknown): boolean => error instanceof ApiError && error.status === 409;
export { sentence };

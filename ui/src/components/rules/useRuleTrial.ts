import { keepPreviousData } from '@tanstack/react-query';
import { api, type S } from '@/api/client';
import { useDebounced } from '@/lib/useDebounced';
import type { TaskDefinition } from '@/lib/definition';
import { isEmpty, mappingOf } from '@/components/mapping/edit';
import { lacks } from './rules';

const MOST = 1000;

export interface RuleTrial {
  trial: S['TrialView'] | null;
  /** Which rule of the definition each rule of the trial is. */
  places: number[];
  error: unknown;
  /** What the server says does not fit: a rule, by its place in the definition, and why. */
  refused: { place: number | null; message: string } | null;
  isFetching: boolean;
}

/**
 * What the rules do to the pinned sample. The sample stands in for the source, so that it is not read again,
 * and only what rules look at is sent: a task that is being made has no schedule and maybe no table yet.
 */
export function useRuleTrial(definition: TaskDefinition, sample: Record<string, unknown>[], project: string): RuleTrial {
  const rules = definition.rules ?? [];
  const places = rules.flatMap((rule, place) => (lacks(rule) === '' ? [place] : []));
  const { connection, to, table, create, columns, schema } = definition.load;
  const load = { connection, to, create, columns, schema, table: table || 'preview', mode: 'append' };
  const asked = useDebounced(
    JSON.stringify({
      definition: { name: definition.name || 'preview', source: { kind: 'push', format: 'json' }, mapping: mappingOf(definition).filter((item) => !isEmpty(item)), rules: places.map((place) => rules[place]), load },
      sample: JSON.stringify(sample.slice(0, MOST)), rows: Math.min(Math.max(sample.length, 1), MOST),
    }),
    400,
  );
  const query = api.useQuery(
    'post', '/api/v1/preview-task', { params: { query: { project } }, body: JSON.parse(asked) as S['TaskLook'] },
    { enabled: sample.length > 0, placeholderData: keepPreviousData, staleTime: 60_000, retry: false },
  );
  const told = query.data?.error;
  const path = (told?.path ?? []) as (string | number)[];
  const place = path[0] === 'rules' && typeof path[1] === 'number' ? (places[path[1]] ?? null) : null;
  return {
    trial: query.data?.trial ?? null, places, error: query.error, isFetching: query.isFetching,
    refused: told ? { place, message: [told.message, told.hint].filter(Boolean).join(' ') } : null,
  };
}

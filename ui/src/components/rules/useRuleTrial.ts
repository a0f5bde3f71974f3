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
 * A rule that the server refuses is left out, so that the others still tell what they do.
 */
export function useRuleTrial(definition: TaskDefinition, sample: Record<string, unknown>[], project: string): RuleTrial {
  const complete = (definition.rules ?? []).flatMap((rule, place) => (lacks(rule) === '' ? [place] : []));
  const first = useTrial(definition, complete, sample, project, true);
  const place = placeIn(first.data?.error, complete);
  const others = complete.filter((one) => one !== place);
  const second = useTrial(definition, others, sample, project, place !== null);
  const told = first.data?.error ?? (place === null ? null : second.data?.error);
  const used = place === null ? first : second;
  return {
    trial: used.data?.trial ?? null, places: place === null ? complete : others, error: used.error, isFetching: first.isFetching || second.isFetching,
    refused: told ? { place, message: capital([told.message, told.hint].filter(Boolean).join(' ')) } : null,
  };
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function placeIn(told: S['TaskPreviewView']['error'] | undefined, places: number[]): number | null {
  const path = (told?.path ?? []) as (string | number)[];
  return path[0] === 'rules' && typeof path[1] === 'number' ? (places[path[1]] ?? null) : null;
}

function useTrial(definition: TaskDefinition, places: number[], sample: Record<string, unknown>[], project: string, enabled: boolean) {
  const rules = definition.rules ?? [];
  const { connection, to, table, create, columns, schema } = definition.load;
  const load = { connection, to, create, columns, schema, table: table || 'preview', mode: 'append' };
  const asked = useDebounced(
    JSON.stringify({
      definition: { name: definition.name || 'preview', source: { kind: 'push', format: 'json' }, mapping: mappingOf(definition).filter((item) => !isEmpty(item)), rules: places.map((one) => rules[one]), load },
      sample: JSON.stringify(sample.slice(0, MOST)), rows: Math.min(Math.max(sample.length, 1), MOST),
    }),
    400,
  );
  return api.useQuery(
    'post', '/api/v1/preview-task', { params: { query: { project } }, body: JSON.parse(asked) as S['TaskLook'] },
    { enabled: enabled && sample.length > 0, placeholderData: keepPreviousData, staleTime: 60_000, retry: false },
  );
}

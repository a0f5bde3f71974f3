import { useState } from 'react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDebounced } from '@/lib/useDebounced';
import type { S } from '@/api/client';
import type { DestinationColumn, TaskDefinition } from '@/lib/definition';
import { mappingOf } from './edit';
import { asRead, tryRow, type Row, type Tried } from './trying';

const NONE: Tried = { after: {}, problems: {} };

/** One row of the sample, and what the server makes of it. */
export function useTried(definition: TaskDefinition, columns: DestinationColumn[] | null, sample: Row[], fields: S['FieldView'][]) {
  const [at, setAt] = useState(0);
  const row = sample[Math.min(at, sample.length - 1)];
  const asked = useDebounced(JSON.stringify({ row, mapping: mappingOf(definition).map((item) => asRead(item, fields, columns)), columns }));
  const tried = useQuery({
    queryKey: ['try-row', asked],
    queryFn: ({ signal }) => {
      const given = JSON.parse(asked) as { row: Row; mapping: NonNullable<TaskDefinition['mapping']>; columns: DestinationColumn[] | null };
      return tryRow(given.row, given.mapping, given.columns, signal);
    },
    enabled: row !== undefined && mappingOf(definition).length > 0, staleTime: 60_000, retry: false, placeholderData: keepPreviousData,
  });
  return { row, at: Math.min(at, Math.max(sample.length - 1, 0)), setAt, tried: tried.data ?? NONE, error: tried.error };
}

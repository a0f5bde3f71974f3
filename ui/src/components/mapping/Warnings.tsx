import { useState } from 'react';
import { keepPreviousData } from '@tanstack/react-query';
import { api, type S } from '@/api/client';
import { Icon } from '@/components/icons';
import { sentence } from '@/components/ErrorView';
import { plural } from '@/lib/format';
import { useDebounced } from '@/lib/useDebounced';
import type { DestinationColumn, TaskDefinition } from '@/lib/definition';
import { isEmpty, mappingOf } from './edit';
import { placeOf, type Place } from './warnings';

interface Props {
  definition: TaskDefinition;
  fields: S['FieldView'][];
  columns: DestinationColumn[] | null;
  go: (place: Place) => void;
}

const FEW = 3;

/** What the server finds that may be wrong with the mapping; each leads to its place. */
export function Warnings({ definition, fields, columns, go }: Props) {
  const [all, setAll] = useState(false);
  const mapping = useDebounced(mappingOf(definition)).filter((item) => !isEmpty(item));
  // Without a mapping all fields are used, each for the column of its name.
  const isByName = mapping.length === 0;
  const asked = isByName ? columns?.filter((one) => !fields.some((field) => field.name === one.name)) : columns;
  const check = api.useQuery(
    'post', '/api/v1/check-mapping',
    { body: { mapping: mapping as unknown as S['MappingCheck']['mapping'], fields: isByName ? [] : fields.map(drafted), columns: (asked ?? []).map(({ name, type, nullable, has_default, generated }) => ({ name, type, nullable, has_default, generated })) } },
    { placeholderData: keepPreviousData, staleTime: 60_000, retry: false },
  );
  const warnings = check.data?.warnings ?? [];
  if (check.error) {
    return (
      <div className="note error" role="alert">
        <Icon name="warning" size={15} /> The mapping cannot be used as it is: {sentence(check.error)}
      </div>
    );
  }
  if (!check.data) return null;
  if (warnings.length === 0) {
    return (
      <p role="status" className="small row" style={{ color: 'var(--success)', gap: 6 }}>
        <Icon name="check" size={14} /> {mapping.length ? 'Nothing seems to be wrong with this mapping.' : 'Nothing is mapped yet.'}
      </p>
    );
  }
  const shown = all ? warnings : warnings.slice(0, FEW);
  return (
    <section className="note warning warnings" aria-label="Warnings">
      <p role="status" className="sr-only">
        {plural(warnings.length, 'warning')}
      </p>
      <ul>
        {shown.map((warning) => (
          <li key={warning}>
            <button type="button" className="link" onClick={() => go(placeOf(warning))}>
              <Icon name="warning" size={14} /> <span>{warning}</span>
            </button>
          </li>
        ))}
      </ul>
      {warnings.length > FEW && (
        <button type="button" className="button quiet" onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${warnings.length}`}
        </button>
      )}
    </section>
  );
}

const drafted = ({ name, type, date_format, max_length, nulls, values, decimal_comma, null_share }: S['FieldView']): S['FieldDraft'] => ({
  name, type, date_format, max_length, nulls, values, decimal_comma, null_share, notes: [], samples: [],
});

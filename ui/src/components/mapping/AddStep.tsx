import { useState } from 'react';
import { api, type S } from '@/api/client';
import { Popup } from '@/components/Popup';
import { fieldsOf, type DestinationColumn, type MappingItem, type TransformItem } from '@/lib/definition';
import { chipText, startOf, titleOf } from './options';
import { useTransforms } from './StepPopup';

interface Props {
  column: DestinationColumn;
  item: MappingItem;
  fields: S['FieldView'][];
  anchor: Element | null;
  add: (steps: TransformItem[]) => void;
  close: () => void;
}

const USUAL = ['trim', 'upper', 'lower', 'title', 'replace', 'parse_number', 'to_date', 'lookup', 'null_if'];

/** One more transform for a column: what the server suggests, then all that there are. */
export function AddStep({ column, item, fields, anchor, add, close }: Props) {
  const [wanted, setWanted] = useState('');
  const views = useTransforms();
  const field = fields.find((one) => one.name === fieldsOf(item)[0]);
  const asked = field ? [{ field, column: { name: column.name, type: column.type || 'text', nullable: column.nullable, has_default: column.has_default, generated: column.generated } }] : [];
  const suggested = api.useQuery('post', '/api/v1/suggest-transforms', { body: asked }, { enabled: asked.length > 0, staleTime: 60_000, retry: false });
  const steps = (suggested.data?.[0]?.transforms ?? []) as TransformItem[];
  const low = wanted.trim().toLowerCase();
  const found = views
    .filter((view) => `${titleOf(view.name)} ${view.name} ${view.description}`.toLowerCase().includes(low))
    .toSorted((a, b) => rank(a.name) - rank(b.name));
  return (
    <Popup title={`Add a transform to ${column.name}`} anchor={anchor} close={close}>
      {steps.length > 0 && (
        <div className="note row" role="note">
          <span>Suggested, because {field?.type} goes to {column.type || 'text'}:</span>
          <button type="button" className="button" onClick={() => add(steps)}>
            {steps.map(chipText).join(', then ')}
          </button>
        </div>
      )}
      {suggested.data?.[0]?.lossy && <p className="small muted">Some values may not fit the column. Those rows become rejects.</p>}
      <input className="input" type="search" autoFocus placeholder="Find a transform" aria-label="Find a transform" value={wanted} onChange={(event) => setWanted(event.target.value)} />
      <ul className="choices" aria-label="Transforms">
        {found.map((view) => (
          <li key={view.name}>
            <button type="button" className="choice" onClick={() => add([startOf(view)])}>
              <strong>{titleOf(view.name)}</strong>
              <small>{view.description.replaceAll('``', '')}</small>
            </button>
          </li>
        ))}
        {views.length > 0 && found.length === 0 && <li className="muted">No transform matches.</li>}
      </ul>
    </Popup>
  );
}

const rank = (name: string) => (USUAL.includes(name) ? USUAL.indexOf(name) : USUAL.length);

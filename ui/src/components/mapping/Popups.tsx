import type { S } from '@/api/client';
import { isDirect, type DestinationColumn, type TaskDefinition } from '@/lib/definition';
import { plural } from '@/lib/format';
import { AddStep } from './AddStep';
import { ApplyToMany } from './ApplyToMany';
import { AutoMatch } from './AutoMatch';
import * as edit from './edit';
import type { Choice } from './FieldCombo';
import { FieldPicker } from './FieldPicker';
import { FileDialog } from './FileDialog';
import { RowPopup } from './RowPopup';
import { StepPopup } from './StepPopup';
import { Templates } from './Templates';
import type { Tool } from './Toolbar';
import type { Row } from './trying';

/** What is open beside the editor; one thing at a time. */
export type Opened =
  | { what: Tool; anchor: Element | null }
  | { what: 'row' | 'add' | 'pick'; column: string; anchor: Element | null }
  | { what: 'step'; column: string; at: number; anchor: Element | null };

interface Props {
  opened: Opened;
  open: (opened: Opened | null) => void;
  definition: TaskDefinition;
  rows: DestinationColumn[];
  fields: S['FieldView'][];
  choices: Choice[];
  used: ReadonlyMap<string, string[]>;
  sample: Row[];
  project: string;
  change: (make: (now: TaskDefinition) => TaskDefinition, place?: string) => void;
  say: (text: string) => void;
  unmapped: string[];
  unfilled: string[];
}

export function Popups({ opened, open, definition, rows, fields, choices, used, sample, project, change, say, unmapped, unfilled }: Props) {
  const close = () => open(null);
  const { anchor } = opened;
  if (opened.what === 'match') {
    const accept = (matches: S['MatchView'][]) => {
      change((now) => matches.reduce((made, one) => edit.setField(made, one.column, one.field), now));
      say(`${plural(matches.length, 'field')} matched.`);
    };
    return <AutoMatch fields={unmapped} columns={unfilled} project={project} anchor={anchor} accept={accept} close={close} />;
  }
  if (opened.what === 'templates') return <Templates definition={definition} project={project} anchor={anchor} change={change} say={say} close={close} />;
  if (opened.what === 'file') return <FileDialog definition={definition} anchor={anchor} change={change} say={say} close={close} />;
  if (opened.what === 'many') {
    const filled = rows.filter((one) => !edit.isEmpty(edit.itemOf(definition, one.name)));
    return (
      <ApplyToMany
        columns={filled} anchor={anchor} close={close}
        apply={(columns, step) => { change((now) => edit.applyToMany(now, columns, step)); say(`The transform was added to ${plural(columns.length, 'column')}.`); }}
      />
    );
  }
  const named = opened;
  const column = rows.find((one) => 'column' in named && one.name === named.column);
  if (!column) return null;
  const item = edit.itemOf(definition, column.name);
  switch (opened.what) {
    case 'row':
      return <RowPopup definition={definition} column={column} columns={rows} fields={fields} choices={choices} sample={sample} anchor={anchor} change={change} close={close} />;
    case 'pick':
      return (
        <FieldPicker
          column={column.name} value={item && isDirect(item) ? item.from : ''} choices={choices} used={used} close={close}
          pick={(field) => { change((now) => edit.setField(now, column.name, field)); close(); }}
          clear={() => { change((now) => edit.clearColumn(now, column.name)); close(); }}
          more={() => open({ what: 'row', column: column.name, anchor: null })}
        />
      );
    case 'add':
      if (!item) return null;
      return (
        <AddStep
          column={column} item={item} fields={fields} anchor={anchor} close={close}
          add={(steps) => {
            const at = item.transforms?.length ?? 0;
            change((now) => edit.setTransforms(now, column.name, (list) => [...list, ...steps]));
            // What was added is shown at once with its values; the chip is there only afterwards, so the row stands for it.
            open({ what: 'step', column: column.name, at: at + steps.length - 1, anchor });
          }}
        />
      );
    case 'step':
      if (!item) return null;
      return (
        <StepPopup
          column={column.name} item={item} at={opened.at} anchor={anchor} sample={sample}
          setTransforms={(make, place) => change((now) => edit.setTransforms(now, column.name, make), place)}
          go={(at) => open(at < 0 ? null : { ...opened, at })}
        />
      );
  }
}

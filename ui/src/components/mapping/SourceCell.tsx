import { isConstant, isDirect, isExpression, isJoin, isSplit, type MappingItem } from '@/lib/definition';
import { isEmpty } from './edit';
import { FieldCombo, type Choice } from './FieldCombo';
import { shown } from './trying';
import type { Actions } from './actions';

interface Props {
  column: string;
  item: MappingItem | undefined;
  choices: Choice[];
  readOnly: boolean;
  isNarrow: boolean;
  actions: Actions;
}

/** Where a column's value comes from, in the row: a field to type, or what else was chosen. */
export function SourceCell({ column, item, choices, readOnly, isNarrow, actions }: Props) {
  const direct = item && isDirect(item) ? item.from : '';
  if (isEmpty(item) || (item && isDirect(item))) {
    if (readOnly) return <span>{direct || <span className="muted">Nothing</span>}</span>;
    if (isNarrow) {
      return (
        <button type="button" className="map-pick" aria-label={`${direct || 'Choose a field'} for ${column}`} onClick={() => actions.pickField(column)}>
          {direct || <span className="muted">Choose a field</span>}
        </button>
      );
    }
    return (
      <FieldCombo
        label={`Field for ${column}`} value={direct} choices={choices} pick={(field) => actions.setField(column, field)}
        {...(direct ? { clear: () => actions.clear(column) } : {})}
      />
    );
  }
  const [word, text] = item ? summary(item, column) : ['', ''];
  const inside = (
    <>
      <span className="tag">{word}</span>
      <span className={isExpressionItem(item) ? 'mono ellipsis' : 'ellipsis'}>{text}</span>
    </>
  );
  return readOnly ? (
    <span className="map-pick">{inside}</span>
  ) : (
    <button type="button" className="map-pick" title={text} aria-label={`${word} for ${column}: ${text}`} onClick={(event) => actions.openRow(column, event.currentTarget)}>
      {inside}
    </button>
  );
}

const isExpressionItem = (item: MappingItem | undefined) => item !== undefined && isExpression(item);

/** What a mapping does, as a word and a text. */
export function summary(item: MappingItem, column: string): [word: string, text: string] {
  if (isDirect(item)) return ['Field', item.from];
  if (isJoin(item)) return ['Join', item.join.from.join(', ')];
  if (isSplit(item)) {
    const part = item.to.indexOf(column) + 1;
    return ['Split', `part ${part} of ${item.split.from}`];
  }
  if (isConstant(item)) return ['Constant', item.constant === '' ? '(empty text)' : shown(item.constant)];
  return ['Formula', item.expression || '(nothing yet)'];
}

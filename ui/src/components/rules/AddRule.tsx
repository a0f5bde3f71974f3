import { useState } from 'react';
import type { S } from '@/api/client';
import { Popup } from '@/components/Popup';
import { RULE_KINDS, type RuleItem, type RuleKind } from '@/lib/definition';
import { ABOUT_ROWS, KIND_WORDS, withParts, partsOf } from './rules';

interface Props {
  templates: S['RuleTemplate'][];
  anchor: Element | null;
  add: (rule: RuleItem) => void;
  close: () => void;
}

/** A kind of rule to start from; columns are chosen afterwards. */
export function AddRule({ templates, anchor, add, close }: Props) {
  const [wanted, setWanted] = useState('');
  const low = wanted.trim().toLowerCase();
  const known = RULE_KINDS.filter((kind) => templates.some((one) => one.kind === kind) && KIND_WORDS[kind].join(' ').toLowerCase().includes(low));
  const group = (title: string, kinds: RuleKind[]) =>
    kinds.length > 0 && (
      <section aria-label={title}>
        <h3 className="small muted">{title}</h3>
        <ul className="choices">
          {kinds.map((kind) => (
            <li key={kind}>
              <button type="button" className="choice" onClick={() => add(started(templates, kind))}>
                <strong>{KIND_WORDS[kind][0]}</strong>
                <small>{KIND_WORDS[kind][1]}</small>
              </button>
            </li>
          ))}
        </ul>
      </section>
    );
  return (
    <Popup title="Add a rule" anchor={anchor} close={close}>
      <input className="input" type="search" autoFocus placeholder="Find a rule" aria-label="Find a rule" value={wanted} onChange={(event) => setWanted(event.target.value)} />
      {group('About values', known.filter((kind) => !ABOUT_ROWS.includes(kind)))}
      {group('About rows', known.filter((kind) => ABOUT_ROWS.includes(kind)))}
      {known.length === 0 && <p className="muted">No rule matches.</p>}
    </Popup>
  );
}

/** The example without what belongs to the example's table. */
function started(templates: S['RuleTemplate'][], kind: RuleKind): RuleItem {
  const example = templates.find((one) => one.kind === kind)?.example as unknown as RuleItem;
  return withParts(example, { ...partsOf(example), columns: [], values: [], pattern: '', expression: '', table: '', to: [], min: '', max: '' });
}

import { useState } from 'react';
import type { S } from '@/api/client';
import { Icon } from '@/components/icons';
import { ruleKind, type RuleItem } from '@/lib/definition';
import { FAIL_WORDS, KIND_WORDS, OUTCOMES, lacks, sentenceOf } from './rules';

export const RULE = 'application/x-intake-rule';

interface Props {
  rule: RuleItem;
  at: number;
  count: number;
  touched: S['TouchedView'][];
  /** The trial is there, so that a rule without any row is fine. */
  isTried: boolean;
  refused: string;
  edit: (anchor: Element) => void;
  move: (from: number, to: number) => void;
  show: (touched: S['TouchedView'], anchor: Element) => void;
  readOnly: boolean;
}

/** One rule: what it says, what happens, and what it does to the sample. */
export function RuleCard({ rule, at, count, touched, isTried, refused, edit, move, show, readOnly }: Props) {
  const [isOver, setOver] = useState(false);
  const kind = ruleKind(rule) ?? 'not_null';
  const sentence = rule.name || sentenceOf(rule);
  const missing = lacks(rule);
  const action = rule.severity === 'warning' && !rule.on_fail ? 'Counts a warning' : kind === 'dedupe' ? 'Leaves the other rows out' : `${FAIL_WORDS[rule.on_fail ?? 'reject']}${rule.on_fail === 'set_default' ? `: ${String(rule.default)}` : ''}`;
  return (
    <li
      className={`rule${isOver ? ' over' : ''}`} data-rule={at} draggable={!readOnly}
      onDragStart={(event) => { event.dataTransfer.setData(RULE, String(at)); event.dataTransfer.effectAllowed = 'move'; }}
      onDragOver={(event) => { if (event.dataTransfer.types.includes(RULE)) { event.preventDefault(); setOver(true); } }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => { setOver(false); if (event.dataTransfer.types.includes(RULE)) { event.preventDefault(); move(Number(event.dataTransfer.getData(RULE)), at); } }}
    >
      <div className="rule-said">
        <span className="small muted">{KIND_WORDS[kind][0]}</span>
        {readOnly ? <strong>{sentence}</strong> : (
          <button type="button" className="rule-open" aria-label={`Edit rule ${at + 1}: ${sentence}`} onClick={(event) => edit(event.currentTarget)}>
            {sentence}
          </button>
        )}
        {(missing || refused) && (
          <span className="small rule-wrong">
            <Icon name="warning" size={13} /> {missing || refused}
          </span>
        )}
      </div>
      <div className="rule-does">
        <span className={`tag ${rule.severity === 'warning' ? 'warning' : rule.on_fail === 'stop' ? 'error' : ''}`}>{action}</span>
        {touched.map((one) => (
          <button key={one.outcome} type="button" className={`tag ${OUTCOMES[one.outcome][1]} rule-count`} onClick={(event) => show(one, event.currentTarget)}>
            {one.rows.length} {OUTCOMES[one.outcome][0]}
            <span className="sr-only">: show these rows</span>
          </button>
        ))}
        {isTried && !missing && !refused && touched.length === 0 && <span className="small muted">Every sample row passes</span>}
      </div>
      {!readOnly && (
        <div className="rule-move">
          <button type="button" className="button quiet icon" aria-label={`Move rule ${at + 1} up`} disabled={at === 0} onClick={() => move(at, at - 1)}>
            <Icon name="up" size={15} />
          </button>
          <button type="button" className="button quiet icon" aria-label={`Move rule ${at + 1} down`} disabled={at === count - 1} onClick={() => move(at, at + 1)}>
            <Icon name="down" size={15} />
          </button>
        </div>
      )}
    </li>
  );
}

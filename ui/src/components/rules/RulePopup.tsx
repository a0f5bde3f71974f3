import type { S } from '@/api/client';
import { Popup } from '@/components/Popup';
import { ruleKind, type OnFail, type RuleItem } from '@/lib/definition';
import { scalarOf } from '@/components/mapping/options';
import { RuleForm } from './RuleForm';
import { FAIL_WORDS, KIND_WORDS, lacks, sentenceOf, withFail, withSeverity } from './rules';

interface Props {
  rule: RuleItem;
  template: S['RuleTemplate'] | undefined;
  columns: { name: string; type: string }[];
  names: Record<string, string>;
  anchor: Element | null;
  set: (rule: RuleItem) => void;
  remove: () => void;
  close: () => void;
}

/** All about one rule: what it asks, and what happens to a row that does not satisfy it. */
export function RulePopup({ rule, template, columns, names, anchor, set, remove, close }: Props) {
  const kind = ruleKind(rule) ?? 'not_null';
  const actions = (template?.actions ?? ['reject']) as OnFail[];
  const onFail = rule.on_fail ?? 'reject';
  const isWarning = rule.severity === 'warning';
  const missing = lacks(rule);
  return (
    <Popup title={KIND_WORDS[kind][0]} anchor={anchor} close={close}>
      <p className="muted small">{KIND_WORDS[kind][1]}.</p>
      <RuleForm rule={rule} columns={columns} names={names} set={set} />
      <div className="rule-pair">
        <label className="field">
          <span>A row that fails</span>
          <select
            className="select" value={isWarning && onFail === 'reject' ? 'warn' : onFail}
            onChange={(event) => set(event.target.value === 'warn' ? withSeverity(withFail(rule, 'reject'), 'warning') : withFail(withSeverity(rule, 'error'), event.target.value as OnFail))}
          >
            {actions.map((one) => (
              <option key={one} value={one}>{kind === 'dedupe' && one === 'reject' ? 'Leave the row out' : FAIL_WORDS[one]}</option>
            ))}
            <option value="warn">Load it, and count a warning</option>
          </select>
        </label>
        {onFail === 'set_default' && (
          <label className="field">
            <span>Default value</span>
            <input className="input" value={String(rule.default ?? '')} onChange={(event) => set({ ...rule, default: scalarOf(event.target.value) })} />
          </label>
        )}
      </div>
      <label className="field">
        <span>Message, in your own words</span>
        <input className="input" value={rule.message ?? ''} placeholder="Said about each row that fails" onChange={(event) => set(withMessage(rule, event.target.value))} />
      </label>
      <p role="status" className="small muted">
        {missing || <>In short: {sentenceOf(rule)}.</>}
      </p>
      <div className="spread">
        <button type="button" className="button" onClick={remove}>
          Remove rule
        </button>
        <button type="button" className="button primary" onClick={close}>
          Done
        </button>
      </div>
    </Popup>
  );
}

function withMessage(rule: RuleItem, message: string): RuleItem {
  const { message: _old, ...rest } = rule;
  return (message === '' ? rest : { ...rest, message }) as RuleItem;
}

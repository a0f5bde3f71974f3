import './rules.css';
import '@/components/mapping/mapping.css';
import { useState } from 'react';
import { api, type S } from '@/api/client';
import { ErrorView } from '@/components/ErrorView';
import { Icon } from '@/components/icons';
import { Empty } from '@/components/QueryBoundary';
import { plural } from '@/lib/format';
import { ruleKind, type RuleItem, type TaskDefinition } from '@/lib/definition';
import { moved, rowsOf } from '@/components/mapping/edit';
import { namesFor } from '@/components/mapping/RowPopup';
import { AddRule } from './AddRule';
import { RuleCard } from './RuleCard';
import { RulePopup } from './RulePopup';
import { RuleRows } from './RuleRows';
import { useRuleTrial } from './useRuleTrial';

export interface RuleListProps {
  definition: TaskDefinition;
  fields: S['FieldView'][];
  /** The rows that were fetched once; arrays exploded. */
  sample: Record<string, unknown>[];
  project: string;
  onChange: (next: TaskDefinition) => void;
  readOnly?: boolean;
}

type Opened = { what: 'add'; anchor: Element } | { what: 'edit'; at: number; anchor: Element | null } | { what: 'rows'; at: number; outcome: S['TouchedView']['outcome']; anchor: Element };

/** What rows have to satisfy, in the order in which it is looked at, with what it does to the sample. */
export default function RuleList({ definition, fields, sample, project, onChange, readOnly = false }: RuleListProps) {
  const [opened, setOpened] = useState<Opened | null>(null);
  const rules = definition.rules ?? [];
  const templates = api.useQuery('get', '/api/v1/rules/templates', {}, { staleTime: Infinity });
  const { trial, places, error, refused, isFetching } = useRuleTrial(definition, sample, project);
  const set = (next: RuleItem[]) => onChange({ ...definition, rules: next });
  const move = (from: number, to: number) => set(moved(rules, from, to));
  const touchedBy = (at: number) => (trial?.touched ?? []).filter((one) => places[one.place] === at);
  const tried = new Map((trial?.columns ?? []).map((one) => [String(one.name), String(one.type)]));
  const columns = rowsOf(definition, null).map((one) => ({ ...one, type: tried.get(one.name) ?? one.type }));
  const shown = opened && opened.what !== 'add' ? rules[opened.at] : undefined;
  const close = () => setOpened(null);
  return (
    <div className="stack rules" style={{ gap: 12 }}>
      <div className="spread">
        <Summary trial={trial} sample={sample.length} isFetching={isFetching} />
        {!readOnly && (
          <button type="button" className="button primary" disabled={!templates.data} onClick={(event) => setOpened({ what: 'add', anchor: event.currentTarget })}>
            <Icon name="plus" size={15} /> Add rule
          </button>
        )}
      </div>
      {templates.error ? <ErrorView what="The kinds of rules" error={templates.error} retry={() => void templates.refetch()} /> : null}
      {error ? <ErrorView what="What the rules do to the sample" error={error} /> : null}
      {refused && refused.place === null && (
        <p className="note warning" role="status">
          The sample cannot be tried yet: {refused.message}
        </p>
      )}
      {trial?.stop && (
        <p className="note error" role="status">
          <Icon name="stop" size={14} /> {trial.stop}
        </p>
      )}
      {rules.length === 0 ? (
        <Empty title="No rule yet">
          Rows are loaded as they are. A rule says what has to be true, such as “email has a value”, and what happens to a row where it is not.
        </Empty>
      ) : (
        <ol className="rule-list" aria-label="Rules">
          {rules.map((rule, at) => (
            <RuleCard
              key={`${at} ${ruleKind(rule)}`} rule={rule} at={at} count={rules.length} touched={touchedBy(at)} isTried={trial !== null} refused={refused?.place === at ? refused.message : ''}
              edit={(anchor) => setOpened({ what: 'edit', at, anchor })} move={move} show={(one, anchor) => setOpened({ what: 'rows', at, outcome: one.outcome, anchor })} readOnly={readOnly}
            />
          ))}
        </ol>
      )}
      {opened?.what === 'add' && (
        <AddRule templates={templates.data ?? []} anchor={opened.anchor} close={close} add={(rule) => { set([...rules, rule]); setOpened({ what: 'edit', at: rules.length, anchor: opened.anchor }); }} />
      )}
      {opened?.what === 'edit' && shown && (
        <RulePopup
          rule={shown} template={templates.data?.find((one) => one.kind === ruleKind(shown))} columns={columns} names={namesFor(definition, fields, columns, '')} anchor={opened.anchor}
          set={(rule) => set(rules.with(opened.at, rule))} remove={() => { close(); set(rules.toSpliced(opened.at, 1)); }} close={close}
        />
      )}
      {opened?.what === 'rows' && shown && trial && touchedBy(opened.at).filter((one) => one.outcome === opened.outcome).map((one) => (
        <RuleRows key={one.outcome} definition={definition} rule={shown} touched={one} trial={trial} anchor={opened.anchor} close={close} />
      ))}
    </div>
  );
}

/** What all rules together do to the sample. */
function Summary({ trial, sample, isFetching }: { trial: S['TrialView'] | null; sample: number; isFetching: boolean }) {
  if (sample === 0) return <span className="muted small">There is no sample to try the rules on.</span>;
  if (!trial) return <span className="muted small" role="status">{isFetching ? 'Trying the rules on the sample …' : ''}</span>;
  const before = (trial.counts.rejected ?? 0) - new Set(trial.touched?.filter((one) => one.outcome === 'rejected').flatMap((one) => one.rows)).size;
  const count = (outcome: string) => new Set(trial.touched?.filter((one) => one.outcome === outcome).flatMap((one) => one.rows)).size;
  return (
    <p role="status" aria-busy={isFetching} className="rule-sum">
      <span className="muted">Of {plural(sample, 'sample row')}:</span> <strong>{trial.counts.good ?? 0} pass</strong>, {trial.counts.rejected ?? 0} rejected{before > 0 && ` (${before} of them before the rules, as their values do not fit)`}, {count('warned')} warned, {count('changed')} changed
      {trial.counts.deduplicated ? `, ${trial.counts.deduplicated} left out as duplicates` : ''}
    </p>
  );
}

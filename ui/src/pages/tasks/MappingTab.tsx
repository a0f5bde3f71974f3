import '@/components/diff.css';
import type { ReactNode } from 'react';
import { Tag } from '@/components/StateTag';
import { mappingOf, ruleAction, ruleWords, rulesOf, transformWords, type MappingRow } from './definition';

/** Which fields become which columns. */
export function MappingTab({ definition }: { definition: Record<string, unknown> }) {
  const rows = mappingOf(definition);
  if (rows.length === 0) return <p className="muted">There is no mapping: every field goes into the column of the same name.</p>;
  return (
    <div className="card" role="region" aria-label="Mapping" tabIndex={0} style={{ padding: 0, overflowX: 'auto' }}>
      <table className="diff" aria-label="Mapping">
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">Comes from</th>
            <th scope="col">Transforms</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              <th scope="row">
                <code>{Array.isArray(row.to) ? row.to.join(', ') : row.to}</code> {row.type && <span className="muted small">{row.type}</span>}
              </th>
              <td data-label="Comes from">{origin(row)}</td>
              <td data-label="Transforms">
                <span className="row" style={{ gap: 4 }}>
                  {(row.transforms ?? []).map((one, at) => <Tag key={at}>{transformWords(one)}</Tag>)}
                  {row.default !== undefined && <Tag>{`if empty: ${JSON.stringify(row.default)}`}</Tag>}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function origin(row: MappingRow): ReactNode {
  if (row.from !== undefined) return <code>{row.from}</code>;
  if (row.split) return <><code>{row.split.from}</code> split {row.split.by ? <>at <code>{row.split.by}</code></> : <>by the pattern <code>{row.split.pattern}</code></>}</>;
  if (row.join) return <><code>{row.join.from.join(' + ')}</code> joined with <code>{JSON.stringify(row.join.with ?? ' ')}</code></>;
  if (row.expression !== undefined) return <>calculated: <code>{row.expression}</code></>;
  return <>always <code>{JSON.stringify(row.constant)}</code></>;
}

/** What rows must satisfy. */
export function RulesTab({ definition }: { definition: Record<string, unknown> }) {
  const rules = rulesOf(definition);
  if (rules.length === 0) return <p className="muted">There are no rules: every row that fits the table is loaded.</p>;
  return (
    <div className="card" style={{ padding: 0 }}>
      <table className="diff" aria-label="Rules">
        <thead>
          <tr>
            <th scope="col">Rule</th>
            <th scope="col">If a row fails</th>
          </tr>
        </thead>
        <tbody>
          {rules.map((rule, index) => (
            <tr key={index}>
              <th scope="row">{typeof rule.name === 'string' && rule.name && <span className="muted">{rule.name}: </span>}{ruleWords(rule)}</th>
              <td data-label="If a row fails">{ruleAction(rule)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

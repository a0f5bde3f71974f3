import { api, type S } from '@/api/client';
import { useProject } from '@/api/session';
import { targetsOf, fieldsOf, type DestinationColumn, type ScheduleSpec, type TaskDefinition } from '@/lib/definition';
import { moment } from '@/lib/format';
import { sentence } from '@/lib/problems';

// The three editors of the wizard in their plainest form.

interface MappingProps {
  definition: TaskDefinition;
  fields: S['FieldView'][];
  tree: S['PreviewView']['tree'];
  sample: Record<string, unknown>[];
  columns: DestinationColumn[] | null;
  project: string;
  onChange: (next: TaskDefinition) => void;
  readOnly?: boolean;
}

/** The mappings as a list; without any, fields go to the columns of their names. */
export function MappingEditor({ definition, fields, columns }: MappingProps) {
  const rows = definition.mapping?.length
    ? definition.mapping.map((item) => ({ to: targetsOf(item).join(', '), from: fieldsOf(item).join(', ') || 'a value of its own' }))
    : fields.map((field) => ({ to: columns?.find((one) => one.name.toLowerCase() === field.name.toLowerCase())?.name ?? field.name, from: field.name }));
  return (
    <div className="card" style={{ overflowX: 'auto' }}>
      <table className="plain">
        <thead><tr><th scope="col">Field</th><th scope="col">Column</th></tr></thead>
        <tbody>{rows.map((row) => <tr key={row.to}><td>{row.from}</td><td>{row.to}</td></tr>)}</tbody>
      </table>
    </div>
  );
}

interface RuleProps {
  definition: TaskDefinition;
  fields: S['FieldView'][];
  sample: Record<string, unknown>[];
  project: string;
  onChange: (next: TaskDefinition) => void;
}

export function RuleList({ definition }: RuleProps) {
  const rules = definition.rules ?? [];
  if (rules.length === 0) return <p className="card">No rules yet. Every row that the table takes is loaded.</p>;
  return <ul className="card" style={{ paddingInlineStart: 32 }}>{rules.map((rule, at) => <li key={at}><code>{JSON.stringify(rule)}</code></li>)}</ul>;
}

const newSchedule = (): ScheduleSpec => ({
  cron: '0 6 * * *', timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, enabled: true, overlap: 'skip', missed: 'none', jitter: 0, retries: 0, retry_delay: 60, max_failures: 0,
});

interface CronProps {
  value: ScheduleSpec | null;
  onChange: (next: ScheduleSpec | null) => void;
}

export function CronBuilder({ value, onChange }: CronProps) {
  const project = useProject();
  const cron = value?.cron ?? '';
  const zone = value?.timezone ?? 'UTC';
  const next = api.useQuery('get', '/api/v1/schedules/preview', { params: { query: { cron, timezone: zone, count: 3 } } }, { enabled: cron !== '' && project !== '', retry: false });
  return (
    <div className="card stack">
      <label className="check">
        <input type="checkbox" checked={value !== null} onChange={(event) => onChange(event.target.checked ? newSchedule() : null)} />
        Run it by itself
      </label>
      {value && (
        <>
          <label className="field"><span>Cron</span><input className="input" value={cron} onChange={(event) => onChange({ ...value, cron: event.target.value })} /></label>
          <p role="status">{next.error ? sentence(next.error) : next.data?.words}</p>
          <ul>{next.data?.next_runs.map((one) => <li key={one.at}>{moment(one.at)}</li>)}</ul>
        </>
      )}
    </div>
  );
}

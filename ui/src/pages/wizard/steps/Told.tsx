import { Link } from 'react-router';
import { api, type S } from '@/api/client';
import { useProject } from '@/api/session';
import type { NotifyItem } from '@/lib/definition';

interface Props {
  value: NotifyItem[];
  onChange: (next: NotifyItem[]) => void;
}

const nameOf = (one: NotifyItem) => one.notification ?? one.webhook ?? one.email ?? one.slack ?? one.teams ?? '';
const ENDS: [S['Status'], string][] = [['FAILED', 'failed'], ['PARTIAL_SUCCESS', 'had rows rejected'], ['SUCCESS', 'went well'], ['CANCELLED', 'was cancelled']];
const USUAL: S['Status'][] = ['FAILED', 'PARTIAL_SUCCESS'];

/** Which channels of the project are told when a run of this task has ended, and how. */
export function Told({ value, onChange }: Props) {
  const project = useProject();
  const { data } = api.useQuery('get', '/api/v1/notifications', { params: { query: { project, limit: 200 } } }, { staleTime: 60_000, retry: false });
  const names = [...new Set([...(data?.items ?? []).map((one) => one.name), ...value.map(nameOf)])].filter(Boolean);
  const endsOf = (name: string) => value.filter((one) => nameOf(one) === name).flatMap((one) => one.on ?? USUAL);
  const tell = (name: string, ends: S['Status'][]) =>
    onChange([...value.filter((one) => nameOf(one) !== name), ...(ends.length ? [{ ...value.find((one) => nameOf(one) === name) ?? { notification: name }, on: ends }] : [])]);
  return (
    <section className="stack" style={{ gap: 8 }} aria-label="Who is told">
      <h3>Who is told when a run has ended</h3>
      {names.length === 0 ? (
        <p className="muted">The project has no channel yet: e-mail, a chat or a webhook. <Link to="/settings?tab=notifications">Notifications</Link> is where they are made.</p>
      ) : (
        names.map((name) => (
          <fieldset key={name} className="cron-set">
            <legend>{name}: when it</legend>
            <div className="row" style={{ gap: 6 }}>
              {ENDS.map(([end, words]) => {
                const ends = endsOf(name);
                return (
                  <label key={end} className="pill">
                    <input type="checkbox" checked={ends.includes(end)} onChange={(event) => tell(name, event.target.checked ? [...ends, end] : ends.filter((one) => one !== end))} />
                    <span>{words}</span>
                  </label>
                );
              })}
            </div>
          </fieldset>
        ))
      )}
      <p className="muted small">A channel may also be told of every run of the project: that is set where it is made.</p>
    </section>
  );
}

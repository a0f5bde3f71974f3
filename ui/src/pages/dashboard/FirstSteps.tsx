import { useState } from 'react';
import { Link } from 'react-router';
import { api, type S } from '@/api/client';
import { useCan } from '@/api/session';
import { Icon } from '@/components/icons';
import { Sample } from '@/components/Sample';

const KEY = 'intakegateway.first-steps';
const isDismissed = (): boolean => {
  try {
    return localStorage.getItem(KEY) === 'done';
  } catch {
    return false;
  }
};

/** What a new project still lacks; goes when all is there, or when it is sent away. */
export function FirstSteps({ data, project }: { data: S['Dashboard']; project: string }) {
  const [isGone, setGone] = useState(isDismissed);
  const canDefine = useCan('editor');
  const canManage = useCan('admin');
  const members = api.useQuery('get', '/api/v1/projects/{project}/members', { params: { path: { project } } }, { enabled: !isGone });
  const steps: [boolean, string, string][] = [
    [data.connections > 0, 'Make a connection', '/connections?new=1'],
    [data.tasks > 0, 'Describe a task', '/tasks/new'],
    [data.recent.length > 0, 'Run it', '/tasks'],
    [data.schedules_enabled + data.schedules_paused > 0, 'Give it a schedule', '/schedules'],
  ];
  if (canManage && members.data) steps.push([members.data.length > 1, 'Invite somebody', `/projects?open=${encodeURIComponent(project)}&tab=members`]);
  const open = steps.filter(([isDone]) => !isDone).length;
  if (isGone || !canDefine || open === 0) return null;
  function dismiss() {
    try {
      localStorage.setItem(KEY, 'done');
    } catch {
      // It comes back with the next visit.
    }
    setGone(true);
    document.getElementById('main')?.focus();
  }
  return (
    <section className="card" aria-labelledby="steps">
      <div className="spread">
        <h2 id="steps">
          First steps <span className="muted small number">{steps.length - open} of {steps.length}</span>
        </h2>
        <button type="button" className="button quiet" onClick={dismiss}>
          Hide this list
        </button>
      </div>
      <ol className="steps">
        {steps.map(([isDone, what, to]) => (
          <li key={what} className={isDone ? 'is' : undefined}>
            <span className="steps-mark">{isDone ? <Icon name="check" size={14} /> : null}</span>
            {isDone ? (
              <span>
                {what}
                <span className="sr-only">, done</span>
              </span>
            ) : (
              <Link to={to}>{what}</Link>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** A project that has nothing yet. */
export function Nothing({ project }: { project: string }) {
  const canDefine = useCan('editor');
  return (
    <div className="card nothing">
      <Icon name="tasks" size={40} />
      <h2>Nothing is loaded here yet</h2>
      <p className="muted">
        A task says where data comes from, which columns it fills and which rows are good. Runs, rejected rows and what comes next will be shown here.
      </p>
      {canDefine ? (
        <div className="row nothing-actions">
          <Link className="button primary" to="/tasks/new">
            New task
          </Link>
          <Sample project={project} />
          <Link to="/connections?new=1">Add a connection</Link>
        </div>
      ) : (
        <p>Your role here only looks. An editor of the project makes the first task.</p>
      )}
    </div>
  );
}

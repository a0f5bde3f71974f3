import { useEffect, useRef, useState } from 'react';
import type { S } from '@/api/client';
import { Icon } from '@/components/icons';
import { leave } from '@/lib/leave';
import { ask, told, type Refusal } from './ask';
import { Trouble, Welcome } from './Welcome';

/** The first thing to do: something that is known to work, or the person's own data. */
export function FirstChoice({ me }: { me: S['Me'] }) {
  const [refusal, setRefusal] = useState<Refusal>();
  const [isBusy, setBusy] = useState(false);
  const sample = useRef<HTMLButtonElement>(null);
  useEffect(() => sample.current?.focus(), []);

  async function startSample() {
    setBusy(true);
    setRefusal(undefined);
    try {
      const made = await ask<S['SampleView']>('/projects/default/sample', {}, me.csrf_token);
      const run = await ask<S['RunView']>('/runs?project=default', { task: made.task_id, wait: false }, me.csrf_token);
      leave.to(`/runs/${run.id}?project=default`);
    } catch (error) {
      setRefusal(error as Refusal);
      setBusy(false);
    }
  }

  return (
    <Welcome wide title={`Welcome${me.user.name ? `, ${me.user.name}` : ''}`} lead="How do you want to begin? You can do the other one later, too.">
      <div className="stack">
        {refusal && <Trouble>{told(refusal)}</Trouble>}
        <div className="first-choices">
          <button ref={sample} type="button" className="first-choice" disabled={isBusy} onClick={() => void startSample()}>
            <Icon name="play" size={24} />
            <span>
              <strong>Start with sample data</strong>
              <span className="muted">Loads 240 orders of a small shop into a table, and shows you what happened. Some rows are wrong on purpose.</span>
            </span>
            <Icon name="arrow" />
          </button>
          <button type="button" className="first-choice" disabled={isBusy} onClick={() => leave.to('/tasks/new?project=default')}>
            <Icon name="plug" size={24} />
            <span>
              <strong>Connect my data</strong>
              <span className="muted">A file, an API, a database or a server with files. You see every row before anything is written.</span>
            </span>
            <Icon name="arrow" />
          </button>
        </div>
        <p role="status" className="muted">{isBusy ? 'Preparing the sample data …' : ''}</p>
      </div>
    </Welcome>
  );
}

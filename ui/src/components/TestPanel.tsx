import type { ReactNode } from 'react';
import type { S } from '@/api/client';
import { duration } from '@/lib/format';
import { Icon } from './icons';
import { RelativeTime } from './RelativeTime';

const STEPS: Record<string, string> = { resolve: 'Find the address', connect: 'Connect', sign_in: 'Sign in', read: 'Read' };
const LOOK = { ok: ['success', 'check', 'Works'], failed: ['error', 'cross', 'Failed'], skipped: ['', 'dots', 'Not tried'] } as const;

interface Props {
  result: S['TestView'] | null | undefined;
  isTesting: boolean;
  /** The test itself could not be made. */
  error?: string | undefined;
  action?: ReactNode;
  untested?: string;
}

/** The steps of a connection test: what worked, what did not, how long each took, and what to do. */
export function TestPanel({ result, isTesting, error, action, untested = 'Not tested yet.' }: Props) {
  return (
    <section className="card stack" style={{ gap: 10 }} aria-label="Connection test">
      <div className="spread">
        <h2>Test</h2>
        {action}
      </div>
      <div role="status" className="stack" style={{ gap: 8 }}>
        {isTesting ? (
          <p className="muted">Testing. It takes at most 5 seconds.</p>
        ) : error ? (
          <p className="note error">{error}</p>
        ) : !result ? (
          <p className="muted">{untested}</p>
        ) : (
          <>
            <p className={`note ${result.ok ? 'success' : 'error'}`}>
              <strong>{result.ok ? 'It works.' : result.message}</strong> {result.server_version && <span>{result.server_version}. </span>}
              <span className="muted"><RelativeTime at={result.at} />, {duration(result.seconds)} in all.</span>
            </p>
            <ol className="steps-list">
              {result.steps.map((step) => {
                const [tone, icon, word] = LOOK[step.verdict as keyof typeof LOOK] ?? LOOK.skipped;
                return (
                  <li key={step.name}>
                    <span className={`tag ${tone}`}><Icon name={icon} size={12} />{word}</span>
                    <span style={{ minWidth: 0 }}>
                      <strong>{STEPS[step.name] ?? step.name}</strong>
                      {step.verdict !== 'skipped' && <span className="muted number"> {duration(step.seconds)}</span>}
                      <br />
                      <span className={step.verdict === 'skipped' ? 'muted' : undefined}>{step.message}</span>
                      {step.hint && <><br /><em>{step.hint}</em></>}
                    </span>
                  </li>
                );
              })}
            </ol>
          </>
        )}
      </div>
    </section>
  );
}

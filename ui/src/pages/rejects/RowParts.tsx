import type { S } from '@/api/client';
import { Tag } from '@/components/StateTag';
import type { Verdict } from './data';

const STATES: Record<S['Reject']['state'], string> = { open: 'Open', replaying: 'Being replayed', replayed: 'Replayed', discarded: 'Discarded' };

export function StateWord({ state }: { state: S['Reject']['state'] }) {
  return <Tag icon={state === 'replayed' ? 'check' : state === 'discarded' ? 'stop' : 'clock'} tone={state === 'replayed' ? 'success' : ''}>{STATES[state]}</Tag>;
}

/** What the last check said of a row. */
export function VerdictTag({ verdict }: { verdict: Verdict }) {
  if (verdict === null) return null;
  return verdict.passes ? <Tag tone="success" icon="check">Would pass</Tag> : <Tag tone="error" icon="cross">Still rejected</Tag>;
}

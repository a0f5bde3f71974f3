import type { S } from '@/api/client';
import { Icon, type IconName } from './icons';

type Tone = 'success' | 'warning' | 'error' | 'info' | '';
type Look = [word: string, tone: Tone, icon: IconName];

const RUNS: Record<S['Status'], Look> = {
  PENDING: ['Queued', '', 'clock'],
  RUNNING: ['Running', 'info', 'play'],
  SUCCESS: ['Success', 'success', 'check'],
  PARTIAL_SUCCESS: ['Some rejected', 'warning', 'warning'],
  FAILED: ['Failed', 'error', 'cross'],
  CANCELLED: ['Cancelled', '', 'stop'],
};

/** A run's state in words. */
export const stateWord = (status: string): string => RUNS[status as S['Status']]?.[0] ?? status;

/** A state as colour, icon and word; never by colour alone. */
export function Tag({ tone = '', icon, children }: { tone?: Tone; icon?: IconName; children: string }) {
  return (
    <span className={`tag ${tone}`}>
      {icon && <Icon name={icon} size={12} />}
      {children}
    </span>
  );
}

/** The state of a run. */
export function StateTag({ status }: { status: string }) {
  const [word, tone, icon] = RUNS[status as S['Status']] ?? [status, '', 'clock'];
  return (
    <Tag tone={tone} icon={icon}>
      {word}
    </Tag>
  );
}

import { Icon } from '@/components/icons';

/** Which row of the sample is shown. */
export function SampleStep({ at, count, go }: { at: number; count: number; go: (at: number) => void }) {
  if (count === 0) return <span className="small muted">No sample</span>;
  return (
    <div className="row" role="group" aria-label="Sample row" style={{ gap: 4 }}>
      <button type="button" className="button quiet icon" aria-label="Row before" disabled={at === 0} onClick={() => go(at - 1)}>
        <span className="mirror"><Icon name="arrow" size={15} /></span>
      </button>
      <span className="small number" role="status">
        Sample row {at + 1} of {count}
      </span>
      <button type="button" className="button quiet icon" aria-label="Next row" disabled={at >= count - 1} onClick={() => go(at + 1)}>
        <Icon name="arrow" size={15} />
      </button>
    </div>
  );
}

import { api, type S } from '@/api/client';
import { Popup } from '@/components/Popup';
import { transformName, type MappingItem, type TransformItem } from '@/lib/definition';
import { moved } from './edit';
import { OptionForm } from './OptionForm';
import { Samples } from './Samples';
import { optionFields, readOptions, titleOf, writeTransform } from './options';
import { beforeAndAfter, type Row } from './trying';

/** All transforms, with their descriptions; they do not change while the page is open. */
export const useTransforms = (): S['TransformView'][] => api.useQuery('get', '/api/v1/transforms', {}, { staleTime: Infinity }).data ?? [];

interface Props {
  column: string;
  item: MappingItem;
  at: number;
  anchor: Element | null;
  sample: Row[];
  setTransforms: (edit: (steps: TransformItem[]) => TransformItem[], place?: string) => void;
  /** Looks at another step of the same row; -1 closes. */
  go: (at: number) => void;
}

/** The options of one transform, with what it makes of five rows. */
export function StepPopup({ column, item, at, anchor, sample, setTransforms, go }: Props) {
  const views = useTransforms();
  const steps = item.transforms ?? [];
  const step = steps[at];
  if (step === undefined) return null;
  const name = transformName(step);
  const view = views.find((one) => one.name === name);
  const move = (to: number) => {
    setTransforms((list) => moved(list, at, to));
    go(to);
  };
  return (
    <Popup title={titleOf(name)} anchor={anchor} close={() => go(-1)}>
      <p className="muted small">{view?.description.replaceAll('``', '')}</p>
      {view && (
        <OptionForm
          fields={optionFields(view)} options={readOptions(step, view)}
          set={(options) => setTransforms((list) => list.with(at, writeTransform(name, options, view)), `${column} ${at} options`)}
        />
      )}
      <Samples item={item} mapping={beforeAndAfter(item, at)} sample={sample} />
      <div className="spread">
        <div className="row">
          <button type="button" className="button" disabled={at === 0} onClick={() => move(at - 1)}>
            Move up
          </button>
          <button type="button" className="button" disabled={at === steps.length - 1} onClick={() => move(at + 1)}>
            Move down
          </button>
          {steps.length > 1 && <span className="small muted">Step {at + 1} of {steps.length}</span>}
        </div>
        <div className="row">
          <button type="button" className="button" onClick={() => { go(-1); setTransforms((list) => list.toSpliced(at, 1)); }}>
            Remove
          </button>
          <button type="button" className="button primary" onClick={() => go(-1)}>
            Done
          </button>
        </div>
      </div>
    </Popup>
  );
}

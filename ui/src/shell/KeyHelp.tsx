import { useState } from 'react';
import { singleKeys } from '@/lib/keys';
import { Dialog } from './Dialog';
import { PLACES } from './nav';

const KEYS: [string, string][] = [
  ['Ctrl/Cmd K', 'Search and commands'],
  ['/', 'Go to the search field of the page'],
  ['?', 'This list'],
  ['n', 'New task'],
  ...PLACES.filter((place) => place.key).map((place): [string, string] => [`g ${place.key}`, `Go to ${place.label}`]),
  ['Ctrl/Cmd S', 'Save'],
  ['Ctrl/Cmd Enter', 'Run, or apply'],
  ['j, k', 'Next and previous rejected row'],
  ['Esc', 'Close'],
];

export default function KeyHelp({ close }: { close: () => void }) {
  const [isOn, setOn] = useState(singleKeys.on);
  return (
    <Dialog label="Keyboard shortcuts" close={close}>
      <div className="stack" style={{ padding: 20 }}>
        <div className="spread">
          <h2>Keyboard shortcuts</h2>
          <button type="button" className="button" onClick={close}>
            Close
          </button>
        </div>
        <dl style={{ display: 'grid', gridTemplateColumns: 'max-content 1fr', gap: '8px 20px' }}>
          {KEYS.map(([keys, what]) => (
            <div key={keys} style={{ display: 'contents' }}>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <label className="row">
          <input
            type="checkbox" checked={isOn}
            onChange={(event) => { singleKeys.set(event.target.checked); setOn(event.target.checked); }}
          />
          Single letters are shortcuts (switch off if you dictate or press keys by accident)
        </label>
      </div>
    </Dialog>
  );
}

import { Icon } from '@/components/icons';

export type Tool = 'match' | 'templates' | 'file' | 'many';

interface Props {
  canUndo: boolean;
  canRedo: boolean;
  undo: () => void;
  redo: () => void;
  open: (tool: Tool, anchor: Element) => void;
  /** The table is new: columns can be made. */
  isNew: boolean;
  unmapped: number;
  mapAll: () => void;
  addColumn: () => void;
  clearAll: () => void;
  isEmpty: boolean;
  canMatch: boolean;
}

/** What concerns the mapping as a whole. */
export function Toolbar({ canUndo, canRedo, undo, redo, open, isNew, unmapped, mapAll, addColumn, clearAll, isEmpty, canMatch }: Props) {
  return (
    <div className="map-tools row" role="toolbar" aria-label="Mapping">
      {isNew ? (
        <>
          <button type="button" className="button primary" disabled={unmapped === 0} onClick={mapAll}>
            Map all fields
          </button>
          <button type="button" className="button" onClick={addColumn}>
            <Icon name="plus" size={15} /> Add column
          </button>
        </>
      ) : (
        <button type="button" className="button primary" disabled={!canMatch} onClick={(event) => open('match', event.currentTarget)}>
          Auto-match
        </button>
      )}
      <button type="button" className="button" disabled={isEmpty} onClick={(event) => open('many', event.currentTarget)}>
        Transform many
      </button>
      <button type="button" className="button" onClick={(event) => open('templates', event.currentTarget)}>
        Templates
      </button>
      <button type="button" className="button" onClick={(event) => open('file', event.currentTarget)}>
        File
      </button>
      <button type="button" className="button" disabled={isEmpty} onClick={clearAll}>
        Clear all
      </button>
      <span className="row" style={{ gap: 4 }}>
        <button type="button" className="button icon" aria-label="Undo" title="Undo (Ctrl+Z)" disabled={!canUndo} onClick={undo}>
          <Icon name="undo" />
        </button>
        <button type="button" className="button icon" aria-label="Redo" title="Redo (Ctrl+Shift+Z)" disabled={!canRedo} onClick={redo}>
          <span className="mirror"><Icon name="undo" /></span>
        </button>
      </span>
    </div>
  );
}

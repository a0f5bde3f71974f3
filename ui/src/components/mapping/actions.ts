import type { TransformItem } from '@/lib/definition';

/** What rows may ask the editor for; always the same functions, so that rows that do not change are not drawn anew. */
export interface Actions {
  setField: (column: string, field: string) => void;
  useSelected: (column: string) => void;
  clear: (column: string) => void;
  remove: (column: string) => void;
  rename: (column: string, name: string) => void;
  setType: (column: string, type: string) => void;
  setTransforms: (column: string, edit: (steps: TransformItem[]) => TransformItem[], place?: string) => void;
  openRow: (column: string, anchor: Element) => void;
  openStep: (column: string, at: number, anchor: Element) => void;
  addStep: (column: string, anchor: Element) => void;
  pickField: (column: string) => void;
  point: (column: string) => void;
}

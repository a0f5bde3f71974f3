import type { S } from '@/api/client';
import type { TaskDefinition } from '@/lib/definition';
import type { Sample, Target, useConnections } from './data';
import type { Draft, Step } from './draft';

/** What every step is given. */
export interface StepProps {
  draft: Draft;
  change: (next: Draft) => void;
  /** Change the definition alone. */
  edit: (next: TaskDefinition) => void;
  project: string;
  /** The task that is edited; left out: a new one. */
  task: S['TaskView'] | undefined;
  sample: Sample;
  fields: S['FieldView'][];
  file: S['FileView'] | undefined;
  connections: ReturnType<typeof useConnections>;
  target: Target;
  /** What the server refused, by path. */
  errors: Record<string, string>;
  pushed: string;
  setPushed: (text: string) => void;
  go: (step: Step) => void;
}

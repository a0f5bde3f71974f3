import { lazy, Suspense, useMemo } from 'react';
import type { S } from '@/api/client';
import { Boundary } from '@/components/Boundary';
import { Skeleton } from '@/components/QueryBoundary';
import { fieldsOf, type MappingItem, type TaskDefinition } from '@/lib/definition';

// The editor is large, and only needed when a template is changed.
const MappingEditor = lazy(() => import('@/components/mapping/MappingEditor'));

type Mappings = S['TemplateView']['mappings'];
interface Props {
  project: string;
  /** Both are given by the form. */
  value?: Mappings;
  onChange?: (next: Mappings) => void;
}

/** The mapping of a template: edited as that of a task, but with no rows at hand, so its fields are those that it names. */
export function MappingsField({ project, value = [], onChange }: Props) {
  const items = value as unknown as MappingItem[];
  const names = [...new Set(items.flatMap(fieldsOf))].sort().join('\n');
  const fields = useMemo(() => names.split('\n').filter(Boolean).map(unseen), [names]);
  const definition: TaskDefinition = { name: '', source: { kind: 'push' }, mapping: items, load: { table: '' } };
  return (
    <Boundary what="The mapping">
      <Suspense fallback={<Skeleton rows={4} />}>
        <MappingEditor
          definition={definition} fields={fields} tree={[]} sample={[]} columns={null} project={project}
          onChange={(next) => onChange?.((next.mapping ?? []) as unknown as Mappings)}
        />
      </Suspense>
    </Boundary>
  );
}

/** A field of which nothing is known but its name. */
const unseen = (name: string): S['FieldView'] => ({ name, type: 'text', nulls: 0, values: 0, null_share: 0, max_length: 0, date_format: '', decimal_comma: false, notes: [], samples: [] });

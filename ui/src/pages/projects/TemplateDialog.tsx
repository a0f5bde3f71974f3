import { Form, Input } from 'antd';
import { client, type S } from '@/api/client';
import { spokenTask } from '@/components/places';
import type { MappingItem, TaskDefinition } from '@/lib/definition';
import { plural } from '@/lib/format';
import { FormModal } from '@/pages/settings/FormModal';
import { useRefresh } from '@/pages/settings/refresh';
import { MappingsField } from './MappingsField';

const LIST = '/api/v1/templates';
const ONE = '/api/v1/templates/{template}';
type View = S['TemplateView'];

export interface Edited {
  /** The one that is edited; left out: one is made of `mappings`. */
  one?: View;
  mappings?: View['mappings'];
  called?: string;
}
interface Draft {
  name: string;
  description?: string;
  mappings?: View['mappings'];
}
const mapped = (mappings: Draft['mappings']): Record<string, unknown> =>
  spokenTask({ name: '', source: { kind: 'push' }, mapping: (mappings ?? []) as unknown as MappingItem[], load: { table: '' } } satisfies TaskDefinition);
const spoken = ({ name, description, mappings }: Draft) => ({ ...mapped(mappings), Name: name.trim(), Note: description?.trim() ?? '' });

/** A new template, or another version of one, with what it maps. */
export function TemplateDialog({ project, edited: { one, mappings, called }, close }: { project: string; edited: Edited; close: () => void }) {
  const refresh = useRefresh();
  const query = { project };
  async function save({ name, description, mappings: given }: Draft, over?: number) {
    const body = { name: name.trim(), description: description?.trim() ?? '', mappings: given ?? [] };
    if (one) await client.PATCH(ONE, { params: { path: { template: one.id }, query, header: { 'if-match': `"${over ?? one.version}"` } }, body });
    else await client.POST(LIST, { params: { query }, body });
    await refresh(LIST);
  }
  async function theirs() {
    const { data } = await client.GET(ONE, { params: { path: { template: one!.id }, query } });
    return { version: data!.version, shown: spoken(data!) };
  }
  return (
    <FormModal<Draft>
      title={one ? `Edit the template “${one.name}”` : 'New template'} verb={one ? 'Save' : 'Create'} isOpen close={close} submit={save} width={1200}
      initial={one ? { name: one.name, description: one.description, mappings: one.mappings } : { name: called ?? '', mappings: mappings ?? [] }}
      {...(one && { crossed: { what: 'this template', load: theirs, spoken, reload: () => void refresh(LIST) } })}
    >
      {!one && <p className="note" style={{ marginBottom: 16 }}>The file has {plural(mappings?.length ?? 0, 'mapping')}.</p>}
      <Form.Item name="name" label="Name" rules={[{ required: true, whitespace: true, message: 'Give it a name.' }]}>
        <Input maxLength={100} autoFocus />
      </Form.Item>
      <Form.Item name="description" label="Note">
        <Input maxLength={10_000} />
      </Form.Item>
      <Form.Item name="mappings" label="Mapping" required extra="It is applied to tasks whose fields have these names. No rows are at hand here, so no values are shown.">
        <MappingsField project={project} />
      </Form.Item>
    </FormModal>
  );
}

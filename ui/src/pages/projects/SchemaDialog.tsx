import { Form, Input } from 'antd';
import { client, type S } from '@/api/client';
import { plural } from '@/lib/format';
import { FormModal } from '@/pages/settings/FormModal';
import { useRefresh } from '@/pages/settings/refresh';
import { columnWords, emptyColumn, written, type Column } from './columns';
import { ColumnsField } from './ColumnsField';

const LIST = '/api/v1/schemas';
const ONE = '/api/v1/schemas/{schema}';

interface Draft {
  name: string;
  description?: string;
  columns: Column[];
}

/** By the words of the form, to be compared. */
const spoken = ({ name, description, columns }: Draft) => ({
  Name: name.trim(), Note: description?.trim() ?? '', Columns: Object.fromEntries(written(columns).map((one) => [one.name, columnWords(one)])),
});

interface Props {
  project: string;
  edited: S['SchemaView'] | 'new';
  close: () => void;
}

/** A new schema, or another version of one. */
export function SchemaDialog({ project, edited, close }: Props) {
  const refresh = useRefresh();
  const one = edited === 'new' ? undefined : edited;
  const query = { project };
  const users = one?.used_by ?? [];

  async function save({ name, description, columns }: Draft, over?: number) {
    const body = { name: name.trim(), description: description?.trim() ?? '', columns: written(columns) };
    if (one) await client.PATCH(ONE, { params: { path: { schema: one.id }, query, header: { 'if-match': `"${over ?? one.version}"` } }, body });
    else await client.POST(LIST, { params: { query }, body });
    await refresh(LIST);
  }
  async function theirs() {
    const { data } = await client.GET(ONE, { params: { path: { schema: one!.id }, query } });
    return { version: data!.version, shown: spoken(data!) };
  }
  return (
    <FormModal<Draft>
      title={one ? `Edit the schema “${one.name}”` : 'New schema'} verb={one ? 'Save' : 'Create'} isOpen close={close} submit={save} width={960}
      initial={one ? { name: one.name, description: one.description, columns: one.columns } : { columns: [emptyColumn()] }}
      {...(one && { crossed: { what: 'this schema', load: theirs, spoken, reload: () => void refresh(LIST) } })}
    >
      {users.length > 0 && <p className="note" style={{ marginBottom: 16 }}>{plural(users.length, 'task is', 'tasks are')} held to it: {users.join(', ')}. What you change holds from their next run on.</p>}
      <Form.Item
        name="name" label="Name" rules={[{ required: true, whitespace: true, message: 'Give it a name.' }]}
        {...(users.length > 0 && { extra: 'It keeps its name while tasks are held to it.' })}
      >
        <Input maxLength={100} autoFocus={!one} disabled={users.length > 0} placeholder="such as orders" />
      </Form.Item>
      <Form.Item name="description" label="Note">
        <Input maxLength={10_000} />
      </Form.Item>
      <Form.Item
        name="columns" label="Columns" required
        rules={[{ validator: (_, columns: Column[]) => (written(columns).length ? Promise.resolve() : Promise.reject(new Error('Name at least one column.'))) }]}
      >
        <ColumnsField project={project} />
      </Form.Item>
    </FormModal>
  );
}

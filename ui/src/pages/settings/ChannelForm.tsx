import { Checkbox, Form, Input, Select } from 'antd';
import { client, type S } from '@/api/client';
import { addresses, EVENTS, eventsInWords, KINDS, kindOptions, type Kind } from './channels';
import { FormModal } from './FormModal';

interface Draft {
  name: string;
  kind: Kind;
  url?: string;
  to?: string;
  events?: S['Status'][];
}

interface Props {
  edited: S['NotificationView'] | 'new' | undefined;
  project: string;
  close: () => void;
  reload: () => void;
  saved: (secret: string | null) => Promise<void>;
}

/** A channel that is made or changed; what is secret is only replaced. */
export function ChannelForm({ edited, project, close, reload, saved }: Props) {
  const old = edited === 'new' ? undefined : edited;

  async function save({ name, kind, url, to, events }: Draft, over?: number) {
    const given = { name: name.trim(), ...(url?.trim() ? { url: url.trim() } : {}), ...(to?.trim() ? { to: addresses(to) } : {}), events: events ?? [] };
    if (old) {
      await client.PATCH('/api/v1/notifications/{notification}', {
        params: { path: { notification: old.id }, query: { project }, header: { 'if-match': `"${over ?? old.version}"` } }, body: given,
      });
      await saved(null);
      return;
    }
    const made = await client.POST('/api/v1/notifications', { params: { query: { project } }, body: { to: [], headers: {}, enabled: true, ...given, kind } });
    await saved(made.data?.secret ?? null);
  }

  return (
    <FormModal<Draft>
      title={old ? `Edit “${old.name}”` : 'New channel'} verb={old ? 'Save' : 'Add the channel'} isOpen={edited !== undefined} close={close} submit={save}
      crossed={old && { what: 'this channel', load: () => theirs(old.id, project), spoken: (mine) => spoken(mine, mine.url || mine.to ? 'the new one' : old.target), reload }}
      initial={old ? { name: old.name, kind: old.kind, events: old.events } : { kind: 'email', events: ['FAILED', 'PARTIAL_SUCCESS'] }}
    >
      <Form.Item name="kind" label="Kind">
        <Select options={kindOptions} disabled={old !== undefined} />
      </Form.Item>
      <Form.Item name="name" label="Name" extra="Tasks can name it." rules={[{ required: true, message: 'Give it a name.' }]}>
        <Input maxLength={100} autoFocus />
      </Form.Item>
      <Form.Item noStyle shouldUpdate={(before: Draft, after: Draft) => before.kind !== after.kind}>
        {({ getFieldValue }) => <Address kind={getFieldValue('kind') as Kind | undefined} isOld={old !== undefined} />}
      </Form.Item>
      <Form.Item name="events" label="Told of every run that ends with" extra="Nothing ticked: only of tasks that name this channel.">
        <Checkbox.Group options={EVENTS} />
      </Form.Item>
    </FormModal>
  );
}

/** A channel by the words of its form; its address is secret, so that only a new one differs. */
const spoken = ({ name, events }: { name: string; events?: S['Status'][] }, address: string) => ({
  Name: name.trim(), Address: address, 'Told of runs that end with': eventsInWords(events ?? []),
});

async function theirs(notification: string, project: string) {
  const { data } = await client.GET('/api/v1/notifications/{notification}', { params: { path: { notification }, query: { project } } });
  return { version: data!.version, shown: spoken(data!, data!.target) };
}

function Address({ kind = 'email', isOld }: { kind: Kind | undefined; isOld: boolean }) {
  const words = KINDS[kind];
  const extra = isOld ? 'Leave it empty to keep the present one.' : words.hint;
  const rules = isOld ? [] : [{ required: true, message: 'Say where it goes.' }];
  return kind === 'email' ? (
    <Form.Item name="to" label={words.address} extra={extra} rules={rules}>
      <Input placeholder="ops@example.org, ann@example.org" autoComplete="off" />
    </Form.Item>
  ) : (
    <Form.Item name="url" label={words.address} extra={extra} rules={rules}>
      <Input placeholder={kind === 'apprise' ? 'tgram://…' : 'https://…'} autoComplete="off" />
    </Form.Item>
  );
}

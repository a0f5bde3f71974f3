import { lazy, Suspense, useState } from 'react';
import { App, Switch } from 'antd';
import { api, client, type S } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { sentence } from '@/components/ErrorView';
import { Empty, QueryBoundary } from '@/components/QueryBoundary';
import { Tag } from '@/components/StateTag';
import { useConfirmDanger } from '@/components/confirm';
import { answerOf, eventsInWords, KINDS } from './channels';
import { ChannelForm } from './ChannelForm';
import { useRefresh } from './refresh';
import { ShownOnce, type Shown } from './ShownOnce';

// It brings the table with it, which the channels do not need.
const Deliveries = lazy(() => import('./Deliveries'));

const PLACES = '/api/v1/notifications';
const ONE = '/api/v1/notifications/{notification}';

/** Who is told when a run of the project ends. */
export default function Notifications() {
  const project = useProject();
  const canEdit = useCan('editor');
  const query = api.useQuery('get', PLACES, { params: { query: { project, limit: 200 } } });
  const refresh = useRefresh();
  const [edited, edit] = useState<S['NotificationView'] | 'new'>();
  const [shown, setShown] = useState<Shown>();
  const { message } = App.useApp();
  const callbackSecret = async () => {
    try {
      const { data } = await client.GET('/api/v1/notifications/callback-secret', { params: { query: { project } } });
      setShown({ title: 'The secret of callbacks', label: 'Secret', value: data?.secret ?? '', text: 'The receiver checks with it that a call to callback_url comes from here (Standard Webhooks). It is the same for all runs of the project.' });
    } catch (error) {
      void message.error(sentence(error), 8);
    }
  };
  const add = canEdit ? (
    <button type="button" className="button primary" onClick={() => edit('new')}>
      New channel
    </button>
  ) : null;
  return (
    <div className="stack">
      <div className="spread">
        <p className="muted">
          Channels of the project “{project}” are told when runs end.{canEdit ? '' : ' An editor of the project may change them.'}
        </p>
        {(query.data?.total ?? 0) > 0 && add}
      </div>
      <QueryBoundary
        what="The channels" query={query} isEmpty={(page) => page.total === 0}
        empty={<Empty title="Nobody is told yet" action={add}>Add a channel, and a failed run is told by e-mail, in a chat, or to a program of yours.</Empty>}
      >
        {(page) => (
          <ul className="stack" style={{ listStyle: 'none', margin: 0, padding: 0, gap: 10 }} aria-label="Channels">
            {page.items.map((one) => (
              <Channel key={one.id} channel={one} project={project} canEdit={canEdit} edit={() => edit(one)} />
            ))}
          </ul>
        )}
      </QueryBoundary>
      {canEdit && <p className="muted">A program may ask with a run to be called back at an address of its own. <button type="button" className="link-button" onClick={() => void callbackSecret()}>Show the secret that signs such calls</button></p>}
      <Suspense>
        <Deliveries project={project} channels={query.data?.items ?? []} />
      </Suspense>
      <ChannelForm
        edited={edited} project={project} close={() => edit(undefined)} reload={() => void refresh(PLACES)}
        saved={async (secret) => {
          await refresh(PLACES);
          if (secret) {
            setShown({
              title: 'The signing secret', label: 'Secret', value: secret,
              text: 'The receiver checks with it that a message comes from here (Standard Webhooks). It is not shown again.',
            });
          }
        }}
      />
      <ShownOnce shown={shown} close={() => setShown(undefined)} />
    </div>
  );
}

function Channel({ channel, project, canEdit, edit }: { channel: S['NotificationView']; project: string; canEdit: boolean; edit: () => void }) {
  const refresh = useRefresh();
  const danger = useConfirmDanger();
  const { message } = App.useApp();
  const [result, setResult] = useState<{ isGood: boolean; text: string }>();
  const [isBusy, setBusy] = useState(false);
  const params = { path: { notification: channel.id }, query: { project } };

  async function test() {
    setBusy(true);
    setResult(undefined);
    try {
      const sent = (await client.POST('/api/v1/notifications/{notification}/test', { params })).data!;
      setResult({ isGood: sent.status === 'delivered', text: sent.status === 'delivered' ? 'The test message has arrived.' : `The test message has not arrived. ${answerOf(sent)}` });
    } catch (error) {
      setResult({ isGood: false, text: sentence(error) });
    } finally {
      setBusy(false);
      await refresh('/api/v1/deliveries');
    }
  }
  async function enable(enabled: boolean) {
    try {
      await client.PATCH(ONE, { params, body: { enabled } });
    } catch (error) {
      void message.error(sentence(error));
    }
    await refresh(PLACES);
  }
  const remove = () =>
    danger({
      title: `Delete “${channel.name}”?`, verb: 'Delete', text: 'Nothing is sent there any more. What was sent stays listed.',
      act: async () => {
        await client.DELETE(ONE, { params });
        await refresh(PLACES);
      },
    });
  return (
    <li className="card stack" style={{ gap: 8 }}>
      <div className="spread">
        <div style={{ minWidth: 0 }}>
          <div className="row">
            <strong>{channel.name}</strong>
            <Tag>{KINDS[channel.kind].name}</Tag>
            {!channel.is_enabled && <Tag icon="pause">Off</Tag>}
          </div>
          <div className="muted small">
            {channel.target} · told of: {eventsInWords(channel.events)}
          </div>
        </div>
        {canEdit && (
          <div className="row">
            <Switch checked={channel.is_enabled} onChange={(is) => void enable(is)} aria-label={`${channel.name} is on`} />
            <button type="button" className="button" disabled={isBusy} onClick={() => void test()} aria-label={`Send a test to ${channel.name}`}>
              {isBusy ? 'Sending …' : 'Test'}
            </button>
            <button type="button" className="button" onClick={edit} aria-label={`Edit ${channel.name}`}>
              Edit
            </button>
            <button type="button" className="button quiet" onClick={remove} aria-label={`Delete ${channel.name}`}>
              Delete
            </button>
          </div>
        )}
      </div>
      <div role="status">{result && <p className={result.isGood ? 'note success' : 'note error'}>{result.text}</p>}</div>
    </li>
  );
}

import { useState } from 'react';
import { keepPreviousData } from '@tanstack/react-query';
import { Form, Input, Select } from 'antd';
import { api, client, type S } from '@/api/client';
import type { Role } from '@/api/session';
import { DataList, usePage } from '@/components/DataList';
import { Empty, QueryBoundary } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { Tag } from '@/components/StateTag';
import { useConfirmDanger } from '@/components/confirm';
import { FormModal } from './FormModal';
import { useRefresh } from './refresh';
import { roleOptions, roleWord } from './roles';
import { ShownOnce, type Shown } from './ShownOnce';

interface Draft {
  name: string;
  role: Role;
  project?: string;
  days: number;
}

const DAYS = [
  { value: 30, label: '30 days' },
  { value: 90, label: '90 days' },
  { value: 365, label: 'One year' },
  { value: 0, label: 'Never' },
];

/** Tokens with which programs speak for the person. */
export default function Tokens() {
  const { limit, offset } = usePage();
  const query = api.useQuery('get', '/api/v1/auth/tokens', { params: { query: { limit, offset } } }, { placeholderData: keepPreviousData });
  const projects = api.useQuery('get', '/api/v1/projects', { params: { query: { limit: 200 } } });
  const refresh = useRefresh();
  const danger = useConfirmDanger();
  const [isOpen, setOpen] = useState(false);
  const [shown, setShown] = useState<Shown>();
  const names = new Map(projects.data?.items.map((one) => [one.id, one.name]));

  async function make({ name, role, project, days }: Draft) {
    const expires_at = days > 0 ? new Date(Date.now() + days * 86_400_000).toISOString() : null;
    const made = await client.POST('/api/v1/auth/tokens', { body: { name: name.trim(), role, project: project || null, expires_at } });
    await refresh('/api/v1/auth/tokens');
    setShown({
      title: 'Your new token', label: 'Token', value: made.data!.token,
      text: `Copy the token “${made.data!.name}” now: it is not shown again. A program sends it as “Authorization: Bearer …”.`,
    });
  }

  const revoke = (token: S['TokenView']) =>
    danger({
      title: `Revoke “${token.name}”?`, verb: 'Revoke', text: 'Programs that use it are refused from now on. This cannot be undone.',
      act: async () => {
        await client.DELETE('/api/v1/auth/tokens/{token_id}', { params: { path: { token_id: token.id } } });
        await refresh('/api/v1/auth/tokens');
      },
    });

  const add = (
    <button type="button" className="button primary" onClick={() => setOpen(true)}>
      New token
    </button>
  );
  const where = (token: S['TokenView']) => (token.project_id ? (names.get(token.project_id) ?? 'one project') : 'All your projects');
  const end = (token: S['TokenView']) =>
    token.expires_at === null ? 'Never' : Date.parse(token.expires_at) < Date.now() ? <Tag tone="error" icon="cross">Expired</Tag> : <RelativeTime at={token.expires_at} />;
  const button = (token: S['TokenView']) => (
    <button type="button" className="button" aria-label={`Revoke ${token.name}`} onClick={() => revoke(token)}>
      Revoke
    </button>
  );
  return (
    <div className="stack">
      <div className="spread">
        <p className="muted">Programs such as scripts and schedulers use a token in place of your password. It may do at most what you may.</p>
        {(query.data?.total ?? 0) > 0 && add}
      </div>
      <QueryBoundary
        what="Your tokens" query={query} isEmpty={(page) => page.total === 0}
        empty={<Empty title="You have no tokens" action={add}>Make one when a program should start runs or read results for you.</Empty>}
      >
        {(page) => (
          <DataList
            label="API tokens" page={page} rowKey={(one) => one.id} isFetching={query.isFetching}
            columns={[
              { title: 'Name', key: 'name', render: (_, one) => <><strong>{one.name}</strong><div className="muted small"><code>{one.prefix}…</code></div></> },
              { title: 'May', key: 'role', render: (_, one) => roleWord(one.role) },
              { title: 'Opens', key: 'project', render: (_, one) => where(one) },
              { title: 'Ends', key: 'ends', render: (_, one) => end(one) },
              { title: 'Last used', key: 'used', render: (_, one) => <RelativeTime at={one.last_used_at} none="Never" /> },
              { title: '', key: 'do', align: 'right', render: (_, one) => button(one) },
            ]}
            card={(one) => (
              <div className="stack" style={{ gap: 6 }}>
                <strong>{one.name}</strong>
                <span className="muted small">
                  <code>{one.prefix}…</code> · {roleWord(one.role)} · {where(one)}
                </span>
                <span className="muted small">
                  Ends: {end(one)} · Last used: <RelativeTime at={one.last_used_at} none="never" />
                </span>
                <span>{button(one)}</span>
              </div>
            )}
          />
        )}
      </QueryBoundary>
      <FormModal<Draft> title="New token" verb="Make the token" isOpen={isOpen} close={() => setOpen(false)} submit={make} initial={{ role: 'operator', days: 90, project: '' }}>
        <Form.Item name="name" label="Name" extra="What will use it." rules={[{ required: true, message: 'Give it a name.' }]}>
          <Input autoFocus maxLength={100} placeholder="nightly import" />
        </Form.Item>
        <Form.Item name="role" label="May">
          <Select options={roleOptions} />
        </Form.Item>
        <Form.Item name="project" label="Opens">
          <Select options={[{ value: '', label: 'All your projects' }, ...(projects.data?.items ?? []).map((one) => ({ value: one.id, label: one.title || one.name }))]} />
        </Form.Item>
        <Form.Item name="days" label="Ends after">
          <Select options={DAYS} />
        </Form.Item>
      </FormModal>
      <ShownOnce shown={shown} close={() => setShown(undefined)} />
    </div>
  );
}

import { useState } from 'react';
import { keepPreviousData } from '@tanstack/react-query';
import { Form, Input, Checkbox } from 'antd';
import { api, client, type S } from '@/api/client';
import { DataList, usePage } from '@/components/DataList';
import { Empty, QueryBoundary } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { Tag } from '@/components/StateTag';
import { useUrlFilters } from '@/lib/url';
import { FormModal } from './FormModal';
import { useRefresh } from './refresh';
import { ShownOnce, type Shown } from './ShownOnce';
import { UserMenu } from './UserMenu';

interface Draft {
  email: string;
  name?: string;
  is_admin?: boolean;
}

const KEYS = ['search', 'active'] as const;

/** The link with which somebody chooses a password. */
export const linkOf = (email: string, invitation: S['InvitationView']): Shown => ({
  title: 'Send this link', label: 'Link', value: new URL(invitation.url, window.location.origin).href,
  text: `With it, ${email} chooses a password. It works once and ends on ${new Date(invitation.expires_at).toLocaleDateString()}. It is not shown again.`,
});

/** Who may come in, for administrators of the installation. */
export default function Users() {
  const { limit, offset } = usePage();
  const [filters, setFilters] = useUrlFilters(KEYS);
  const active = filters.active === '' ? undefined : filters.active === 'yes';
  const query = api.useQuery(
    'get', '/api/v1/users',
    { params: { query: { limit, offset, search: filters.search, ...(active === undefined ? {} : { active }) } } },
    { placeholderData: keepPreviousData },
  );
  const refresh = useRefresh();
  const [isOpen, setOpen] = useState(false);
  const [shown, setShown] = useState<Shown>();

  async function invite({ email, name, is_admin }: Draft) {
    const made = await client.POST('/api/v1/users', { body: { email, name: name ?? '', is_admin: is_admin ?? false, invite: true } });
    await refresh('/api/v1/users');
    if (made.data?.invitation) setShown(linkOf(made.data.user.email, made.data.invitation));
  }

  const isFiltered = filters.search !== '' || filters.active !== '';
  return (
    <div className="stack">
      <div className="spread">
        <div className="row" role="search">
          <input
            className="input" type="search" aria-label="Search people" placeholder="Name or e-mail" defaultValue={filters.search} style={{ width: 240 }}
            onChange={(event) => setFilters({ search: event.target.value })}
          />
          <select className="select" aria-label="State" value={filters.active} onChange={(event) => setFilters({ active: event.target.value })} style={{ width: 'auto' }}>
            <option value="">All</option>
            <option value="yes">Active</option>
            <option value="no">Deactivated</option>
          </select>
        </div>
        <button type="button" className="button primary" onClick={() => setOpen(true)}>
          Invite somebody
        </button>
      </div>
      <QueryBoundary what="The people" query={query}>
        {(page) => (
          <DataList
            label="People" page={page} rowKey={(one) => one.id} isFetching={query.isFetching}
            noMatch={
              <Empty
                title="Nobody matches"
                action={isFiltered && <button type="button" className="button" onClick={() => setFilters({ search: '', active: '' })}>Clear filters</button>}
              />
            }
            columns={[
              { title: 'Person', key: 'name', render: (_, one) => <><strong>{one.name || one.email}</strong><div className="muted small">{one.email}</div></> },
              { title: 'State', key: 'state', render: (_, one) => <States user={one} /> },
              { title: 'Last sign-in', key: 'last', render: (_, one) => <RelativeTime at={one.last_sign_in_at} none="Never" /> },
              { title: '', key: 'do', align: 'right', render: (_, one) => <UserMenu user={one} show={setShown} /> },
            ]}
            card={(one) => (
              <div className="spread" style={{ alignItems: 'flex-start', flexWrap: 'nowrap' }}>
                <div className="stack" style={{ gap: 4 }}>
                  <strong>{one.name || one.email}</strong>
                  <span className="muted small">{one.email}</span>
                  <States user={one} />
                  <span className="muted small">
                    Last sign-in: <RelativeTime at={one.last_sign_in_at} none="never" />
                  </span>
                </div>
                <UserMenu user={one} show={setShown} />
              </div>
            )}
          />
        )}
      </QueryBoundary>
      <FormModal<Draft> title="Invite somebody" verb="Make the link" isOpen={isOpen} close={() => setOpen(false)} submit={invite}>
        <p className="muted" style={{ marginBottom: 16 }}>
          You get a link to send to them. Afterwards, add them to projects on the page “Projects”.
        </p>
        <Form.Item name="email" label="E-mail" rules={[{ required: true, type: 'email', message: 'Enter an e-mail address.' }]}>
          <Input autoFocus type="email" autoComplete="off" />
        </Form.Item>
        <Form.Item name="name" label="Name">
          <Input maxLength={200} autoComplete="off" />
        </Form.Item>
        <Form.Item name="is_admin" valuePropName="checked">
          <Checkbox>Administrator: may do everything, in all projects</Checkbox>
        </Form.Item>
      </FormModal>
      <ShownOnce shown={shown} close={() => setShown(undefined)} />
    </div>
  );
}

/** The states of a person, in words. */
function States({ user }: { user: S['UserView'] }) {
  const isLocked = user.locked_until !== null && Date.parse(user.locked_until) > Date.now();
  return (
    <span className="row">
      {user.is_active ? (
        user.last_sign_in_at === null ? <Tag tone="info" icon="clock">Invited</Tag> : <Tag tone="success" icon="check">Active</Tag>
      ) : (
        <Tag icon="stop">Deactivated</Tag>
      )}
      {isLocked && <Tag tone="warning" icon="warning">Locked out</Tag>}
      {user.is_admin && <Tag icon="audit">Administrator</Tag>}
    </span>
  );
}

import { useState } from 'react';
import { App, Form, Input, Select } from 'antd';
import { api, ApiError, client, type S } from '@/api/client';
import { useMe, type Role } from '@/api/session';
import { sentence } from '@/components/ErrorView';
import { QueryBoundary } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { FormModal } from '@/pages/settings/FormModal';
import { useRefresh } from '@/pages/settings/refresh';
import { roleOptions, roleWord } from '@/pages/settings/roles';
import '@/pages/settings/settings.css';
import { RoleMatrix } from './RoleMatrix';

const MEMBERS = '/api/v1/projects/{project}/members';

interface Draft {
  email: string;
  role: Role;
}

/** Who belongs to a project, and what they may do there. */
export function Members({ project }: { project: S['ProjectView'] }) {
  const me = useMe();
  const canManage = project.role === 'admin' || me.user.is_admin;
  const query = api.useQuery('get', MEMBERS, { params: { path: { project: project.id } } });
  const refresh = useRefresh();
  const { message } = App.useApp();
  const [isOpen, setOpen] = useState(false);
  const params = { path: { project: project.id } };

  const set = async (body: Draft) => {
    await client.PUT(MEMBERS, { params, body });
    await refresh(MEMBERS, '/api/v1/auth/me');
  };
  async function attempt(work: () => Promise<unknown>, said: string) {
    try {
      await work();
      void message.success(said);
    } catch (error) {
      void message.error(sentence(error));
      await refresh(MEMBERS);
    }
  }
  async function remove(member: S['MemberView']) {
    try {
      await client.DELETE('/api/v1/projects/{project}/members/{user_id}', { params: { path: { project: project.id, user_id: member.user_id } } });
    } catch (error) {
      void message.error(sentence(error));
      return;
    }
    await refresh(MEMBERS, '/api/v1/auth/me');
    document.getElementById('main')?.focus();
    const key = `removed ${member.user_id}`;
    void message.open({
      key, type: 'success', duration: 8,
      content: (
        <span className="row" style={{ display: 'inline-flex' }}>
          {member.email} is taken out.
          <button
            type="button" className="button"
            onClick={() => { message.destroy(key); void attempt(() => set({ email: member.email, role: member.role }), `${member.email} is a member again.`); }}
          >
            Undo
          </button>
        </span>
      ),
    });
  }
  async function add({ email, role }: Draft) {
    try {
      await set({ email: email.trim(), role });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      // The server names no field here, but it can only be this one.
      throw new ApiError({ ...error.problem, status: 404, errors: [{ path: 'email', message: `nobody has this address yet. ${me.user.is_admin ? 'Invite them in the settings, under “People”.' : 'An administrator lets people in.'}` }] });
    }
  }
  const adder = canManage && (
    <button type="button" className="button primary" onClick={() => setOpen(true)}>
      Add a member
    </button>
  );
  return (
    <div className="stack">
      <section className="card" aria-labelledby="members">
        <div className="spread">
          <h2 id="members">Members</h2>
          {adder}
        </div>
        <QueryBoundary
          what="The members" query={query} isEmpty={(list) => list.length === 0}
          empty={<p className="muted" style={{ marginTop: 12 }}>Nobody is a member yet. Administrators of the installation may do everything here all the same.</p>}
        >
          {(list) => (
            <ul className="rows" aria-label="Members">
              {list.map((member) => (
                <li key={member.user_id} className="spread">
                  <div style={{ minWidth: 0 }}>
                    <strong>{member.name || member.email}</strong>
                    {member.user_id === me.user.id && <span className="muted"> (you)</span>}
                    <div className="muted small">
                      {member.email}, since <RelativeTime at={member.created_at} />
                    </div>
                  </div>
                  {canManage ? (
                    <div className="row">
                      <select
                        className="select" style={{ width: 'auto' }} aria-label={`Role of ${member.email}`} value={member.role}
                        onChange={(event) => {
                          const role = event.target.value as Role;
                          void attempt(() => set({ email: member.email, role }), `${member.email} is ${roleWord(role).toLowerCase()} now.`);
                        }}
                      >
                        {roleOptions.map((one) => (
                          <option key={one.value} value={one.value}>
                            {roleWord(one.value)}
                          </option>
                        ))}
                      </select>
                      <button type="button" className="button" aria-label={`Take ${member.email} out`} onClick={() => void remove(member)}>
                        Take out
                      </button>
                    </div>
                  ) : (
                    <span>{roleWord(member.role)}</span>
                  )}
                </li>
              ))}
            </ul>
          )}
        </QueryBoundary>
      </section>
      <RoleMatrix />
      <FormModal<Draft> title="Add a member" verb="Add" isOpen={isOpen} close={() => setOpen(false)} submit={add} initial={{ role: 'operator' }}>
        <Form.Item name="email" label="E-mail" rules={[{ required: true, type: 'email', message: 'Enter an e-mail address.' }]}>
          <Input autoFocus type="email" autoComplete="off" />
        </Form.Item>
        <Form.Item name="role" label="Role">
          <Select options={roleOptions} />
        </Form.Item>
      </FormModal>
    </div>
  );
}

import { useState } from 'react';
import { Form, Input } from 'antd';
import { useNavigate } from 'react-router';
import { client, type S } from '@/api/client';
import { useMe } from '@/api/session';
import { RelativeTime } from '@/components/RelativeTime';
import { useConfirmDanger } from '@/components/confirm';
import { FormModal } from '@/pages/settings/FormModal';
import { useRefresh } from '@/pages/settings/refresh';
import { roleWord } from '@/pages/settings/roles';
import '@/pages/settings/settings.css';

interface Draft {
  name: string;
  title?: string;
  description?: string;
}

/** A project by the words of its form, to be compared. */
const spoken = ({ name, title, description }: Draft) => ({ Name: name.trim(), Title: title?.trim() ?? '', Description: description?.trim() ?? '' });

async function theirs(project: string) {
  const { data } = await client.GET('/api/v1/projects/{project}', { params: { path: { project } } });
  return { version: data!.version, shown: spoken(data!) };
}

/** What a project is called, and its end. */
export function About({ project, reload }: { project: S['ProjectView']; reload: () => void }) {
  const me = useMe();
  const go = useNavigate();
  const refresh = useRefresh();
  const danger = useConfirmDanger();
  const [isOpen, setOpen] = useState(false);
  const canManage = project.role === 'admin' || me.user.is_admin;
  const isDefault = project.name === 'default';

  async function save({ name, title, description }: Draft, over?: number) {
    const saved = await client.PATCH('/api/v1/projects/{project}', {
      params: { path: { project: project.id }, header: { 'if-match': `"${over ?? project.version}"` } },
      body: { name: name.trim(), title: title?.trim() ?? '', description: description?.trim() ?? '' },
    });
    await refresh('/api/v1/projects', '/api/v1/projects/{project}', '/api/v1/auth/me');
    if (saved.data && saved.data.name !== project.name) void go(`/projects?open=${saved.data.name}&tab=about`, { replace: true });
  }
  const remove = () =>
    danger({
      title: `Delete the project “${project.title || project.name}”?`, verb: 'Delete the project', name: project.name,
      text: 'Its connections, files, tasks, schedules, runs and rejected rows are deleted with it. The tables that were loaded stay. This cannot be undone.',
      act: async () => {
        await client.DELETE('/api/v1/projects/{project}', { params: { path: { project: project.id } } });
        await go('/projects?project=default');
        await refresh('/api/v1/projects', '/api/v1/auth/me');
      },
    });
  return (
    <div className="stack" style={{ maxWidth: 760 }}>
      <section className="card" aria-label="About the project">
        <div className="spread">
          <h2>About</h2>
          {canManage && (
            <button type="button" className="button" onClick={() => setOpen(true)}>
              Edit
            </button>
          )}
        </div>
        <dl className="facts">
          <dt>Name</dt>
          <dd>
            <code>{project.name}</code>
          </dd>
          <dt>Title</dt>
          <dd>{project.title || '–'}</dd>
          <dt>Description</dt>
          <dd>{project.description || '–'}</dd>
          <dt>Your role</dt>
          <dd>{roleWord(project.role)}</dd>
          <dt>Made</dt>
          <dd>
            <RelativeTime at={project.created_at} />
          </dd>
        </dl>
      </section>
      {me.user.is_admin && (
        <section className="card stack" style={{ gap: 8 }} aria-label="Delete the project">
          <h2>Delete the project</h2>
          <p className="muted" id="why-delete">
            {isDefault ? 'The project “default” is always there and cannot be deleted.' : 'With everything that is in it. The tables that were loaded stay.'}
          </p>
          <span>
            <button type="button" className="button danger" disabled={isDefault} aria-describedby="why-delete" onClick={remove}>
              Delete the project
            </button>
          </span>
        </section>
      )}
      <FormModal<Draft>
        title="Edit the project" verb="Save" isOpen={isOpen} close={() => setOpen(false)} submit={save} crossed={{ what: 'this project', load: () => theirs(project.id), spoken, reload }}
        initial={{ name: project.name, title: project.title, description: project.description }}
      >
        <Form.Item
          name="name" label="Name" extra={isDefault ? 'The project “default” keeps its name.' : 'Scripts and files that name the project have to be changed, too.'}
          rules={[{ required: true, pattern: /^\s*[a-z0-9][a-z0-9_-]*\s*$/, message: 'Use small letters, digits, - and _.' }]}
        >
          <Input maxLength={100} disabled={isDefault} autoCapitalize="none" />
        </Form.Item>
        <Form.Item name="title" label="Title">
          <Input maxLength={200} autoFocus />
        </Form.Item>
        <Form.Item name="description" label="Description">
          <Input.TextArea rows={4} maxLength={10_000} />
        </Form.Item>
      </FormModal>
    </div>
  );
}

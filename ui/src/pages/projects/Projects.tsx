import './projects.css';
import { lazy, useState } from 'react';
import { keepPreviousData } from '@tanstack/react-query';
import { Form, Input } from 'antd';
import { Link, useSearchParams } from 'react-router';
import { api, client, type S } from '@/api/client';
import { useMe, useProject } from '@/api/session';
import { DataList, usePage } from '@/components/DataList';
import { PageHeader } from '@/components/PageHeader';
import { QueryBoundary } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { Tag } from '@/components/StateTag';
import { FormModal } from '@/pages/settings/FormModal';
import { useRefresh } from '@/pages/settings/refresh';
import { roleWord } from '@/pages/settings/roles';

const ProjectDetail = lazy(() => import('./ProjectDetail'));

interface Draft {
  name: string;
  title?: string;
  description?: string;
}

/** All projects that one may see, or one of them (`?open=`). */
export default function Projects() {
  const [search] = useSearchParams();
  const open = search.get('open');
  return open ? <ProjectDetail key={open} name={open} /> : <ProjectList />;
}

function ProjectList() {
  const me = useMe();
  const current = useProject();
  const { limit, offset } = usePage();
  const query = api.useQuery('get', '/api/v1/projects', { params: { query: { limit, offset } } }, { placeholderData: keepPreviousData });
  const refresh = useRefresh();
  const [isOpen, setOpen] = useState(false);

  async function create({ name, title, description }: Draft) {
    await client.POST('/api/v1/projects', { body: { name: name.trim(), title: title?.trim() ?? '', description: description?.trim() ?? '' } });
    await refresh('/api/v1/projects', '/api/v1/auth/me');
  }
  const link = (one: S['ProjectView']) => (
    <span className="row">
      <Link to={`/projects?open=${encodeURIComponent(one.name)}`}>
        <strong>{one.title || one.name}</strong>
      </Link>
      {one.name === current && <Tag tone="info" icon="check">Looked at now</Tag>}
    </span>
  );
  return (
    <>
      <PageHeader
        title="Projects"
        actions={me.user.is_admin && <button type="button" className="button primary" onClick={() => setOpen(true)}>New project</button>}
      >
        A project owns its connections, files, tasks, runs and schedules. People are members with a role.
      </PageHeader>
      <QueryBoundary what="The projects" query={query}>
        {(page) => (
          <DataList
            label="Projects" page={page} rowKey={(one) => one.id} isFetching={query.isFetching}
            columns={[
              { title: 'Project', key: 'name', render: (_, one) => <>{link(one)}<div className="muted small">{one.name}</div></> },
              { title: 'Description', key: 'about', render: (_, one) => <span className="muted" style={{ display: 'block', maxWidth: 520, whiteSpace: 'normal' }}>{one.description || '–'}</span> },
              { title: 'Your role', key: 'role', render: (_, one) => roleWord(one.role) },
              { title: 'Made', key: 'made', render: (_, one) => <RelativeTime at={one.created_at} /> },
            ]}
            card={(one) => (
              <div className="stack" style={{ gap: 4 }}>
                {link(one)}
                {one.description && <span className="muted small">{one.description}</span>}
                <span className="muted small">Your role: {roleWord(one.role)}</span>
              </div>
            )}
          />
        )}
      </QueryBoundary>
      <FormModal<Draft> title="New project" verb="Create" isOpen={isOpen} close={() => setOpen(false)} submit={create}>
        <Form.Item
          name="name" label="Name" extra="Small letters, digits, - and _. It stands in addresses and files."
          rules={[{ required: true, pattern: /^\s*[a-z0-9][a-z0-9_-]*\s*$/, message: 'Use small letters, digits, - and _.' }]}
        >
          <Input autoFocus maxLength={100} placeholder="sales" autoCapitalize="none" />
        </Form.Item>
        <Form.Item name="title" label="Title">
          <Input maxLength={200} placeholder="Sales" />
        </Form.Item>
        <Form.Item name="description" label="Description">
          <Input.TextArea rows={3} maxLength={10_000} />
        </Form.Item>
      </FormModal>
    </>
  );
}

import { lazy, Suspense } from 'react';
import { Link } from 'react-router';
import { api, type S } from '@/api/client';
import { useChooseProject, useProject } from '@/api/session';
import { PageHeader } from '@/components/PageHeader';
import { QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { Tabs } from '@/components/Tabs';
import { useUrlState } from '@/lib/url';
import { About } from './About';
import { Members } from './Members';
import { ProjectFile } from './ProjectFile';

const Schemas = lazy(() => import('./Schemas'));
const Templates = lazy(() => import('./Templates'));

const TABS = [
  { key: 'members', label: 'Members' },
  { key: 'about', label: 'About' },
  { key: 'schemas', label: 'Schemas' },
  { key: 'templates', label: 'Templates' },
  { key: 'file', label: 'As a file' },
];

/** One project: who belongs to it, what it is called, and the whole of it as a file. */
export default function ProjectDetail({ name }: { name: string }) {
  const [tab, setTab] = useUrlState('tab', 'members');
  const query = api.useQuery('get', '/api/v1/projects/{project}', { params: { path: { project: name } } });
  const current = useProject();
  const choose = useChooseProject();
  return (
    <>
      <p className="small" style={{ marginBottom: 8 }}>
        <Link to="/projects">All projects</Link>
      </p>
      <PageHeader
        title={query.data?.title || name}
        actions={query.data && query.data.name !== current && <button type="button" className="button" onClick={() => choose(query.data.name)}>Look at this project</button>}
      >
        {query.data?.description}
      </PageHeader>
      <Tabs label="Parts of the project" activeKey={TABS.some((one) => one.key === tab) ? tab : 'members'} onChange={setTab} items={TABS} />
      <QueryBoundary what="The project" query={query}>
        {(project) => <Suspense fallback={<Skeleton rows={4} />}><Shown tab={tab} project={project} reload={() => void query.refetch()} /></Suspense>}
      </QueryBoundary>
    </>
  );
}

function Shown({ tab, project, reload }: { tab: string; project: S['ProjectView']; reload: () => void }) {
  switch (tab) {
    case 'about':
      return <About project={project} reload={reload} />;
    case 'schemas':
      return <Schemas project={project} />;
    case 'templates':
      return <Templates project={project} />;
    case 'file':
      return <ProjectFile project={project} />;
    default:
      return <Members project={project} />;
  }
}

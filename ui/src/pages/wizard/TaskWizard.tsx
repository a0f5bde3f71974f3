import './wizard.css';
import { useParams, useSearchParams } from 'react-router';
import { Link } from 'react-router';
import { useQuery } from '@tanstack/react-query';
import { api, ApiError, client } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { PageHeader } from '@/components/PageHeader';
import { QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import type { ScheduleSpec } from '@/lib/definition';
import { draftOf, draftOfFile, emptyDraft, toldOfFile } from './draft';
import { kept } from './keep';
import { Wizard } from './Wizard';

/** A new task, or another version of one, in seven steps. */
export default function TaskWizard() {
  const { task } = useParams();
  const may = useCan('editor');
  const project = useProject();
  if (!may) {
    return (
      <>
        <PageHeader title={task ? 'Edit task' : 'New task'}><Link to="/tasks">All tasks</Link></PageHeader>
        <p className="note warning">Only editors and admins of this project can define tasks. Ask one of them for this role.</p>
      </>
    );
  }
  return task ? <Edit key={`${project} ${task}`} reference={task} /> : <New key={project} />;
}

/** `?file=` begins with an uploaded file, filled in by the server as the settings of the project say. */
function New() {
  const project = useProject();
  const [search] = useSearchParams();
  const given = search.get('file') ?? '';
  const options = { enabled: given !== '', retry: false, staleTime: Infinity, refetchOnWindowFocus: false };
  const params = { path: { file: given }, query: { project } };
  const file = api.useQuery('get', '/api/v1/files/{file}', { params }, options);
  const proposed = api.useQuery('get', '/api/v1/files/{file}/task', { params }, options);
  if (given && (file.isPending || proposed.isPending)) return <><PageHeader title="New task" /><Skeleton rows={6} /></>;
  if (file.data) return <Wizard initial={draftOfFile(file.data, proposed.data)} told={toldOfFile(file.data, proposed.data)} />;
  const begun = given ? null : kept.read(project);
  return <Wizard initial={begun ?? emptyDraft()} isResumed={begun !== null && begun.tile !== ''} />;
}

function Edit({ reference }: { reference: string }) {
  const project = useProject();
  const task = api.useQuery('get', '/api/v1/tasks/{task}', { params: { path: { task: reference }, query: { project } } }, { staleTime: Infinity, refetchOnWindowFocus: false });
  const schedule = useQuery({
    queryKey: ['wizard-task-schedule', project, reference],
    queryFn: async (): Promise<ScheduleSpec | null> => {
      if (!task.data?.schedule) return null;
      try {
        const { data } = await client.GET('/api/v1/tasks/{task}/schedule', { params: { path: { task: reference }, query: { project } } });
        return data?.spec ?? null;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null; // it has none
        throw error;
      }
    },
    enabled: task.data !== undefined, gcTime: 0, staleTime: Infinity, refetchOnWindowFocus: false,
  });
  return (
    <>
      {!(task.data && schedule.data !== undefined) && <PageHeader title="Edit task"><Link to="/tasks">All tasks</Link></PageHeader>}
      <QueryBoundary what="The task" query={task}>
        {(found) => (
          <QueryBoundary what="The schedule of the task" query={schedule}>
            {(spec) => <Wizard task={found} initial={draftOf(found.definition, spec)} />}
          </QueryBoundary>
        )}
      </QueryBoundary>
    </>
  );
}

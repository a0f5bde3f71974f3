import { Link } from 'react-router';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import { Choice } from './Field';

interface Props {
  value: string;
  error: string | undefined;
  onChange: (schema: string) => void;
}

/** The list of columns that the table is held to; where the project has no such list, the way to make one. */
export function HeldTo({ value, error, onChange }: Props) {
  const project = useProject();
  const { data } = api.useQuery('get', '/api/v1/schemas', { params: { query: { project, limit: 200, sort: 'name' } } }, { staleTime: 60_000, retry: false });
  const names = (data?.items ?? []).map((one) => one.name);
  const place = `/projects?open=${encodeURIComponent(project)}&tab=schemas`;
  if (names.length === 0 && !value) return data ? <p className="muted small">A table can be held to a list of columns. <Link to={place}>Make a schema of the project</Link></p> : null;
  return (
    <Choice
      label="Columns that the table is held to" value={value} error={error} help={<>A schema of the project: these columns are written, and no others. <Link to={place}>Schemas of the project</Link></>}
      choices={[['', 'Those of the source and the table'], ...names.map((name): [string, string] => [name, name])]} onChange={onChange}
    />
  );
}

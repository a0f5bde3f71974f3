import { api } from '@/api/client';
import { useProject } from '@/api/session';
import { Choice } from './Field';

interface Props {
  value: string;
  error: string | undefined;
  onChange: (schema: string) => void;
}

/** The list of columns that the table is held to; only where the project has such lists. */
export function HeldTo({ value, error, onChange }: Props) {
  const project = useProject();
  const { data } = api.useQuery('get', '/api/v1/schemas', { params: { query: { project, limit: 200, sort: 'name' } } }, { staleTime: 60_000, retry: false });
  const names = (data?.items ?? []).map((one) => one.name);
  if (names.length === 0 && !value) return null;
  return (
    <Choice
      label="Columns that the table is held to" value={value} error={error} help="A schema of the project: these columns are written, and no others."
      choices={[['', 'Those of the source and the table'], ...names.map((name): [string, string] => [name, name])]} onChange={onChange}
    />
  );
}

import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { api, client, type S } from '@/api/client';
import { columnOf, type DestinationColumn, type LoadSpec, type Source } from '@/lib/definition';
import { signature } from './draft';

export const SAMPLE_ROWS = 100;

/** The first rows of the source: fetched once, and kept until the source is another one or it is asked for again. */
export function useSample(project: string, source: Source, task: string | undefined, pushed: string, isWanted: boolean) {
  const [turn, setTurn] = useState(0);
  const isPush = source.kind === 'push';
  const query = useQuery({
    queryKey: ['wizard-sample', project, task ?? '', isPush ? pushed : '', signature(source), turn],
    queryFn: async ({ signal }): Promise<S['PreviewView']> => {
      const what = isPush ? { sample: pushed, records: source.records ?? null, key_field: source.key_field ?? null } : { source: source as unknown as Record<string, unknown>, task: task ?? null };
      const { data } = await client.POST('/api/v1/preview', { params: { query: { project } }, body: { rows: SAMPLE_ROWS, seconds: 30, ...what }, signal });
      return data!;
    },
    enabled: isWanted && (!isPush || pushed.trim() !== ''),
    staleTime: Infinity, gcTime: 1_800_000, retry: false, refetchOnWindowFocus: false,
  });
  return { ...query, refresh: () => setTurn(turn + 1) };
}
export type Sample = ReturnType<typeof useSample>;

/** The project's active connection, which takes what names no other one. */
export function useConnections(project: string) {
  const found = api.useQuery('get', '/api/v1/connections', { params: { query: { project, limit: 500 } } });
  const connectors = api.useQuery('get', '/api/v1/connectors', {}, { staleTime: Infinity });
  const items = found.data?.items ?? [];
  return {
    items, isPending: found.isPending, connectors: connectors.data ?? [],
    active: items.find((one) => one.is_active)?.name ?? '',
    connectorOf: (name: string) => connectors.data?.find((one) => one.kind === items.find((item) => item.name === name)?.kind),
  };
}

const parts = (table: string): [schema: string, name: string] => {
  const at = table.lastIndexOf('.');
  return at < 0 ? ['', table] : [table.slice(0, at), table.slice(at + 1)];
};

export interface Target {
  connection: string;
  connector: S['ConnectorView'] | undefined;
  tables: S['TableView'][];
  /** Whether the account may look; if not, names are typed by hand. */
  mayLook: boolean;
  said: string;
  isLooking: boolean;
  error: unknown;
  /** The table is there already. */
  exists: boolean;
  columns: DestinationColumn[] | null;
  shape: S['TableShapeView'] | undefined;
}

/** The table that rows go to, as far as it can be looked at. */
export function useTarget(project: string, load: LoadSpec, connections: ReturnType<typeof useConnections>): Target {
  const connection = load.connection || connections.active;
  const connector = connections.connectorOf(connection);
  const [schema, table] = parts(load.table.trim());
  const isOn = connection !== '' && (connector?.has_tables ?? false);
  const tables = api.useQuery(
    'get', '/api/v1/connections/{connection}/tables', { params: { path: { connection }, query: { project, schema } } },
    { enabled: isOn, staleTime: 60_000, retry: false },
  );
  const exists = tables.data?.items.some((one) => one.name.toLowerCase() === table.toLowerCase()) ?? false;
  const shape = api.useQuery(
    'get', '/api/v1/connections/{connection}/tables/{table}/columns', { params: { path: { connection, table }, query: { project, schema } } },
    { enabled: isOn && exists, staleTime: 60_000, retry: false },
  );
  return {
    connection, connector, tables: tables.data?.items ?? [], mayLook: tables.data?.may_look ?? true, said: tables.data?.message ?? '',
    isLooking: isOn && (tables.isPending || (exists && shape.isPending)), error: tables.error ?? (exists ? shape.error : null), exists,
    columns: exists && shape.data?.may_look ? shape.data.columns.map(columnOf) : null, shape: exists ? shape.data : undefined,
  };
}

/** The uploaded file that the task reads. */
export function useFile(project: string, source: Source) {
  const file = source.kind === 'file' ? (source.file ?? '') : '';
  return api.useQuery('get', '/api/v1/files/{file}', { params: { path: { file }, query: { project } } }, { enabled: file !== '', staleTime: 60_000, retry: false });
}

import { useMutation } from '@tanstack/react-query';
import { client, type S } from '@/api/client';
import { toSend, type Draft } from './draft';

/** What `POST /plan` answers in `result`; its schema leaves it open. */
export interface PlanResult {
  status: S['Status'];
  total_records: number;
  inserted_records: number;
  updated_records: number;
  unchanged_records: number;
  skipped_records: number;
  deduplicated_records: number;
  rejected_records: number;
  rejects: { by_reason: { code: string; column: string; count: number }[] };
  destination: { kind: string; table: string };
  warnings: string[];
  error?: string;
  plan?: {
    ddl: string[];
    samples: {
      inserted: Record<string, unknown>[];
      updated: { before: Record<string, unknown>; after: Record<string, unknown> }[];
      rejected: Record<string, unknown>[];
    };
  };
}
export const resultOf = (view: S['PlanView']): PlanResult => view.result as unknown as PlanResult;

/** A dry run of the draft: everything is done but the writing. */
export function usePlan(project: string, task: string | undefined) {
  return useMutation({
    mutationFn: async ({ draft, rows }: { draft: Draft; rows: number | null }): Promise<S['PlanView']> => {
      const sent = toSend(draft);
      const definition = { ...sent, name: sent.name || 'draft' } as unknown as Record<string, unknown>;
      delete definition.schedule;
      const { data } = await client.POST('/api/v1/plan', { params: { query: { project } }, body: { definition, task: task ?? null, rows, seconds: 60 } });
      return data!;
    },
  });
}

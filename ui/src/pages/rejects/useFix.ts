import { useState } from 'react';
import { App } from 'antd';
import { client, type S } from '@/api/client';
import { sentence } from '@/components/ErrorView';
import { plural } from '@/lib/format';
import { useRejectsChanged, type Checked } from './data';

export interface Offer {
  field: string;
  old: string | null;
  value: string | null;
  /** How many other open rows have the same value. */
  rows: number;
  isDone: boolean;
}

/** All that changes rejected rows: each tells what it did, and what is shown is asked for again. */
export function useFix(run: string) {
  const { message } = App.useApp();
  const refresh = useRejectsChanged(run);
  const [offer, setOffer] = useState<Offer | null>(null);
  const [checked, setChecked] = useState<Checked | null>(null);
  const params = { path: { run_id: run } };

  async function tell<T>(act: () => Promise<T>): Promise<T | null> {
    try {
      return await act();
    } catch (error) {
      void message.error(sentence(error), 8);
      return null;
    }
  }

  const rows = async (edits: S['CellEdit'][]): Promise<boolean> => {
    const made = await tell(() => client.POST('/api/v1/runs/{run_id}/rejects/edits', { params, body: { edits } }));
    if (made === null) return false;
    setChecked((old) => old && { ...old, changed: new Set([...old.changed, ...edits.map((one) => one.row)]) });
    await refresh();
    return true;
  };

  return {
    offer,
    dropOffer: () => setOffer(null),
    checked,
    setChecked,
    refresh,
    tell,
    rows,
    /** Change one cell; when other rows have the same value, offer to change them, too. */
    async cell(row: number, field: string, old: string | null, value: string | null): Promise<boolean> {
      setOffer(null);
      if (!(await rows([{ row, field, value }]))) return false;
      const same = await tell(() =>
        client.POST('/api/v1/runs/{run_id}/rejects/edits/everywhere', { params, body: { field, old, new: value, preview: true } }),
      );
      if (same?.data && same.data.rows > 0) setOffer({ field, old, value, rows: same.data.rows, isDone: false });
      return true;
    },
    async everywhere({ field, old, value }: Offer): Promise<void> {
      const made = await tell(() =>
        client.POST('/api/v1/runs/{run_id}/rejects/edits/everywhere', { params, body: { field, old, new: value, preview: false } }),
      );
      if (!made?.data) return;
      setOffer({ field, old, value, rows: made.data.rows, isDone: true });
      setChecked(null);
      await refresh();
    },
    async undo(): Promise<void> {
      const made = await tell(() => client.POST('/api/v1/runs/{run_id}/rejects/edits/undo', { params }));
      if (!made?.data) return;
      setOffer(null);
      setChecked(null);
      void message.success(`${plural(made.data.rows, 'row is', 'rows are')} as before.`);
      await refresh();
    },
    async clear(): Promise<void> {
      const made = await tell(() => client.DELETE('/api/v1/runs/{run_id}/rejects/edits', { params }));
      if (!made) return;
      setOffer(null);
      setChecked(null);
      void message.success('All changes were taken back.');
      await refresh();
    },
  };
}

export type Fix = ReturnType<typeof useFix>;

import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test, vi } from 'vitest';
import type { S } from '@/api/client';
import { PIECE } from '@/lib/upload';
import { mount } from '@/test/mount';
import { problem, server } from '@/test/server';
import { Uploader } from './Uploader';

const AT = '2026-03-01T08:00:00Z';
const SIZE = PIECE * 2 + 1000;
const bigFile = (name = 'big.csv') => new File([new Uint8Array(SIZE)], name, { type: 'text/csv', lastModified: 1 });

/** A server that keeps how much of each file has arrived; `meet` may answer a piece in its place. */
function serve(meet: (offset: number, id: string) => Promise<Response | undefined> | Response | undefined = () => undefined) {
  const files = new Map<string, S['FileView']>();
  const sent: string[] = [];
  const deleted: string[] = [];
  server.use(
    http.post('*/api/v1/files/uploads', async ({ request }) => {
      const draft = (await request.json()) as S['FileDraft'];
      const id = `f${files.size + 1}`;
      files.set(id, {
        id, project_id: 'p1', name: draft.name, size: draft.size, received: 0, sha256: '', format: '', encoding: '', detected: {}, status: 'uploading', error: '', has_profile: false,
        created_by: 'u1', created_at: AT, updated_at: AT,
      });
      return HttpResponse.json(files.get(id), { status: 201 });
    }),
    http.head('*/api/v1/files/:id/content', ({ params }) => {
      const file = files.get(String(params.id));
      if (!file) return new HttpResponse(null, { status: 404 });
      sent.push(`${file.name} how far`);
      return new HttpResponse(null, { headers: { 'Upload-Offset': String(file.received) } });
    }),
    http.patch('*/api/v1/files/:id/content', async ({ request, params }) => {
      const id = String(params.id);
      const file = files.get(id);
      if (!file) return problem(404, 'not_found', 'there is no such file.');
      const offset = Number(request.headers.get('Upload-Offset'));
      sent.push(`${file.name} from ${offset}`);
      const met = await meet(offset, id);
      if (met) return met;
      const arrived: S['FileView'] = { ...file, received: Math.min(file.size, offset + PIECE) };
      files.set(id, { ...arrived, status: arrived.received === file.size ? 'ready' : 'uploading' });
      return HttpResponse.json(files.get(id));
    }),
    http.get('*/api/v1/files/:id', ({ params }) => HttpResponse.json(files.get(String(params.id)))),
    http.delete('*/api/v1/files/:id', ({ params }) => {
      deleted.push(String(params.id));
      files.delete(String(params.id));
      return new HttpResponse(null, { status: 204 });
    }),
  );
  return { files, sent, deleted };
}

/** Something that is waited for until a test lets it happen. */
function gate() {
  let release: () => void = () => undefined;
  const passed = new Promise<void>((done) => { release = done; });
  return { passed, open: () => release() };
}
const show = (uploaded: (file: S['FileView']) => void = () => undefined) => mount(null, () => <Uploader project="default" onUploaded={uploaded} />);
const field = () => screen.getByLabelText('Files to upload');
const lineOf = async (name: string) => (await screen.findByText(name)).closest('li')!;

test('a large file is sent in pieces, and how far it is can be seen', async () => {
  const half = gate();
  const { sent } = serve(async (offset) => { if (offset > 0) await half.passed; return undefined; });
  const uploaded = vi.fn();
  const { user } = show(uploaded);
  await user.upload(field(), bigFile());
  const bar = await screen.findByRole('progressbar', { name: 'Sending big.csv' });
  await waitFor(() => expect(bar).toHaveAttribute('aria-valuenow', '49'));
  expect(await lineOf('big.csv')).toHaveTextContent('8.0 MB of 16.0 MB');
  half.open();
  expect(await screen.findByText('Sent, 16.0 MB')).toHaveRole('status');
  expect(sent).toEqual(['big.csv from 0', `big.csv from ${PIECE}`, `big.csv from ${PIECE * 2}`]);
  expect(uploaded).toHaveBeenCalledTimes(1);
  expect(uploaded.mock.calls[0]?.[0]).toMatchObject({ name: 'big.csv', status: 'ready' });
});

test('several files are sent at once; one that is refused does not stop the others', async () => {
  serve();
  server.use(
    http.post('*/api/v1/files/uploads', async ({ request }) => {
      const { name } = (await request.clone().json()) as S['FileDraft'];
      return name === 'huge.csv' ? problem(413, 'too_large', 'the file is larger than 5 GB.', { hint: 'Ask the administrator for more.' }) : undefined;
    }),
  );
  const uploaded = vi.fn();
  const { user } = show(uploaded);
  await user.upload(field(), [new File(['a'], 'one.csv'), new File(['b'], 'huge.csv'), new File(['c'], 'two.csv')]);
  const list = await screen.findByRole('list', { name: 'Uploads' });
  await waitFor(() => expect(within(list).getAllByText('Sent, 1 B')).toHaveLength(2));
  expect(await lineOf('huge.csv')).toHaveTextContent('the file is larger than 5 GB. Ask the administrator for more.');
  expect(uploaded).toHaveBeenCalledTimes(2);
  await user.click(screen.getByRole('button', { name: 'Take away huge.csv' }));
  expect(within(list).getAllByRole('listitem')).toHaveLength(2);
});

test('when the connection breaks it goes on by itself, where the server has it', async () => {
  let isBroken = true;
  const { sent } = serve((offset) => (offset === PIECE && isBroken ? HttpResponse.error() : undefined));
  const { user } = show();
  await user.upload(field(), bigFile());
  expect(await screen.findByText('The connection is lost. It goes on by itself when it is back.')).toHaveRole('status');
  isBroken = false;
  window.dispatchEvent(new Event('online'));
  expect(await screen.findByText('Sent, 16.0 MB')).toBeVisible();
  expect(sent).toEqual(['big.csv from 0', `big.csv from ${PIECE}`, 'big.csv how far', `big.csv from ${PIECE}`, `big.csv from ${PIECE * 2}`]);
});

test('it is paused and goes on by a button', async () => {
  const half = gate();
  const { sent } = serve(async (offset) => { if (offset === PIECE) await half.passed; return undefined; });
  const { user } = show();
  await user.upload(field(), bigFile());
  await waitFor(() => expect(sent).toContain(`big.csv from ${PIECE}`));
  await user.click(screen.getByRole('button', { name: 'Pause big.csv' }));
  expect(await screen.findByText('Paused at 8.0 MB of 16.0 MB')).toBeVisible();
  half.open();
  await user.click(screen.getByRole('button', { name: 'Go on with big.csv' }));
  expect(await screen.findByText('Sent, 16.0 MB')).toBeVisible();
  expect(sent).toContain('big.csv how far');
});

test('what was begun in a window that is closed goes on when the same file is chosen again', async () => {
  const first = serve();
  const { user } = show();
  localStorage.setItem(`intakegateway.upload.default.big.csv.${SIZE}.1`, 'f1');
  first.files.set('f1', {
    id: 'f1', project_id: 'p1', name: 'big.csv', size: SIZE, received: PIECE * 2, sha256: '', format: '', encoding: '', detected: {}, status: 'uploading', error: '', has_profile: false,
    created_by: 'u1', created_at: AT, updated_at: AT,
  });
  await user.upload(field(), bigFile());
  expect(await screen.findByText('Sent, 16.0 MB')).toBeVisible();
  expect(first.sent).toEqual(['big.csv how far', `big.csv from ${PIECE * 2}`]);
  expect(localStorage).toHaveLength(0);
});

test('one that was deleted meanwhile is sent anew', async () => {
  const { sent } = serve();
  const { user } = show();
  localStorage.setItem(`intakegateway.upload.default.big.csv.${SIZE}.1`, 'gone');
  await user.upload(field(), bigFile());
  expect(await screen.findByText('Sent, 16.0 MB')).toBeVisible();
  expect(sent).toEqual(['big.csv from 0', `big.csv from ${PIECE}`, `big.csv from ${PIECE * 2}`]);
});

test('refused in the middle it says why, and tried again it goes on from there', async () => {
  let isFull = true;
  const { sent, deleted } = serve((offset) => (offset === PIECE && isFull ? problem(507, 'storage', 'the disk is full.') : undefined));
  const { user } = show();
  await user.upload(field(), bigFile());

  expect(await screen.findByText(/the disk is full\./)).toBeVisible();
  isFull = false;
  await user.click(screen.getByRole('button', { name: 'Try big.csv again' }));
  expect(await screen.findByText('Sent, 16.0 MB')).toBeVisible();
  expect(sent.slice(-3)).toEqual(['big.csv how far', `big.csv from ${PIECE}`, `big.csv from ${PIECE * 2}`]);
  expect(deleted).toEqual([]);
});

test('cancelled, what has arrived is deleted and the line is gone', async () => {
  const never = gate();
  const { sent, deleted } = serve(async (offset) => { if (offset > 0) await never.passed; return undefined; });
  const { user } = show();
  await user.upload(field(), bigFile());
  await waitFor(() => expect(sent).toContain(`big.csv from ${PIECE}`));
  await user.click(screen.getByRole('button', { name: 'Cancel big.csv' }));
  await waitFor(() => expect(screen.queryByText('big.csv')).not.toBeInTheDocument());
  await waitFor(() => expect(deleted).toEqual(['f1']));
  never.open();
});

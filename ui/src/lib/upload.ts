import { ApiError, client, csrfHeaders, errorOf, OfflineError, type S } from '@/api/client';
import { url } from '@/base';
import { begun, keepBegun } from './unfinished';

/** How much is sent at once: what a broken connection costs, at most. */
export const PIECE = 8_000_000;

export interface Progress {
  sent: number;
  size: number;
  /** Waiting for the network to come back. */
  isWaiting: boolean;
}

export interface Sending {
  done: Promise<S['FileView']>;
  pause: () => void;
  resume: () => void;
  /** Ends it and deletes what has arrived. */
  cancel: () => void;
  /** The same, unless the file has arrived. */
  stop: () => void;
}

const wait = (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((go) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      go();
    };
    const timer = setTimeout(end, milliseconds);
    addEventListener('online', end, { once: true });
    signal.addEventListener('abort', end, { once: true });
  });

/**
 * Send a file in pieces. When the connection breaks, the server is asked how far it came, and the rest follows.
 * Cancelled, what has arrived is deleted.
 */
export function send(file: File, project: string, told: (progress: Progress) => void, pauses = [1000, 2000, 5000, 10_000, 30_000]): Sending {
  let id = '';
  let isCancelled = false;
  let isDone = false;
  let piece = new AbortController();
  let paused: Promise<void> | null = null;
  let goOn: () => void = () => undefined;
  const whole = new AbortController();
  const address = () => url(`/api/v1/files/${id}/content?project=${encodeURIComponent(project)}`);

  async function ask(init: RequestInit): Promise<Response> {
    const signal = AbortSignal.any([piece.signal, whole.signal]);
    let response: Response;
    try {
      response = await fetch(new URL(address(), location.origin), { credentials: 'same-origin', ...init, headers: { ...csrfHeaders(), ...init.headers }, signal });
    } catch (error) {
      if (signal.aborted) throw error;
      throw new OfflineError();
    }
    if (!response.ok) throw await errorOf(response);
    return response;
  }
  const offset = async () => Number((await ask({ method: 'HEAD' })).headers.get('Upload-Offset') ?? 0);

  const shown = async () => (await client.GET('/api/v1/files/{file}', { params: { path: { file: id }, query: { project } } })).data!;

  async function run(): Promise<S['FileView']> {
    let at = 0;
    let tries = 0;
    // One that was begun before, in a window that is closed now, goes on where the server has it.
    id = begun(file, project);
    let isSure = id === '';
    for (;;) {
      if (paused) await paused;
      if (isCancelled) throw new DOMException('cancelled', 'AbortError');
      try {
        if (!id) {
          const { data } = await client.POST('/api/v1/files/uploads', { params: { query: { project } }, body: { name: file.name, size: file.size }, signal: whole.signal });
          if (!data) throw new OfflineError();
          id = data.id;
          isSure = true;
          if (file.size === 0) return data;
          keepBegun(file, project, id);
        }
        if (!isSure) {
          at = await offset();
          isSure = true;
          // The last piece arrived, and only its answer was lost.
          if (at >= file.size) return await shown();
        }
        told({ sent: at, size: file.size, isWaiting: false });
        const response = await ask({
          method: 'PATCH', body: file.slice(at, at + PIECE), headers: { 'Content-Type': 'application/octet-stream', 'Upload-Offset': String(at) },
        });
        const view = (await response.json()) as S['FileView'];
        at = view.received;
        tries = 0;
        told({ sent: at, size: file.size, isWaiting: false });
        if (at >= file.size) return view;
      } catch (error) {
        if (isCancelled) throw new DOMException('cancelled', 'AbortError');
        isSure = false;
        if (piece.signal.aborted) {
          piece = new AbortController(); // paused
          continue;
        }
        if (error instanceof ApiError && error.status === 404 && id && tries < pauses.length) {
          id = ''; // deleted meanwhile: all of it is sent again
          at = 0;
          tries += 1;
          continue;
        }
        const mayPass = error instanceof OfflineError || (error instanceof ApiError && [409, 429, 502, 503, 504].includes(error.status));
        if (!mayPass || (error instanceof ApiError && tries >= pauses.length)) throw error;
        told({ sent: at, size: file.size, isWaiting: true });
        await wait(pauses[Math.min(tries, pauses.length - 1)] ?? 1000, whole.signal);
        tries += 1;
      }
    }
  }

  const cancel = () => {
    isCancelled = true;
    whole.abort();
    paused = null;
    goOn();
    keepBegun(file, project);
    if (id) void client.DELETE('/api/v1/files/{file}', { params: { path: { file: id }, query: { project, force: true } } }).catch(() => undefined);
  };
  return {
    done: run().then((view) => {
      isDone = true;
      keepBegun(file, project);
      return view;
    }),
    pause() {
      paused ??= new Promise<void>((release) => {
        goOn = release;
      });
      piece.abort();
    },
    resume() {
      paused = null;
      goOn();
    },
    cancel,
    stop() {
      if (!isDone && !isCancelled) cancel();
    },
  };
}

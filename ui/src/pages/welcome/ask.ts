import { url } from '@/base';

/** What the server said was wrong; these pages come before the API client, so that they are small. */
export interface Refusal {
  detail?: string;
  hint?: string | null;
  code?: string;
  status: number;
  retryAfter: number;
}

/** Ask the server; gives its answer, or throws a `Refusal`. */
export async function ask<T>(path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url(`/api/v1${path}`), {
      method: body === undefined ? 'GET' : 'POST',
      credentials: 'same-origin',
      ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch {
    throw { status: 0, detail: 'The gateway cannot be reached. Is it running, and are you online?', retryAfter: 0 } satisfies Refusal;
  }
  const said: unknown = await response.json().catch(() => ({}));
  if (response.ok) return said as T;
  throw { ...(said as object), status: response.status, retryAfter: Number(response.headers.get('Retry-After') ?? 0) } satisfies Refusal;
}

import { url } from '@/base';

/** What the server said was wrong; these pages come before the API client, so that they are small. */
export interface Refusal {
  detail?: string;
  hint?: string | null;
  code?: string;
  errors?: { path: string; message: string }[];
  status: number;
  retryAfter: number;
}

/** Ask the server; gives its answer, or throws a `Refusal`. */
export async function ask<T>(path: string, body?: unknown, proof?: string | null): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url(`/api/v1${path}`), {
      method: body === undefined ? 'GET' : 'POST',
      credentials: 'same-origin',
      ...(body === undefined
        ? {}
        : { headers: { 'Content-Type': 'application/json', ...(proof ? { 'X-CSRF-Token': proof } : {}) }, body: JSON.stringify(body) }),
    });
  } catch {
    throw { status: 0, detail: 'The gateway cannot be reached. Is it running, and are you online?', retryAfter: 0 } satisfies Refusal;
  }
  const said: unknown = await response.json().catch(() => ({}));
  if (response.ok) return said as T;
  throw { ...(said as object), status: response.status, retryAfter: Number(response.headers.get('Retry-After') ?? 0) } satisfies Refusal;
}

/** What a refusal says, as sentences. */
export function told(refusal: Refusal): string {
  const said = refusal.detail || `The server answered ${refusal.status}.`;
  return [said.charAt(0).toUpperCase() + said.slice(1), refusal.hint].filter(Boolean).join(' ');
}

/** What is wrong with one field, or nothing. */
export const atField = (refusal: Refusal | undefined, path: string): string | undefined => {
  const found = refusal?.errors?.find((one) => one.path === path)?.message;
  return found && found.charAt(0).toUpperCase() + found.slice(1);
};

/** Where to go after signing in: a path of ours, never another site. */
export const goal = (next: string | null): string =>
  next && /^\/(?![/\\])/.test(next) && !/[\\\u0000-\u0020]/.test(next) && !/^\/(login|setup|invitation)\b/.test(next) ? next : '/';

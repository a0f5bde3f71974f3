import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import createFetch, { type Middleware } from 'openapi-fetch';
import createHooks from 'openapi-react-query';
import { basePath } from '@/base';
import { leave } from '@/lib/leave';
import type { components, paths } from './schema';

/** The shapes of the API, by their names in its OpenAPI document. */
export type S = components['schemas'];
export type Problem = S['Problem'];

/** An answer that says what was wrong; `problem` is what the server said, `requestId` is for its log. */
export class ApiError extends Error {
  constructor(
    public readonly problem: Partial<Problem> & { status: number },
    public readonly requestId: string = '',
  ) {
    super(problem.detail || problem.title || `The server answered ${problem.status}.`);
  }

  get status(): number {
    return this.problem.status;
  }
}

/** The request did not reach the server, or its answer did not reach us. */
export class OfflineError extends Error {
  constructor() {
    super('The gateway cannot be reached. Is it running, and are you online?');
  }
}

let token = '';
/** Keep what proves that requests come from this page; it comes with every answer that says who is signed in. */
export const keepCsrfToken = (given: string | null | undefined): void => {
  if (given) token = given;
};
export const csrfHeaders = (): Record<string, string> => (token ? { 'X-CSRF-Token': token } : {});

const proof: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'GET' && request.method !== 'HEAD') request.headers.set('X-CSRF-Token', token);
    return request;
  },
};

/** The error that an answer stands for. */
export async function errorOf(response: Response): Promise<ApiError> {
  const said: unknown = await response.json().catch(() => ({}));
  return new ApiError(
    { status: response.status, ...(said as object) },
    response.headers.get('x-request-id') ?? '',
  );
}

const problems: Middleware = {
  async onResponse({ request, response }) {
    if (response.ok) return;
    const error = await errorOf(response.clone());
    // Whoever is to sign in first goes there: nothing is shown as failed, and nothing complains, on the way.
    if (request.method === 'GET' && signedOut(error)) await new Promise(() => undefined);
    throw error;
  },
};

async function reach(request: Request): Promise<Response> {
  try {
    return await globalThis.fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new OfflineError();
  }
}

/** For requests outside of components: `client.POST('/api/v1/runs', …)`; throws `ApiError` and `OfflineError`. */
export const client = createFetch<paths>({ baseUrl: location.origin + basePath, credentials: 'same-origin', fetch: reach });
client.use(problems, proof);

/** For components: `api.useQuery('get', '/api/v1/tasks', …)`, `api.useMutation('post', …)`. */
export const api = createHooks(client);

/** Leave for the sign-in where that is what is wrong; says whether it does. */
function signedOut(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.status !== 401) return false;
  const here = location.pathname.slice(basePath.length) + location.search;
  if (here.startsWith('/login')) return false;
  leave.to(`/login?next=${encodeURIComponent(here)}`);
  return true;
}

export const makeQueryClient = (): QueryClient =>
  new QueryClient({
    queryCache: new QueryCache({ onError: (error) => void signedOut(error) }),
    mutationCache: new MutationCache({ onError: (error) => void signedOut(error) }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status < 500),
      },
    },
  });

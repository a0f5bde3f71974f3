import { http, HttpResponse, type RequestHandler } from 'msw';
import { setupServer } from 'msw/node';
import type { S } from '@/api/client';

const AT = '2026-03-01T08:00:00Z';

export const me = (change: Partial<S['Me']> = {}): S['Me'] => ({
  user: {
    id: 'u1', email: 'ann@example.org', name: 'Ann', is_admin: true, is_active: true, has_password: true,
    locked_until: null, last_sign_in_at: AT, created_at: AT, updated_at: AT, version: 1,
  },
  memberships: [],
  csrf_token: 'proof',
  expires_at: null,
  ...change,
});

/** A page of a list, as the API answers it. */
export const pageOf = <T>(items: T[], total = items.length) => ({ items, total, limit: 25, offset: 0 });

/** A problem, as the API answers it. */
export const problem = (status: number, code: string, detail: string, more: Partial<S['Problem']> = {}) =>
  HttpResponse.json({ type: 'about:blank', title: code, status, code, detail, hint: null, where: null, errors: [], ...more }, { status });

/** What the frame around each page asks for; a test adds its own with `server.use(…)`. */
export const frame: RequestHandler[] = [
  http.get('*/api/v1/auth/me', () => HttpResponse.json(me())),
  http.get('*/api/v1/projects', () => HttpResponse.json(pageOf([{ id: 'p1', name: 'default' }]))),
];

export const server = setupServer(...frame);

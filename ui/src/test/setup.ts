import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterAll, afterEach, beforeAll, vi } from 'vitest';
import { EventSourceStub } from './events';
import { server } from './server';

// jsdom has none of these, and Ant Design asks for them. A test may set `innerWidth` for a phone.
vi.stubGlobal('matchMedia', (query: string) => {
  const most = /max-width:\s*([\d.]+)px/.exec(query)?.[1];
  const least = /min-width:\s*([\d.]+)px/.exec(query)?.[1];
  const matches = (most !== undefined || least !== undefined) && (most === undefined || innerWidth <= Number(most)) && (least === undefined || innerWidth >= Number(least));
  return { matches, media: query, addEventListener() {}, removeEventListener() {}, addListener() {}, removeListener() {}, dispatchEvent: () => false };
});
vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} });
vi.stubGlobal('EventSource', EventSourceStub);
vi.stubGlobal('scrollTo', () => undefined);
Element.prototype.scrollIntoView ??= () => undefined;
HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) { this.open = true; };
HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) { this.open = false; };
const computed = window.getComputedStyle.bind(window);
window.getComputedStyle = (element) => computed(element); // with a pseudo element it only complains

// What is waited for ends a wait at once; a slow machine must not end it early.
configure({ asyncUtilTimeout: 40_000 });
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => {
  server.resetHandlers();
  cleanup();
  EventSourceStub.all = [];
  localStorage.clear();
  sessionStorage.clear();
});
afterAll(() => server.close());

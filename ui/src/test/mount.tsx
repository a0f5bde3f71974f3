import { Suspense, useState, type ReactNode } from 'react';
import { QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { makeQueryClient } from '@/api/client';

/** A component that belongs to several pages, by itself, with a value that it changes. */
export function mount<T>(first: T, show: (value: T, set: (next: T) => void) => ReactNode, width = 1440) {
  window.innerWidth = width;
  const seen = { value: first };
  function Holder() {
    const [value, set] = useState(first);
    seen.value = value;
    return <>{show(value, set)}</>;
  }
  const user = userEvent.setup();
  const shown = render(
    <MemoryRouter>
      <QueryClientProvider client={makeQueryClient()}>
        <Suspense fallback="…">
          <Holder />
        </Suspense>
      </QueryClientProvider>
    </MemoryRouter>,
  );
  return { user, seen, ...shown };
}

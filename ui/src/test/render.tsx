import { Suspense } from 'react';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { BrowserRouter } from 'react-router';
import { Pages } from '@/routes';

/** The whole application at an address, as a browser shows it. */
export function open(address: string, width = 1440) {
  window.innerWidth = width;
  history.replaceState(null, '', address);
  const user = userEvent.setup();
  const shown = render(
    <BrowserRouter>
      <Suspense fallback={<div role="status" aria-label="Loading" />}>
        <Pages />
      </Suspense>
    </BrowserRouter>,
  );
  return { user, ...shown };
}

/** A dialog over another one, by its title. In tests all of Ant Design's dialogs have one id, so their names are the first one's. */
export async function dialogOver(title: string): Promise<HTMLElement> {
  return (await screen.findAllByText(title)).at(-1)!.closest<HTMLElement>('[role=dialog]')!;
}

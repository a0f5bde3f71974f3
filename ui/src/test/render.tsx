import { Suspense } from 'react';
import { render } from '@testing-library/react';
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

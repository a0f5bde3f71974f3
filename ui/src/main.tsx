import { StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { basePath, nonce } from './base';
import { installGuard } from './lib/guard';
import { Pages } from './routes';

// The content security policy lets only signed styles in: whatever makes one on the way gets the signature.
const create = document.createElement.bind(document);
document.createElement = ((name: string, options?: ElementCreationOptions) => {
  const made = create(name, options);
  if (nonce && name.toLowerCase() === 'style') made.nonce = nonce;
  return made;
}) as typeof document.createElement;

// A tab that was open during an upgrade asks for files that are gone: load the new page, but not for ever.
addEventListener('vite:preloadError', (event) => {
  const key = 'intakegateway.reloaded';
  if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < 30_000) return;
  event.preventDefault();
  sessionStorage.setItem(key, String(Date.now()));
  location.reload();
});

installGuard();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <BrowserRouter basename={basePath || '/'}>
      <Suspense fallback={<div className="boot" role="status" aria-label="Loading" />}>
        <Pages />
      </Suspense>
    </BrowserRouter>
  </StrictMode>,
);

import './shell.css';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { QueryClientProvider } from '@tanstack/react-query';
import { NavLink, Outlet, useLocation, useNavigate } from 'react-router';
import { makeQueryClient } from '@/api/client';
import { useLive } from '@/api/live';
import { useKeepProject, useProject } from '@/api/session';
import { Boundary } from '@/components/Boundary';
import { Icon } from '@/components/icons';
import { useShortcuts } from '@/lib/keys';
import { Header } from './Header';
import { PLACES } from './nav';

const loadPalette = () => import('./Palette');
const Palette = lazy(loadPalette);
const KeyHelp = lazy(() => import('./KeyHelp'));

/** The frame around every page of somebody who is signed in; without Ant Design, so that it is there at once. */
export default function AppShell() {
  const [queryClient] = useState(makeQueryClient);
  return (
    <QueryClientProvider client={queryClient}>
      <Boundary what="The page">
        <Suspense fallback={<div className="boot" role="status" aria-label="Loading" />}>
          <Frame />
        </Suspense>
      </Boundary>
    </QueryClientProvider>
  );
}

function Frame() {
  const project = useProject();
  const { pathname } = useLocation();
  const go = useNavigate();
  const main = useRef<HTMLElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [dialog, setDialog] = useState<'palette' | 'keys' | ''>('');
  useLive(project);
  useKeepProject(project);
  useEffect(() => {
    setOpen(false);
    setDialog('');
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [pathname]);
  // So that the first keys after Ctrl+K are not typed into nothing.
  useEffect(() => {
    const late = setTimeout(() => void loadPalette().catch(() => undefined), 1500); // without it, it comes when it is opened
    return () => clearTimeout(late);
  }, []);
  useShortcuts({
    'ctrl+k': () => setDialog('palette'),
    '?': () => setDialog('keys'),
    '/': () => {
      const field = main.current?.querySelector<HTMLInputElement>('input[type=search], [data-search] input');
      if (field) field.focus();
      else setDialog('palette');
    },
    n: () => void go('/tasks/new'),
    ...Object.fromEntries(PLACES.filter((place) => place.key).map((place) => [`g ${place.key}`, () => void go(place.to)])),
  });
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>
        Skip to the content
      </a>
      <Header isNavOpen={isOpen} toggleNav={() => setOpen(!isOpen)} openPalette={() => setDialog('palette')} openKeys={() => setDialog('keys')} />
      <nav className={isOpen ? 'shell-nav open' : 'shell-nav'} aria-label="Main" id="nav">
        <ul>
          {PLACES.map((place) => (
            <li key={place.to} className={place.gap ? 'gap' : undefined}>
              <NavLink to={place.to} end={place.to === '/'}>
                <Icon name={place.icon} />
                {place.label}
              </NavLink>
            </li>
          ))}
        </ul>
      </nav>
      <main className="shell-main" id="main" ref={main} tabIndex={-1}>
        <Boundary what="This page" key={pathname}>
          <Suspense fallback={<div className="boot" role="status" aria-label="Loading" />}>
            <Outlet />
          </Suspense>
        </Boundary>
      </main>
      <Suspense>
        {dialog === 'palette' && <Palette close={() => setDialog('')} />}
        {dialog === 'keys' && <KeyHelp close={() => setDialog('')} />}
      </Suspense>
    </div>
  );
}

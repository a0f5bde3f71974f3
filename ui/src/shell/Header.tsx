import { useEffect, useRef } from 'react';
import { Link } from 'react-router';
import { csrfHeaders } from '@/api/client';
import { useLiveState } from '@/api/live';
import { useChooseProject, useMe, useProject, useProjects } from '@/api/session';
import { url } from '@/base';
import { Icon } from '@/components/icons';
import { leave } from '@/lib/leave';
import { chooseTheme, useThemeChoice, type Choice } from '@/lib/theme';

interface Props {
  isNavOpen: boolean;
  toggleNav: () => void;
  openPalette: () => void;
  openKeys: () => void;
}

export function Header({ isNavOpen, toggleNav, openPalette, openKeys }: Props) {
  return (
    <header className="shell-header">
      <button
        type="button" className="button quiet icon shell-toggle" onClick={toggleNav}
        aria-expanded={isNavOpen} aria-controls="nav" aria-label={isNavOpen ? 'Close the navigation' : 'Open the navigation'}
      >
        <Icon name={isNavOpen ? 'close' : 'menu'} />
      </button>
      <Link className="brand" to="/" aria-label="IntakeGateway, dashboard">
        <img src={url('/favicon.svg')} alt="" />
        <span>IntakeGateway</span>
      </Link>
      <ProjectSwitch />
      <LiveStatus />
      <div className="grow" />
      <button type="button" className="button palette-opener" onClick={openPalette} aria-label="Search and commands" aria-keyshortcuts="Control+K">
        <Icon name="search" size={16} />
        <span>Search</span>
        <kbd aria-hidden="true">Ctrl K</kbd>
      </button>
      <Person openKeys={openKeys} />
    </header>
  );
}

function ProjectSwitch() {
  const project = useProject();
  const choose = useChooseProject();
  const names = useProjects().map((one) => one.name);
  return (
    <select className="select project" aria-label="Project" value={project} onChange={(event) => choose(event.target.value)}>
      {names.includes(project) || <option value={project}>{project}</option>}
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

function LiveStatus() {
  const isLost = useLiveState() === 'lost';
  return (
    <span role="status" className="live">
      {isLost && (
        <>
          <Icon name="offline" size={16} />
          <span>Live updates lost, retrying</span>
        </>
      )}
    </span>
  );
}

function Person({ openKeys }: { openKeys: () => void }) {
  const me = useMe();
  const choice = useThemeChoice();
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      const open = menu.current;
      if (!open?.open) return;
      if (event instanceof KeyboardEvent) {
        if (event.key !== 'Escape') return;
        open.querySelector('summary')?.focus();
      } else if (open.contains(event.target as Node)) return;
      open.open = false;
    };
    document.addEventListener('pointerdown', close);
    document.addEventListener('keydown', close);
    return () => {
      document.removeEventListener('pointerdown', close);
      document.removeEventListener('keydown', close);
    };
  }, []);
  const shut = () => {
    if (menu.current) menu.current.open = false;
  };
  async function signOut() {
    await fetch(url('/api/v1/auth/logout'), { method: 'POST', headers: csrfHeaders() });
    leave.to('/login');
  }
  return (
    <details className="menu" ref={menu}>
      <summary className="button quiet icon" aria-label={`Your account: ${me.user.email}`}>
        <Icon name="user" />
      </summary>
      <div className="menu-panel">
        <div className="small" style={{ padding: '4px 10px' }}>
          <strong>{me.user.name || me.user.email}</strong>
          <div className="muted">{me.user.email}</div>
        </div>
        <fieldset>
          <legend>Theme</legend>
          {(['system', 'light', 'dark'] as Choice[]).map((one) => (
            <label key={one} className="row">
              <input type="radio" name="theme" checked={choice === one} onChange={() => chooseTheme(one)} />
              {one === 'system' ? 'System' : one === 'light' ? 'Light' : 'Dark'}
            </label>
          ))}
        </fieldset>
        <Link to="/settings" onClick={shut}>
          Your settings
        </Link>
        <button type="button" onClick={() => { shut(); openKeys(); }}>
          Keyboard shortcuts <kbd>?</kbd>
        </button>
        <button type="button" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </details>
  );
}

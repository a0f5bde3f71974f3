import './palette.css';
import { useDeferredValue, useState } from 'react';
import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import { Icon, type IconName } from '@/components/icons';
import { Dialog } from './Dialog';
import { PLACES } from './nav';

interface Item {
  to: string;
  label: string;
  detail: string;
  icon: IconName;
}

const COMMANDS: Item[] = [
  { to: '/tasks/new', label: 'New task', detail: 'Bring data from somewhere into a table', icon: 'plus' },
  { to: '/connections?new=1', label: 'New connection', detail: 'A database, an API, a server with files', icon: 'plus' },
  { to: '/files', label: 'Upload files', detail: 'CSV, Excel, JSON, Parquet, …', icon: 'file' },
  ...PLACES.map((place) => ({ to: place.to, label: place.label, detail: 'Go there', icon: place.icon })),
];

/** Everything by its name: pages, commands, tasks, connections. */
export default function Palette({ close }: { close: () => void }) {
  const go = useNavigate();
  const project = useProject();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const search = useDeferredValue(text.trim());
  const query = { params: { query: { project, search, limit: 6 } } };
  const options = { enabled: search !== '', placeholderData: keepPreviousData };
  const tasks = api.useQuery('get', '/api/v1/tasks', query, options);
  const connections = api.useQuery('get', '/api/v1/connections', query, options);
  const low = text.trim().toLowerCase();
  const items: Item[] = [
    ...COMMANDS.filter((one) => one.label.toLowerCase().includes(low)),
    ...(search
      ? (tasks.data?.items ?? []).map((task): Item => ({ to: `/tasks/${task.id}`, label: task.name, detail: `Task into ${task.table}`, icon: 'tasks' }))
      : []),
    ...(search
      ? (connections.data?.items ?? []).map((one): Item => ({ to: `/connections/${one.id}`, label: one.name, detail: `Connection, ${one.title}`, icon: 'plug' }))
      : []),
  ];
  const current = Math.min(at, items.length - 1);
  const open = (item: Item | undefined) => {
    if (!item) return;
    close();
    void go(item.to);
  };
  return (
    <Dialog label="Search and commands" close={close}>
      <input
        className="palette-input" autoFocus placeholder="Type a page, a command, a task …" value={text}
        role="combobox" aria-expanded="true" aria-controls="palette-list" aria-label="Search and commands"
        aria-activedescendant={items.length ? `palette-${current}` : undefined}
        onChange={(event) => { setText(event.target.value); setAt(0); }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt((current + 1) % Math.max(items.length, 1));
          else if (event.key === 'ArrowUp') setAt((current - 1 + items.length) % Math.max(items.length, 1));
          else if (event.key === 'Enter') open(items[current]);
          else return;
          event.preventDefault();
        }}
      />
      <ul className="palette-list" id="palette-list" role="listbox" aria-label="Found">
        {items.map((item, index) => (
          <li
            key={`${item.to} ${item.label}`} id={`palette-${index}`} role="option" aria-selected={index === current}
            onPointerMove={() => setAt(index)} onClick={() => open(item)}
          >
            <Icon name={item.icon} />
            <span>{item.label}</span>
            <small>{item.detail}</small>
          </li>
        ))}
      </ul>
      <p role="status" className={items.length ? 'sr-only' : 'palette-none'}>
        {items.length ? `${items.length} found` : `Nothing matches “${text}”.`}
      </p>
    </Dialog>
  );
}

import { useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type { TreeNode } from '@/lib/definition';
import { percent } from '@/lib/format';
import { Icon } from '@/components/icons';
import { closedAtFirst, visibleItems, type Item } from './treeItems';

/** What a dragged field is called within the browser. */
export const DRAGGED = 'application/x-intake-field';

interface Props {
  tree: TreeNode[];
  used: ReadonlyMap<string, string[]>;
  selected: string;
  select: (path: string) => void;
  /** Enter on a field. */
  take: (path: string) => void;
  filter: string;
  setFilter: (filter: string) => void;
  readOnly: boolean;
}

/** The fields of the source, as a tree with arrow keys. */
export function FieldTree({ tree, used, selected, select, take, filter, setFilter, readOnly }: Props) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(() => closedAtFirst(tree));
  const list = useRef<HTMLUListElement>(null);
  const items = useMemo(() => visibleItems(tree, closed, filter), [tree, closed, filter]);
  const current = items.some((one) => one.node.path === selected) ? selected : (items[0]?.node.path ?? '');

  const open = (path: string, is: boolean) =>
    setClosed((old) => {
      const next = new Set(old);
      if (is) next.delete(path);
      else next.add(path);
      return next;
    });
  const go = (path: string | null | undefined) => {
    if (!path) return;
    select(path);
    list.current?.querySelector<HTMLElement>(`[data-path="${CSS.escape(path)}"]`)?.focus();
  };
  const press = (event: KeyboardEvent, item: Item, index: number) => {
    const { path } = item.node;
    switch (event.key) {
      case 'ArrowDown': go(items[index + 1]?.node.path); break;
      case 'ArrowUp': go(items[index - 1]?.node.path); break;
      case 'Home': go(items[0]?.node.path); break;
      case 'End': go(items.at(-1)?.node.path); break;
      case 'ArrowRight': if (item.hasChildren && !item.isOpen) open(path, true); else if (item.isOpen) go(items[index + 1]?.node.path); break;
      case 'ArrowLeft': if (item.isOpen) open(path, false); else go(item.parent); break;
      case 'Enter': if (!readOnly) take(path); break;
      case ' ': select(path); break;
      default: return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <>
      <input className="input" type="search" placeholder="Find a field or value" aria-label="Find a field or value" value={filter} onChange={(event) => setFilter(event.target.value)} />
      {items.length === 0 && (
        <p className="muted small" role="status">
          No field matches.{' '}
          <button type="button" className="link" onClick={() => setFilter('')}>
            Show all
          </button>
        </p>
      )}
      <ul ref={list} role="tree" aria-label="Fields of the source" className="tree">
        {items.map((item, index) => (
          <li
            key={item.node.path} role="treeitem" data-path={item.node.path} className="tree-item" style={{ paddingLeft: (item.level - 1) * 16 + 4 }}
            aria-level={item.level} aria-posinset={item.position} aria-setsize={item.size} aria-selected={item.node.path === selected}
            aria-expanded={item.hasChildren ? item.isOpen : undefined} tabIndex={item.node.path === current ? 0 : -1}
            aria-label={spoken(item.node, used.get(item.node.path))} draggable={!readOnly}
            onClick={() => select(item.node.path)} onDoubleClick={() => item.hasChildren && open(item.node.path, !item.isOpen)}
            onKeyDown={(event) => press(event, item, index)}
            onDragStart={(event) => {
              event.dataTransfer.setData(DRAGGED, item.node.path);
              event.dataTransfer.setData('text/plain', item.node.path);
              event.dataTransfer.effectAllowed = 'copy';
              select(item.node.path);
            }}
          >
            <Branch item={item} toggle={() => open(item.node.path, !item.isOpen)} used={used.has(item.node.path)} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Branch({ item, toggle, used }: { item: Item; toggle: () => void; used: boolean }) {
  const { node } = item;
  return (
    <>
      <span className={`tree-twist${item.isOpen ? ' open' : ''}`} onClick={(event) => { event.stopPropagation(); if (item.hasChildren) toggle(); }}>
        {item.hasChildren && <Icon name="arrow" size={12} />}
      </span>
      <span className="tree-text">
        <span className="tree-name">
          <span className="ellipsis">{node.name}</span>
          {used && <span className="tree-used" title="Used"><Icon name="check" size={13} /></span>}
        </span>
        <span className="tree-sample ellipsis">{node.samples.join(' · ')}</span>
      </span>
      <span className="tree-facts">
        <span className={node.is_array ? 'tag info' : 'tree-type'}>{node.is_array ? 'array' : node.type}</span>
        {node.null_share > 0 && <span className="tree-nulls">{percent(node.null_share)} empty</span>}
      </span>
    </>
  );
}

function spoken(node: TreeNode, columns: string[] | undefined): string {
  const parts = [node.name, node.is_array ? 'array' : node.type];
  if (node.null_share > 0) parts.push(`${percent(node.null_share)} empty`);
  if (columns) parts.push(`used for ${columns.join(', ')}`);
  if (node.samples.length) parts.push(`for example ${node.samples[0]}`);
  return parts.join(', ');
}

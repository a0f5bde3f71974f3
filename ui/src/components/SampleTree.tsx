import { useState, type KeyboardEvent, type ReactNode } from 'react';
import type { TreeNode } from '@/lib/definition';
import { percent } from '@/lib/format';

interface Props {
  nodes: TreeNode[];
  actions?: ((node: TreeNode) => ReactNode) | undefined;
}

interface Line {
  node: TreeNode;
  level: number;
}

/** Nested fields. Arrow keys move, open and close; what can be done with a field stands beside it. */
export function SampleTree({ nodes, actions }: Props) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(() => new Set(deep(nodes)));
  const [current, setCurrent] = useState(nodes[0]?.path ?? '');
  const lines = flat(nodes, closed, 1);
  const go = (path: string) => {
    setCurrent(path);
    document.getElementById(`node-${path}`)?.focus();
  };
  const toggle = (path: string, isClosed: boolean) => {
    const next = new Set(closed);
    if (isClosed) next.add(path);
    else next.delete(path);
    setClosed(next);
  };
  const press = (event: KeyboardEvent, at: number) => {
    const { node, level } = lines[at]!;
    const isOpen = node.children.length > 0 && !closed.has(node.path);
    const to = { ArrowDown: lines[at + 1], ArrowUp: lines[at - 1], Home: lines[0], End: lines.at(-1) }[event.key];
    if (to) go(to.node.path);
    else if (event.key === 'ArrowRight' && node.children.length) isOpen ? go(lines[at + 1]!.node.path) : toggle(node.path, false);
    else if (event.key === 'ArrowLeft') {
      const parent = lines.slice(0, at).reverse().find((one) => one.level < level);
      if (isOpen) toggle(node.path, true);
      else if (parent) go(parent.node.path);
    } else return;
    event.preventDefault();
  };
  return (
    <ul role="tree" aria-label="Fields as a tree" className="sample-tree">
      {lines.map(({ node, level }, at) => {
        const isParent = node.children.length > 0;
        return (
          <li
            key={node.path} id={`node-${node.path}`} role="treeitem" aria-level={level} aria-expanded={isParent ? !closed.has(node.path) : undefined} aria-selected={current === node.path}
            tabIndex={current === node.path ? 0 : -1} style={{ paddingInlineStart: 8 + (level - 1) * 20 }}
            onFocus={(event) => event.target === event.currentTarget && setCurrent(node.path)}
            onKeyDown={(event) => event.target === event.currentTarget && press(event, at)}
          >
            <button type="button" tabIndex={-1} className="twist" aria-hidden={!isParent} disabled={!isParent} aria-label={closed.has(node.path) ? `Open ${node.name}` : `Close ${node.name}`} onClick={() => toggle(node.path, !closed.has(node.path))}>
              {isParent ? (closed.has(node.path) ? '▸' : '▾') : ''}
            </button>
            <strong>{node.name}</strong>
            <span className="tag">{node.is_array ? 'list' : node.type}</span>
            {node.null_share > 0 && <span className="muted small">{percent(node.null_share)} null</span>}
            <span className="muted small ellipsis samples">{node.samples.slice(0, 2).join(' · ')}</span>
            {actions?.(node)}
          </li>
        );
      })}
    </ul>
  );
}

const deep = (nodes: TreeNode[], level = 1): string[] =>
  nodes.flatMap((node) => [...(level > 1 && node.children.length ? [node.path] : []), ...(node.is_array ? [node.path] : []), ...deep(node.children, level + 1)]);

const flat = (nodes: TreeNode[], closed: ReadonlySet<string>, level: number): Line[] =>
  nodes.flatMap((node) => [{ node, level }, ...(closed.has(node.path) ? [] : flat(node.children, closed, level + 1))]);

import type { TreeNode } from '@/lib/definition';

export interface Item {
  node: TreeNode;
  level: number;
  parent: string | null;
  hasChildren: boolean;
  isOpen: boolean;
  position: number;
  size: number;
}

/** The nodes that are to be seen, from top to bottom: those that match with what they are in, or the opened ones. */
export function visibleItems(tree: TreeNode[], closed: ReadonlySet<string>, filter: string): Item[] {
  const low = filter.trim().toLowerCase();
  const items: Item[] = [];
  const walk = (nodes: TreeNode[], level: number, parent: string | null) => {
    const seen = low ? nodes.filter((node) => matches(node, low)) : nodes;
    seen.forEach((node, index) => {
      const hasChildren = node.children.length > 0;
      const isOpen = hasChildren && (low !== '' || !closed.has(node.path));
      items.push({ node, level, parent, hasChildren, isOpen, position: index + 1, size: seen.length });
      if (isOpen) walk(node.children, level + 1, node.path);
    });
  };
  walk(tree, 1, null);
  return items;
}

const matches = (node: TreeNode, low: string): boolean =>
  node.path.toLowerCase().includes(low) || node.samples.some((one) => one.toLowerCase().includes(low)) || node.children.some((child) => matches(child, low));

/** Every node, whether it is to be seen or not. */
export const allNodes = (tree: TreeNode[]): TreeNode[] => tree.flatMap((node) => [node, ...allNodes(node.children)]);

/** Arrays are closed at first: what is in them is rarely mapped. */
export const closedAtFirst = (tree: TreeNode[]): Set<string> => new Set(allNodes(tree).filter((node) => node.is_array).map((node) => node.path));

/** Nodes of fields that are flat, where no tree was made. */
export const flatTree = (fields: { name: string; type: string; null_share: number; samples: string[] }[]): TreeNode[] =>
  fields.map(({ name, type, null_share, samples }) => ({ name, path: name, type, null_share, samples, is_array: false, column: true, children: [] }));

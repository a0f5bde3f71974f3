import { useLayoutEffect, useRef } from 'react';
import { Tabs as AntTabs, type TabsProps } from 'antd';

/** Ant Design's tabs with a name for their list, which it has no way to give: a screen reader says what they are the parts of. */
export function Tabs({ label, ...props }: TabsProps & { label: string }) {
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => root.current?.querySelector('[role=tablist]')?.setAttribute('aria-label', label), [label]);
  return <div ref={root}><AntTabs {...props} /></div>;
}

import { useLayoutEffect, useState, type RefObject } from 'react';

/** A line from the fields to the row that is pointed at. It only shows what the row says, so it is hidden from readers. */
export function Line({ frame, column, fields }: { frame: RefObject<HTMLElement | null>; column: string; fields: string[] }) {
  const [paths, setPaths] = useState<string[]>([]);
  const wanted = fields.join('\n');
  useLayoutEffect(() => {
    const around = frame.current;
    const row = around?.querySelector(`[data-row="${CSS.escape(column)}"]`);
    if (!around || !row || !wanted) {
      setPaths([]);
      return;
    }
    const draw = () => {
      const base = around.getBoundingClientRect();
      const to = row.getBoundingClientRect();
      const list = around.querySelector('.tree')?.getBoundingClientRect();
      setPaths(
        wanted.split('\n').flatMap((field) => {
          const from = around.querySelector(`[data-path="${CSS.escape(field)}"]`)?.getBoundingClientRect();
          if (!from || !list || from.bottom < list.top || from.top > list.bottom) return [];
          const [x1, y1, x2, y2] = [from.right - base.left, (from.top + from.bottom) / 2 - base.top, to.left - base.left, to.top + 22 - base.top];
          const middle = (x1 + x2) / 2;
          return [`M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`];
        }),
      );
    };
    draw();
    addEventListener('scroll', draw, true);
    return () => removeEventListener('scroll', draw, true);
  }, [frame, column, wanted]);
  return (
    <svg className="map-lines" aria-hidden="true">
      {paths.map((path) => (
        <path key={path} d={path} />
      ))}
    </svg>
  );
}

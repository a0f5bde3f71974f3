/** Line icons of 24 units, drawn in the text's colour; decorative, so hidden from screen readers. */
const PATHS = {
  home: 'M4 11l8-7 8 7M6 10v9h12v-9',
  tasks: 'M5 5h14v4H5zM5 15h14v4H5zM12 9v6M9.5 12.5L12 15l2.5-2.5',
  runs: 'M12 3a9 9 0 100 18 9 9 0 000-18zM10 8.5l5.5 3.5-5.5 3.5z',
  calendar: 'M4 6h16v14H4zM4 10h16M8 3v4M16 3v4',
  plug: 'M9 3v5M15 3v5M6 8h12v3a6 6 0 01-12 0zM12 17v4',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
  people: 'M9 11a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 4.5a3.5 3.5 0 010 6.5M18 14.5c2 .8 3.200 2.600 3.500 5.500',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.500v5M9 14.500v5',
  audit: 'M12 3l8 3v6c0 5-3.500 8-8 9-4.500-1-8-4-8-9V6zM8.500 12l2.500 2.500 4.500-4.500',
  search: 'M10.500 4a6.500 6.500 0 100 13 6.500 6.500 0 000-13zM15.500 15.500L20 20',
  menu: 'M4 6h16M4 12h16M4 18h16',
  close: 'M5 5l14 14M19 5L5 19',
  user: 'M12 11.500a4 4 0 100-8 4 4 0 000 8zM4 20.500c.8-4.500 4-6.500 8-6.500s7.200 2 8 6.500',
  check: 'M4 12.500l5.500 5.500L20 7',
  cross: 'M6 6l12 12M18 6L6 18',
  warning: 'M12 4l9 16H3zM12 10v4.500M12 17.200v.3',
  clock: 'M12 3a9 9 0 100 18 9 9 0 000-18zM12 7v5l3.500 2',
  play: 'M7 4.500l12 7.500-12 7.500z',
  stop: 'M6 6h12v12H6z',
  pause: 'M8 5v14M16 5v14',
  dots: 'M5 12h.01M12 12h.01M19 12h.01',
  offline: 'M4 4l16 16M2.500 9.500a14 14 0 015-3M11 5.500a14 14 0 0110.500 4M6 13.500a9 9 0 014-2.200M15 12a9 9 0 013 1.500M9.500 17a4 4 0 015 0',
  plus: 'M12 5v14M5 12h14',
  arrow: 'M4 12h15M13 6l6 6-6 6',
  copy: 'M8 8h11v12H8zM5 16V4h11',
  undo: 'M8 5L4 9l4 4M4 9h10a6 6 0 010 12h-3',
  up: 'M12 19V5M6 11l6-6 6 6',
  fold: 'M6 9l6 6 6-6',
  down: 'M12 5v14M6 13l6 6 6-6',
  external: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      viewBox="0 0 24 24" width={size} height={size} fill="none" stroke="currentColor" strokeWidth="1.9"
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false"
    >
      <path d={PATHS[name]} strokeWidth={name === 'dots' ? 3 : undefined} />
    </svg>
  );
}

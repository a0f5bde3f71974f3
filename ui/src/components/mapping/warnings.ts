/** Where a warning of the server leads: a column's row, or fields of the tree. It names them in quotes. */
export interface Place {
  column?: string;
  field?: string;
}

export function placeOf(warning: string): Place {
  const column = /\bcolumn '([^']+)'/i.exec(warning)?.[1];
  const field = /\bfield '([^']+)'/i.exec(warning)?.[1];
  const used = /is used \d+ times: ([^,]+?)(?:,|\.$)/.exec(warning)?.[1];
  const unused = /does not use: ([^,]+?)(?:,|\.$)/.exec(warning)?.[1];
  const place: Place = {};
  if (column ?? used) place.column = column ?? used ?? '';
  if (field ?? unused) place.field = field ?? unused ?? '';
  return place;
}

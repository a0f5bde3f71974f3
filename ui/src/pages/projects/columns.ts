import type { S } from '@/api/client';

export type Column = S['HeldColumn'];

export const emptyColumn = (): Column => ({ name: '', type: 'text', nullable: true, primary_key: false, description: '' });

/** What a column is, in words: "integer, part of the key". */
export const columnWords = (column: Column): string =>
  [column.type, column.nullable ? '' : 'never empty', column.primary_key ? 'part of the key' : '', column.description].filter(Boolean).join(', ');

/** The columns of a table of a database. Those that the database computes are not loaded, so they are left out. */
export const columnsOfTable = (table: S['TableShapeView']): Column[] =>
  table.columns
    .filter((one) => !one.generated)
    .map((one) => ({ ...emptyColumn(), name: one.name, type: one.type, nullable: one.nullable, primary_key: table.primary_key.includes(one.name) }));

/** The fields of a file as columns, each with the type that all values of its first rows have. */
export const columnsOfFile = (preview: S['PreviewView']): Column[] =>
  preview.fields.map((one) => ({ ...emptyColumn(), name: one.name, type: one.type || 'text' }));

/** As it is sent: rows that were left empty are not meant. */
export const written = (columns: Column[] | undefined): Column[] =>
  (columns ?? []).filter((one) => one.name.trim() !== '').map((one) => ({ ...one, name: one.name.trim(), type: one.type.trim() || 'text' }));

import { isTransform, titleOf } from './mapping/options';

const CAUSES: Record<string, string> = {
  RAGGED_ROW: 'Too many or too few fields', BROKEN_QUOTE: 'Broken quotes', INVALID_ENCODING: 'Unreadable characters', INVALID_JSON: 'Not valid JSON',
  NOT_AN_OBJECT: 'Not a record', REPEATED_KEY: 'A key twice in one record', EXCEL_ERROR: 'Error in a cell', INVALID_TYPE: 'Wrong kind of value', INVALID_VALUE: 'Not accepted by the table',
  OUT_OF_RANGE: 'Too large or too small', TOO_LONG: 'Text too long', LOSSY: 'Would lose something', NUL_CHARACTER: 'Invisible character',
  UNMATCHED: 'Not in the list', EXPRESSION: 'Condition not met', DIVISION_BY_ZERO: 'Division by zero', NOT_NULL: 'Value missing',
  UNIQUE: 'There already', FOREIGN_KEY: 'Not found in the other table', CHECK: 'Refused by the table', REFUSED: 'Refused by the table',
  RANGE: 'Out of range', REGEX: 'Wrong form', LENGTH: 'Wrong length', IN: 'Not an allowed value', REFERENCE: 'Not found in the other table',
};

/** A cause in words: "Wrong kind of value in qty". */
export function causeWords(code: string, column: string): string {
  const words = CAUSES[code] ?? code.toLowerCase().replaceAll('_', ' ').replace(/^./, (first) => first.toUpperCase());
  return column ? `${words}: ${column}` : words;
}

const STEP = /^([a-z_]+): /;
/** The step that a reason begins with; none for reasons of rules and tables. */
export function stepOfReason(message: string): string {
  const name = STEP.exec(message)?.[1] ?? '';
  return isTransform(name) ? name : '';
}

/** A reason as people read it: without the code of the step that it came from, and with steps by their titles. */
export function reasonWords(message: string): string {
  const told = stepOfReason(message) ? message.replace(STEP, '') : message;
  const steps = told.replace(/\bthe transform ([a-z_]+)(?:, as in \1: '[^']*')?/g, (all, name: string) => (isTransform(name) ? `the step “${titleOf(name)}”` : all));
  return steps.replace(', or with decimal_comma: true', ', or with “Decimal comma” among the options of the source');
}

/** Remarks speak of settings by their keys; here these have places. */
const SETTINGS: [RegExp, string][] = [
  [/Say '--header' \(header: true\) if it has their names, '--skip-rows N' if they stand further down\./, 'If another line has their names, say which one in the step “Preview”.'],
  [/ Say '--skip-rows 0' if that is wrong\./, ' If that is wrong, give 0 as “Lines to skip at the start” under “Read it differently”.'],
  [/ Say '--skip-rows N' if the names stand further down\./, ' If the names stand further down, give the “Lines to skip at the start” under “Read it differently”.'],
  [/ are left out: 'key_field' names a field that gets them\./, ' are left out. Give them a name under “Field for the key of each row”.'],
  [/; name another path with 'records'\./, '. Another place can be given under “Where the rows are”.'],
  [/; if letters look wrong, state the encoding\./, '. If letters look wrong, choose another encoding under “Read it differently”.'],
  [/ Set header_row if that is wrong\./, ' If that is wrong, give the “Row with the names” under “Read it differently”.'],
  [/Say 'decimal_comma: true' for the source, or use the transform parse_number\./, 'Say so under “Read it differently”, or use the step “Read a number”.'],
];
export const remarkWords = (remark: string): string => SETTINGS.reduce((told, [key, words]) => told.replace(key, words), remark);

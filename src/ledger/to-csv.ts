import { assertIsObject, unexpected } from '../core/assert-argument.ts';

type Cell = string | number | boolean | null | undefined;

/** A cell that begins like this is a formula to a spreadsheet (https://owasp.org/www-community/attacks/CSV_Injection). */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;
/** The same after what some spreadsheets take for the end of a cell, a semicolon for one, as it is where a comma is decimal. */
const LATER_FORMULA = /[;\t\r\n]\s*(?=[=+\-@＝＋－＠])/g;
/** Cells with these are put in quotes (RFC 4180, section 2; the last two for the sake of spreadsheets). */
const QUOTED = /[",\r\n;\t]/;

/**
 * Rows of a report as CSV (RFC 4180: commas, CRLF after each line, a header). Columns are all fields of all rows, in the order
 * they first appear; an object in a row is spread over columns (`latencyMs.p50`). What is not known is an empty cell. A text
 * that a spreadsheet would take for a formula gets an apostrophe in front, also within a cell; numbers are written as they are,
 * times as ISO 8601. Throws `TypeError`
 * for anything but a list of objects.
 */
export function toCsv(rows: readonly object[]): string {
  if (!Array.isArray(rows)) throw unexpected(rows, 'toCsv', 'a list of rows');
  for (const row of rows) assertIsObject(row, 'toCsv', 'rows that are objects');
  const flat = rows.map((row) => new Map(cellsOf(row, '')));
  const columns = [...new Set(flat.flatMap((row) => [...row.keys()]))];
  if (columns.length === 0) return '';
  const lines = [columns.map(toCell), ...flat.map((row) => columns.map((column) => toCell(row.get(column))))];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}

function cellsOf(row: object, prefix: string): [string, Cell][] {
  return Object.entries(row).flatMap(([name, value]: [string, unknown]) => {
    if (value instanceof Date) return [[prefix + name, isoOf(value)] satisfies [string, Cell]];
    if (typeof value === 'object' && value !== null) return cellsOf(value, `${prefix}${name}.`);
    return [[prefix + name, value as Cell] satisfies [string, Cell]];
  });
}

function isoOf(date: Date): string | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function toCell(value: Cell): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') return String(value);
  const guarded = value.replaceAll(LATER_FORMULA, "$&'");
  const plain = FORMULA.test(value) ? `'${guarded}` : guarded;
  return QUOTED.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

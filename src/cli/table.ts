/** Rows of cells under each other; columns whose place is in `numeric` end at the right. No space ends a line. */
export function table(rows: readonly (readonly string[])[], numeric: ReadonlySet<number>): string {
  const widths: number[] = [];
  for (const row of rows) for (const [place, cell] of row.entries()) widths[place] = Math.max(widths[place] ?? 0, cell.length);
  const line = (row: readonly string[]) =>
    row
      .map((cell, place) => (numeric.has(place) ? cell.padStart(widths[place] ?? 0) : cell.padEnd(widths[place] ?? 0)))
      .join('  ')
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}

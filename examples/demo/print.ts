import { styleText } from 'node:util';

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A heading, bold if the output is a terminal. */
export function printHeading(title: string): void {
  print(`\n${process.stdout.isTTY ? styleText('bold', title) : title}`);
}

/** Columns as wide as their widest cell; at most 80 characters in all for what the demo prints. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    print(`  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
  line(head);
  line(widths.map((width) => '-'.repeat(width)));
  for (const row of rows) line(row);
}

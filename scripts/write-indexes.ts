import { readFileSync, writeFileSync } from 'node:fs';
import { INDEXES, TABLES, withTable } from './indexes.ts';

for (const { path, write } of INDEXES) writeFileSync(new URL(`../${path}`, import.meta.url), write());
for (const table of TABLES) {
  const page = new URL(`../${table.page}`, import.meta.url);
  writeFileSync(page, withTable(table, readFileSync(page, 'utf8')));
}

import { readFileSync, writeFileSync } from 'node:fs';
import { INDEXES, routingDoc } from './indexes.ts';

for (const { folder, write } of INDEXES) writeFileSync(new URL(`../${folder}/index.ts`, import.meta.url), write());
const routing = new URL('../docs/routing.md', import.meta.url);
writeFileSync(routing, routingDoc(readFileSync(routing, 'utf8')));

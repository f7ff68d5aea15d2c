import { existsSync, writeFileSync } from 'node:fs';
import { configJsonSchema } from '../src/config/json-schema.ts';

// The copy in the sources is what reviews see; the one in dist is what the package exports.
const text = `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
writeFileSync(new URL('../src/config/schema.json', import.meta.url), text);
const dist = new URL('../dist/', import.meta.url);
if (existsSync(dist)) writeFileSync(new URL('schema.json', dist), text);

import { existsSync, writeFileSync } from 'node:fs';
import { llmsText } from './llms.ts';

const site = new URL('../docs/api/', import.meta.url);
const text = llmsText();
const broken = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].filter(([, path = '']) => !existsSync(new URL(path, site)));
if (broken.length > 0) throw new Error(`the site has no ${broken.map(([, path]) => path).join(', ')}`);
writeFileSync(new URL('llms.txt', site), text);

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

// `llms.txt` beside the site (https://llmstxt.org): a title, a summary, and the index of the docs.
const root = new URL('../', import.meta.url);
const { description } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { description: string };
const [, sections = ''] = readFileSync(new URL('docs/README.md', root), 'utf8').split(/^# .*\n/m);
const site = new URL('docs/api/', root);
mkdirSync(site, { recursive: true });
writeFileSync(new URL('llms.txt', site), `# Tollgate\n\n> ${description}\n${sections}`);

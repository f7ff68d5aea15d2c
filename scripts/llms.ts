import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { documentAddress } from './document-names.ts';

const root = new URL('../', import.meta.url);

/** `llms.txt` of the site (https://llmstxt.org): a title, a summary, and the index of the docs, whose links lead to the site's pages. */
export function llmsText(): string {
  const { description } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { description: string };
  const [, sections = ''] = readFileSync(new URL('docs/README.md', root), 'utf8').split(/^# .*\n/m);
  const linked = sections.replaceAll(
    /\]\((?!https?:)([^)#\s]+\.md)(#[^)\s]*)?\)/g,
    (_link, path: string, anchor = '') => `](${documentAddress(posix.join('docs', path))}${anchor})`,
  );
  return `# Tollgate\n\n> ${description}\n${linked}`;
}

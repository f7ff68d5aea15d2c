import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** One TypeScript fence of a page. */
export interface Snippet {
  /** Page and heading, with a number from the second fence of a heading on: `docs/runs.md: Use`. */
  readonly name: string;
  /** A file's name that leads to the place where it stands. */
  readonly file: string;
  /** As it stands. */
  readonly text: string;
}

/** Every page that may have snippets. */
export const pages = globSync(['README.md', 'docs/**/*.md'], { cwd: root, exclude: ['docs/api/**'] }).sort();

/** The TypeScript fences of a page, in their order. */
export function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(`${root}${page}`, 'utf8');
  const seen = new Map<string, number>();
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((found) => {
    const before = text.slice(0, found.index);
    const heading = [...before.matchAll(/^#+ (.+)$/gm)].at(-1)?.[1] ?? '';
    const count = (seen.get(heading) ?? 0) + 1;
    seen.set(heading, count);
    return {
      name: `${page}: ${heading}${count === 1 ? '' : ` (${count})`}`,
      file: `${page.replaceAll(/[/.]/g, '_')}_line_${before.split('\n').length}.ts`,
      text: found[1] ?? '',
    };
  });
}

/** A part of a configuration becomes what `wrap` makes of it; the rest stands as it is. */
export function toModule({ text }: Snippet, wrap: (config: string) => string): string {
  const imports = text.match(/^import .*$/gm) ?? [];
  const body = text.replaceAll(/^import .*$/gm, '').trim();
  const isConfig = /^(?:providers|models|budgets|access|guards|store|retry|timeouts|hedge|stream): /.test(body);
  return [...imports, isConfig ? wrap(body) : body, 'export {};', ''].join('\n');
}

import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = globSync(['*.md', '{docs,examples,test,bench,findings}/**/*.md'], { cwd: root, exclude: ['docs/api/**'] }).sort();
const read = (page: string) => readFileSync(join(root, page), 'utf8');

/** Without what is code: a fence may hold anything. */
const proseOf = (page: string) => read(page).replaceAll(/^```[\s\S]*?^```$/gm, '');

/** The anchors that headings get: lower case, without punctuation, spaces as hyphens. */
function anchorsOf(page: string): Set<string> {
  const headings = [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading ?? '');
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function brokenLinks(page: string): string[] {
  const links = [...proseOf(page).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, link]) => link ?? '');
  return links.filter((link) => {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : join(dirname(page), path);
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor);
  });
}

/** Paths of the project that a page names as code. */
function missingPaths(page: string): string[] {
  const named = [...proseOf(page).matchAll(/`((?:src|test|scripts|docs|examples|bench|\.github)\/[\w./-]*[\w/])`/g)];
  return named.map(([, path]) => path ?? '').filter((path) => !existsSync(join(root, path)));
}

describe('the pages', () => {
  it('are found', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'SECURITY.md', 'docs/architecture.md', 'examples/README.md']));
  });

  it.each(pages)('%s leads only to what is there', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it.each(pages.filter((page) => page !== 'CHANGELOG.md'))('%s names only files that are there', (page) => {
    expect(missingPaths(page)).toEqual([]);
  });

  it('are all reached from the index of the docs', () => {
    const index = read('docs/README.md');
    const missing = pages.filter((page) => /^docs\/[\w-]+\.md$/.test(page) && page !== 'docs/README.md');
    expect(missing.filter((page) => !index.includes(`](${page.slice('docs/'.length)}`))).toEqual([]);
  });
});

describe('the indexes', () => {
  it('have a row for every example', () => {
    const examples = readdirSync(join(root, 'examples')).filter((file) => /^\d\d-.*\.ts$/.test(file));
    const rows = [...read('examples/README.md').matchAll(/^\| \[(\d\d-[\w-]+\.ts)\]/gm)].map(([, name]) => name ?? '');
    expect(rows).toEqual(examples);
  });

  it('have a row for every theme of the tests', () => {
    const themes = readdirSync(join(root, 'test'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const told = read('test/README.md');
    expect(themes.map(({ name }) => name).filter((name) => !told.includes(`\`${name}/\``))).toEqual([]);
  });

  it('have a row for every room of the house', () => {
    const rooms = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const [, told = ''] = read('docs/architecture.md').split('## Rooms\n');
    expect(rooms.map(({ name }) => name).filter((name) => !told.includes(`\`${name}/\``))).toEqual([]);
  });

  it('have a page for every decision', () => {
    const decisions = readdirSync(join(root, 'docs/decisions')).filter((file) => file !== 'README.md');
    const told = read('docs/decisions/README.md');
    expect(decisions.filter((file) => !told.includes(`](${file})`))).toEqual([]);
  });
});

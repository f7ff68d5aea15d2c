import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = globSync(['*.md', '{docs,examples,test,.github}/**/*.md'], { cwd: root, exclude: ['docs/api/**', 'CHANGELOG.md'] });
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const help = readFileSync(join(root, 'src/cli/index.ts'), 'utf8');

/** What a page tells its reader to type, in code of any form. */
function typedIn(page: string, command: RegExp): string[] {
  return [...readFileSync(join(root, page), 'utf8').matchAll(command)].map(([, name]) => name ?? '');
}

describe.each(pages.sort())('what %s says to run', (page) => {
  it('are scripts of the package, files and subcommands that there are', () => {
    const unknown = [
      ...typedIn(page, /npm run (?:--silent )?([\w:]+)/g).filter((name) => scripts[name] === undefined),
      ...typedIn(page, /(?:npx )?\bnode ((?:scripts|bench|examples)\/[\w./-]+\.ts)/g).filter(
        (path) => !existsSync(join(root, path)),
      ),
      ...typedIn(page, /npx vitest run ((?:test\/[\w/.-]+ ?)+)/g)
        .flatMap((paths) => paths.trim().split(' '))
        .filter((path) => !existsSync(join(root, path))),
      ...typedIn(page, /npx tollgate ([a-z]+)/g).filter((name) => !help.includes(`'${name}',`)),
    ];
    expect(unknown).toEqual([]);
  });
});

describe('the scripts of the package', () => {
  it('run files that there are', () => {
    const files = Object.values(scripts).flatMap((script) => [...script.matchAll(/node (?:--[\w-]+ )*([\w/.-]+\.ts)/g)]);
    expect(files.map(([, path]) => path ?? '').filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(files.length).toBeGreaterThan(0);
  });

  it('with which benches are run are all told of on the page about performance', () => {
    const told = readFileSync(join(root, 'docs/performance.md'), 'utf8');
    const benches = Object.keys(scripts).filter((name) => name.startsWith('bench:'));
    expect(benches.filter((name) => !told.includes(`npm run ${name}`))).toEqual([]);
  });
});

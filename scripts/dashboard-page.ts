import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';
import type { VitestPluginContext } from 'vitest/node';

/** Puts what the page loads, its script with the charts and its styles, as two texts in the place of `page-files.ts`. */
export function dashboardPage(root: string): Plugin & { configureVitest(context: VitestPluginContext): void } {
  const place = join(root, 'src/dashboard/page-files.ts');
  return {
    name: 'dashboard-page',
    configureVitest({ defineCacheKeyGenerator }) {
      // What it is made of is not in it, so that a kept copy would never be found old.
      defineCacheKeyGenerator(({ id }) => (id.split('?')[0] === place ? false : undefined));
    },
    async load(id) {
      if (id.split('?')[0] !== place) return null;
      const texts = { script: await scriptOf(root), styles: stylesOf(root) };
      const code = Object.entries(texts).map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};\n`);
      return { code: code.join(''), moduleType: 'js' };
    },
  };
}

async function scriptOf(root: string): Promise<string> {
  const bundle = await rolldown({
    cwd: root,
    input: join(root, 'src/dashboard/page/main.ts'),
    platform: 'browser',
    tsconfig: join(root, 'src/dashboard/page/tsconfig.json'),
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true, comments: { legal: true }, codeSplitting: false });
  await bundle.close();
  return output[0].code;
}

function stylesOf(root: string): string {
  const texts = ['node_modules/uplot/dist/uPlot.min.css', 'src/dashboard/page/page.css'];
  return texts.map((path) => readFileSync(join(root, path), 'utf8').trim()).join('\n');
}

/**
 * Installs the packed package as a user does and compiles and runs what users write: every entry point, as ESM and by
 * `require`, with TypeScript 6 and 7, for `nodenext` and `bundler`, `skipLibCheck` off; calls under `tsx`; and the example of
 * the guide for the AI SDK. `npm run try:consumers`. Packages come from the registry.
 */
import { readFileSync } from 'node:fs';
import { gatewaySource, Sandbox, startHello } from './packed.ts';

const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly exports: Readonly<Record<string, unknown>>;
};
const ENTRIES = Object.keys(exports).filter((entry) => !entry.endsWith('.json'));
const specifiers = ENTRIES.map((entry) => `tollgate${entry.slice(1)}`);
/** `tollgate/testing` awaits its parts, which `require` cannot. */
const REQUIRED = specifiers.filter((specifier) => specifier !== 'tollgate/testing');

const COMPILERS = [
  { name: 'TypeScript 6', add: 'typescript6@npm:@typescript/typescript6@6', bin: 'node_modules/typescript6/bin/tsc6' },
  { name: 'TypeScript 7', add: 'typescript7@npm:typescript@7', bin: 'node_modules/typescript7/bin/tsc' },
];
const RESOLUTIONS = [
  { module: 'nodenext', moduleResolution: 'nodenext', include: ['use.ts', 'required.cts'] },
  { module: 'esnext', moduleResolution: 'bundler', include: ['use.ts'] },
];

const STRICT = { target: 'es2023', strict: true, noEmit: true, skipLibCheck: false, resolveJsonModule: true, types: ['node'] };

const USE = `import { Gateway, type GatewayConfig, routeOf } from 'tollgate';
${specifiers.map((specifier, place) => `import * as entry${place} from '${specifier}';`).join('\n')}

const config: GatewayConfig = { providers: { openai: { apiKey: 'none' } }, models: { fast: ['openai/gpt-5-mini'] } };
export async function ask(): Promise<string | null | undefined> {
  const gateway = new Gateway(config);
  const answer = await gateway.for({ team: 'shop' }).chat.completions.create({ model: 'fast', messages: [] });
  return routeOf(answer)?.deployment ?? answer.choices[0]?.message.content;
}
export const entries = [${specifiers.map((_, place) => `entry${place}`).join(', ')}];
`;

const REQUIRE = `${REQUIRED.map((specifier, place) => `import entry${place} = require('${specifier}');`).join('\n')}
export const gateway = new entry0.Gateway({ providers: { openai: { apiKey: 'none' } } });
export const entries = [${REQUIRED.map((_, place) => `entry${place}`).join(', ')}];
`;

const RUN = `for (const specifier of ${JSON.stringify(specifiers)}) {
  const names = Object.keys(await import(specifier));
  if (names.length === 0) throw new Error(specifier + ' exports nothing');
}
for (const file of ['tollgate/schema.json', 'tollgate/package.json']) await import(file, { with: { type: 'json' } });
console.log('runs');
`;

const RUN_REQUIRED = `for (const specifier of ${JSON.stringify(REQUIRED)}) {
  if (Object.keys(require(specifier)).length === 0) throw new Error(specifier + ' exports nothing');
}
require('tollgate/schema.json');
require('tollgate/package.json');
console.log('runs');
`;

const CALL = `
gateway.chat.completions
  .create({ model: 'claude', messages: [{ role: 'user', content: 'hello?' }] })
  .then((answer) => console.log(answer.choices[0]?.message.content), (error) => console.log(error.message))
  .finally(() => gateway.close());
`;

const sandbox = new Sandbox();
const upstream = await startHello();
let failed = 0;
try {
  console.log('packing and installing');
  sandbox.install(...COMPILERS.map(({ add }) => add), '@types/node@24', '@opentelemetry/api@1', 'ai', '@ai-sdk/openai', 'tsx');
  sandbox.write('use.ts', USE);
  sandbox.write('required.cts', REQUIRE);
  sandbox.write('run.js', RUN);
  sandbox.write('run.cjs', RUN_REQUIRED);
  for (const { name, bin } of COMPILERS) {
    for (const { include, ...resolution } of RESOLUTIONS) {
      sandbox.write('tsconfig.json', JSON.stringify({ compilerOptions: { ...STRICT, ...resolution }, include }));
      await attempt(`${name}, ${resolution.moduleResolution}`, () => sandbox.run('node', [bin, '-p', 'tsconfig.json']));
    }
  }
  await attempt('import of every entry point', () => sandbox.run('node', ['run.js']));
  await attempt('require of every entry point', () => sandbox.run('node', ['run.cjs']));
  for (const ending of ['mts', 'cts']) {
    sandbox.write(`call.${ending}`, gatewaySource(upstream.baseURL, "{ type: 'sqlite', path: ':memory:' }") + CALL);
    await attempt(`tsx call.${ending}`, () => expectHelloOf('node_modules/.bin/tsx', `call.${ending}`));
  }
  sandbox.write('ai-sdk.js', exampleOf('docs/migrate-from-ai-sdk.md', upstream.baseURL));
  await attempt('the example for the AI SDK', () => expectHelloOf('node', 'ai-sdk.js'));
} finally {
  upstream.stop();
  sandbox.remove();
}
process.exitCode = failed === 0 ? 0 : 1;

async function attempt(name: string, run: () => unknown): Promise<void> {
  try {
    await run();
    console.log(`${name}: good`);
  } catch (error) {
    failed += 1;
    console.log(`${name}: ${(error as Error).message.slice(0, 4_000)}`);
  }
}

async function expectHelloOf(program: string, file: string): Promise<void> {
  const printed = await sandbox.print(program, [file]);
  if (!/^hello/.test(printed)) throw new Error(printed);
}

/** The program of a guide: its fences of JavaScript in their order, with keys that can be sent, to an upstream of ours. */
function exampleOf(page: string, baseURL: string): string {
  const text = readFileSync(new URL(`../${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)]
    .map(([, fence]) => fence)
    .join('\n')
    .replaceAll('…', 'none')
    .replaceAll('https://api.openai.com/v1', baseURL);
}

import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../src/cli/command-error.ts';
import { prices } from '../../src/cli/prices.ts';
import { vendorFacts } from '../../src/gateway/composition/provider-types.ts';
import { file, tollgate } from './command-process.ts';

const example = fileURLToPath(new URL('../../examples/08-config-file.yaml', import.meta.url));

const PROVIDERS = {
  openai: {},
  lab: { type: 'openai-compatible', baseURL: 'http://127.0.0.1:1/v1' },
};
const OWN_PRICE = { input: 0.1, output: 0.25, cacheRead: 0.05 };
const WHOLE_PRICE = { ...OWN_PRICE, cacheWrite: 0.1, reasoning: 0.25 };

function json(name: string, config: object): string {
  return file(name, JSON.stringify(config));
}

/** What the command reports of a configuration, in this process. */
async function shown(path: string): Promise<Record<string, unknown>> {
  const { text, exitCode } = await prices.run([path, '--json']);
  expect(exitCode).toBe(0);
  return JSON.parse(text) as Record<string, unknown>;
}

/** The same by a process of its own, for modules that are to be run. */
async function shownByProcess(path: string): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await tollgate(['prices', path, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Why the command cannot do its work. */
async function refusal(...args: string[]): Promise<string> {
  const report = await prices.run(args).catch((error: unknown) => error);
  if (report instanceof CommandError) return report.message;
  throw report instanceof Error ? report : new Error('the command was run');
}

/** The states of the deployments of a model, by their ids. */
function statesOf(report: Record<string, unknown>, model: string): Record<string, { status: string; from?: string }> {
  type Deployments = { deployment: string; status: string; price?: { from: string } }[];
  const models = report.models as { model: string; deployments: Deployments }[];
  const found = models.find((each) => each.model === model)?.deployments ?? [];
  return Object.fromEntries(
    found.map(({ deployment, status, price }) => [deployment, { status, ...(price && { from: price.from }) }]),
  );
}

describe('tollgate prices', () => {
  it('prints the price of each deployment, where it is from, and which have none', async () => {
    const path = json('table.json', {
      providers: PROVIDERS,
      models: {
        fast: ['openai/gpt-5-mini', 'lab/own'],
        cheap: [{ provider: 'lab', model: 'cheap', price: OWN_PRICE }],
        'openai/*': ['openai/*'],
      },
      prices: { 'openai/gpt-5-mini': { input: 12.5, output: 100 } },
    });
    expect(await tollgate(['prices', path])).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        'MODEL     DEPLOYMENT         INPUT  OUTPUT  FROM',
        'fast      openai/gpt-5-mini   12.5     100  config',
        '          lab/own                -       -  no price',
        'cheap     lab/cheap            0.1    0.25  deployment',
        'openai/*  openai/*               -       -  by the name asked for',
        '',
        'Dollars per million tokens. 1 of 4 without a price: lab/own of fast.',
        '',
      ].join('\n'),
    });
  });

  it('prints prices by other units, also of paths that no model stands for', async () => {
    const path = json('units.json', {
      providers: PROVIDERS,
      models: { draw: ['lab/draw'], both: ['lab/both'], plain: ['lab/plain'] },
      prices: {
        'lab/draw': { image: 0.04 },
        'lab/both': { ...OWN_PRICE, request: 0.01 },
        'lab/plain': OWN_PRICE,
        'lab/other': OWN_PRICE,
        'openai/realtime': { session: 0.5, request: 0.01 },
      },
    });
    const { text } = await prices.run([path]);
    expect(text.split('\n').map((line) => line.trimEnd())).toEqual([
      'MODEL            DEPLOYMENT       INPUT  OUTPUT  FROM',
      'draw             lab/draw             -       -  config; $0.04 for each image',
      'both             lab/both           0.1    0.25  config; $0.01 for each request',
      'plain            lab/plain          0.1    0.25  config',
      'openai/realtime  openai/realtime      -       -  config; $0.01 for each request; $0.5 for each session',
      '',
      'Dollars per million tokens. None is without a price.',
      '',
    ]);
    expect(statesOf(await shown(path), 'openai/realtime')).toEqual({ 'openai/realtime': { status: 'priced', from: 'config' } });
  });

  it('prints the same as JSON', async () => {
    const path = json('report.json', {
      providers: PROVIDERS,
      models: { fast: [{ provider: 'lab', model: 'cheap', price: OWN_PRICE }, 'lab/own'], 'lab/*': ['lab/*'] },
    });
    const at = (upstreamModel: string) => ({ deployment: `lab/${upstreamModel}`, provider: 'lab', upstreamModel });
    expect(await shown(path)).toEqual({
      models: [
        {
          model: 'fast',
          deployments: [
            {
              ...at('cheap'),
              status: 'priced',
              price: expect.objectContaining({ ...WHOLE_PRICE, from: 'deployment' }),
              tiers: [],
            },
            { ...at('own'), status: 'unpriced' },
          ],
        },
        { model: 'lab/*', deployments: [{ ...at('*'), status: 'by-name' }] },
      ],
      unpriced: [{ model: 'fast', deployment: 'lab/own' }],
    });
  });

  it('takes prices in the order in which they are charged, from where a call would have them', async () => {
    const path = json('sources.json', {
      providers: PROVIDERS,
      models: {
        listed: ['openai/gpt-5-mini'],
        stated: ['openai/gpt-5'],
        own: [{ provider: 'openai', model: 'gpt-5', price: OWN_PRICE }],
        unknown: ['lab/own'],
        urgent: [{ provider: 'openai', model: 'gpt-5-nano', params: { service_tier: 'priority' } }],
      },
      prices: { 'openai/gpt-5': OWN_PRICE },
      unknownPrice: { input: 15, output: 75 },
    });
    const report = await shown(path);
    expect(statesOf(report, 'listed')).toEqual({ 'openai/gpt-5-mini': { status: 'priced', from: 'list' } });
    expect(statesOf(report, 'stated')).toEqual({ 'openai/gpt-5': { status: 'priced', from: 'config' } });
    expect(statesOf(report, 'own')).toEqual({ 'openai/gpt-5': { status: 'priced', from: 'deployment' } });
    expect(statesOf(report, 'unknown')).toEqual({ 'lab/own': { status: 'priced', from: 'unknownPrice' } });
    expect(report.unpriced).toEqual([]);
  });

  it('names a deployment whose params ask for what the list has no price of', async () => {
    const path = json('urgent.json', {
      providers: PROVIDERS,
      models: { urgent: { deployments: ['openai/gpt-5'], params: { service_tier: 'ultrafast' } }, usual: ['openai/gpt-5'] },
    });
    expect((await shown(path)).unpriced).toEqual([{ model: 'urgent', deployment: 'openai/gpt-5' }]);
  });

  it('tells the prices of long inputs', async () => {
    const path = json('tiers.json', { providers: { google: {} }, models: { long: ['google/gemini-2.5-pro'] } });
    const { models } = (await shown(path)) as { models: { deployments: { price: object; tiers: object[] }[] }[] };
    const [deployment] = models[0]?.deployments ?? [];
    expect(deployment?.tiers).toEqual([{ aboveInputTokens: 200_000, price: expect.any(Object) }]);
    expect(deployment?.tiers).not.toEqual([{ aboveInputTokens: 200_000, price: deployment?.price }]);
    expect((await prices.run([path])).text).toMatch(/other prices above 200,000 input tokens/);
  });

  it('fails with 1 under --check where a deployment has no price, in either form, and not otherwise', async () => {
    const lacking = json('lacking.json', { providers: PROVIDERS, models: { own: ['lab/own', 'openai/gpt-5-mini'] } });
    const complete = json('complete.json', {
      providers: PROVIDERS,
      models: { fast: ['openai/gpt-5-mini'], 'openai/*': ['openai/*'] },
    });
    expect(await tollgate(['prices', '--check', lacking])).toMatchObject({
      code: 1,
      stderr: '',
      stdout: expect.stringMatching(/lab\/own +- +- +no price/),
    });
    expect(await prices.run([lacking, '--json', '--check'])).toMatchObject({
      exitCode: 1,
      text: expect.stringMatching(/"status": "unpriced"/),
    });
    expect(await prices.run([lacking])).toMatchObject({ exitCode: 0 });
    expect(await prices.run([complete, '--check'])).toMatchObject({
      exitCode: 0,
      text: expect.stringMatching(/None is without a price\./),
    });
  });

  it('says so where no model is declared', async () => {
    const path = json('none.json', { providers: PROVIDERS });
    expect(await tollgate(['prices', path, '--check'])).toMatchObject({
      code: 0,
      stdout: 'The configuration declares no models.\n',
    });
  });

  it('--help tells its options', async () => {
    const asked = await tollgate(['prices', '--help']);
    expect(asked).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^Usage: tollgate prices <config> \[--json\] \[--check\]\n/),
    });
    expect(await tollgate(['help', 'prices'])).toEqual(asked);
  });
});

describe('a configuration that tollgate prices is given', () => {
  it('needs no keys, and no variable that decides no price', async () => {
    const path = file(
      'unset.yaml',
      `
providers:
  openai: {}
  anthropic: { apiKey: "\${CLAUDE_KEY}" }
  gemini: { type: google, apiKey: ["\${GEMINI_A}", "\${GEMINI_B}"] }
  mistral: { apiKey: "\${MISTRAL_KEY:-}" }
  lab: { type: openai-compatible, baseURL: "https://\${LAB_HOST}/v1", headers: { x-team: "\${TEAM}" }, organization: "\${ORG}" }
models:
  fast: [openai/gpt-5-mini, anthropic/claude-haiku-4-5, gemini/gemini-2.5-flash, mistral/mistral-small-latest, lab/own]
budgets:
  - { name: all, limit: { usd: 1 }, window: day, timezone: "\${ZONE}" }
access:
  keys: [{ id: one, hash: "\${KEY_HASH}", caller: { team: a } }]
store: { type: sqlite, path: "\${DATA}/budgets.db" }
`,
    );
    const report = await shown(path);
    expect(report.unpriced).toEqual([{ model: 'fast', deployment: 'lab/own' }]);
    expect(Object.keys(statesOf(report, 'fast'))).toHaveLength(5);
    expect(await shown(example)).toMatchObject({ unpriced: [{ deployment: 'lab/small' }, { deployment: 'lab/large' }] });
  });

  it('may have every type of provider', async () => {
    const types = [...vendorFacts().keys()];
    const providers = types.map((type): [string, object] => {
      const address = vendorFacts().get(type)?.needsBaseURL ? { baseURL: `\${ADDRESS}` } : {};
      return [type, { type, region: `\${REGION}`, ...address }];
    });
    const path = json('types.json', {
      providers: Object.fromEntries(providers),
      models: Object.fromEntries(types.map((type) => [type, [`${type}/no-such-model`]])),
    });
    const { models } = await shown(path);
    expect((models as { model: string }[]).map(({ model }) => model)).toEqual(types);
  });

  it('is in force with the variables that are set', async () => {
    const path = file('set.yaml', `providers: { openai: {} }\nmodels: { fast: ["openai/\${SERVED_MODEL}"] }\n`);
    const { code, stdout } = await tollgate(['prices', path], { SERVED_MODEL: 'gpt-5-mini' });
    expect(code).toBe(0);
    expect(stdout).toMatch(/openai\/gpt-5-mini .*genai-prices/);
    expect(await refusal(path)).toBe(
      `${path} is no valid configuration: models.fast[0]: the environment variable SERVED_MODEL is not set`,
    );
  });

  it.each(['config.ts', 'config.mts', 'config.mjs'])('may be exported by a module: %s', async (name) => {
    const typed = name.endsWith('ts');
    const path = file(
      name,
      `${typed ? "import type { GatewayConfig } from 'tollgate';" : ''}
const config${typed ? ': GatewayConfig' : ''} = {
  providers: { lab: { type: 'openai-compatible', baseURL: process.env.LAB_URL, apiKey: process.env.LAB_KEY ?? '' } },
  models: { own: ['lab/own'] },
};
setInterval(() => {}, 60_000);
export ${name.endsWith('.mts') ? '{ config }' : 'default config'};
`,
    );
    expect((await shownByProcess(path)).unpriced).toEqual([{ model: 'own', deployment: 'lab/own' }]);
  });

  it('of a module keeps the objects of the user that it holds', async () => {
    const path = file(
      'own.mjs',
      `export default {
  providers: { mine: { provider: {
    name: 'mine', get vendor() { return 'openai'; }, supports: () => true, capabilities: () => ({}), unsupported: () => [],
    send: () => { throw new Error('sent'); }, classify: () => { throw new Error('sent'); },
  } } },
  models: { fast: ['mine/gpt-5-mini'] },
};`,
    );
    expect(statesOf(await shownByProcess(path), 'fast')).toEqual({
      'mine/gpt-5-mini': { status: 'priced', from: 'list' },
    });
  });
});

describe('tollgate prices refuses', () => {
  it('what it cannot do with 2 and one line on standard error', async () => {
    const invalid = json('two.json', { providers: { openai: { type: 'opnai' } }, modles: {} });
    const { code, stdout, stderr } = await tollgate(['prices', invalid]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^tollgate: [^\n]+modles: unknown key[^\n]+ \| providers\.openai\.type: [^\n]+\n$/);
  });

  it('no file, and more than one', async () => {
    expect(await refusal()).toBe('name a file, as in: tollgate prices gateway.yaml');
    expect(await refusal('a.json', 'b.json')).toBe('expected one file, got 2');
  });

  it('an option that it has not, and a value that an option does not take', async () => {
    expect(await refusal(example, '--jsno')).toBe("unknown option '--jsno'; did you mean '--json'?");
    expect(await refusal(example, '-x')).toBe("unknown option '-x'");
    expect(await refusal(example, '--json=yes')).toBe('--json takes no value');
  });

  it('a file that is not there, or of another kind', async () => {
    for (const name of ['gone.yaml', 'gone.json', 'gone.ts']) {
      expect(await refusal(`/nowhere/${name}`)).toBe(`cannot read /nowhere/${name}: there is no such file or directory`);
    }
    expect(await refusal(file('config.toml', ''))).toMatch(/^expected a file that ends in \.json, \.yaml, .*config\.toml$/);
  });

  it('a broken file, telling the place and nothing of its text', async () => {
    expect(await refusal(file('broken.json', '{"providers": {"openai": {"apiKey": "sk-secret",}}}'))).toMatch(
      /broken\.json is not valid JSON \(line 1 column \d+\)$/,
    );
    expect(await refusal(file('broken.yaml', 'providers:\n  openai: {\n  sk-secret'))).toMatch(
      /broken\.yaml is not valid YAML: [\w ]+ \(line \d+ column \d+\)$/,
    );
  });

  it('an invalid configuration, naming all that is wrong', async () => {
    const path = json('invalid.json', { providers: { openai: { type: 'opnai' } }, models: { fast: ['lib/x'] }, modles: {} });
    const line = await refusal(path);
    expect(line).toMatch(/invalid\.json is no valid configuration: /);
    for (const place of ["providers.openai.type: unknown type 'opnai'", 'models.fast[0]: ', 'modles: unknown key']) {
      expect(line).toContain(place);
    }
  });

  it('keys that are reserved, as a gateway does', async () => {
    const path = file('reserved.json', '{"providers": {"openai": {"__proto__": {}}, "__proto__": {}}, "__proto__": {}}');
    expect(await refusal(path)).toMatch(/__proto__: is a reserved name/);
  });

  it('a module that throws, without telling keys', async () => {
    const path = file('throws.mjs', "throw new Error('no key sk-abcdefghijk here\\nsecond line');");
    const { code, stdout, stderr } = await tollgate(['prices', path]);
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: `tollgate: cannot run ${path}: no key [redacted] here\n`,
    });
  });

  it.each([
    ['nothing', 'export const other = {};'],
    ['an instance', 'export default new (class Gateway {})();'],
    ['a function of a number', 'export default () => 5;'],
  ])('a module that exports %s', async (what, text) => {
    const { code, stderr } = await tollgate(['prices', file(`${what.replaceAll(' ', '-')}.mjs`, text)]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^tollgate: .* exports no configuration as its default or as 'config': an object, or a function or promise of one\n$/,
    );
  });
});

describe('tollgate prices loads', () => {
  it('no store, no transport and no line of calls', async () => {
    const watch = file(
      'watch.mjs',
      `import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) { if (/\\/(?:src\\/(?:stores|transport|pipeline)|undici)\\//.test(url)) process.stderr.write(url + '\\n'); return next(url, context); } });`,
    );
    const { code, stderr } = await tollgate(['prices', example], { NODE_OPTIONS: `--import ${watch}` });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

import { describe, expect, it } from 'vitest';
import { check } from '../../src/cli/check.ts';
import { file, tollgate } from './command-process.ts';

const PROVIDERS = { openai: {}, lab: { type: 'openai-compatible', baseURL: 'http://127.0.0.1:1/v1' } };
const PRICE = { input: 1, output: 2 };
const lab = (model: string) => ({ provider: 'lab', model, price: PRICE });

let files = 0;
async function found(config: object): Promise<string[]> {
  files += 1;
  const { text } = await check.run([file(`check-${files}.json`, JSON.stringify({ providers: PROVIDERS, ...config })), '--json']);
  const { findings } = JSON.parse(text) as { findings: { severity: string; path: string; message: string }[] };
  return findings.map(({ severity, path, message }) => `${severity} ${path}: ${message}`);
}

describe('tollgate check', () => {
  it('says that nothing is wrong, and ends with 0', async () => {
    const path = file('right.json', JSON.stringify({ providers: { openai: {} }, models: { fast: ['openai/gpt-5-mini'] } }));
    expect(await tollgate(['check', path])).toEqual({ code: 0, stdout: 'Nothing is wrong.\n', stderr: '' });
  });

  it('names every wrong path and ends with 1', async () => {
    const path = file(
      'wrong.json',
      JSON.stringify({ providers: PROVIDERS, models: { fast: ['opnai/x'] }, budgets: [{ name: 'b' }] }),
    );
    const { code, stdout } = await tollgate(['check', path]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^error {2}models\.fast\[0\] .*did you mean 'openai'/m);
    expect(stdout).toMatch(/^error {2}budgets\[0\]\.limit/m);
    expect(stdout).toMatch(/\d errors, 0 warnings, 0 notes\.\n$/);
  });

  it('cannot check a file that is missing or no YAML: one line, and 2', async () => {
    expect(await tollgate(['check', '/nowhere/gateway.yaml'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'tollgate: cannot read /nowhere/gateway.yaml: there is no such file or directory\n',
    });
    expect((await tollgate(['check', file('torn.yaml', 'models: [')])).code).toBe(2);
  });

  it('needs the keys of this machine only when asked to', async () => {
    const path = file('keyless.json', JSON.stringify({ providers: { openai: {} }, models: { fast: ['openai/gpt-5-mini'] } }));
    expect(await tollgate(['check', path, '--this-machine'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('providers.openai.apiKey'),
    });
    expect((await tollgate(['check', path, '--this-machine'], { OPENAI_API_KEY: 'sk-test-0123456789' })).code).toBe(0);
  });

  it('says which section it could not check', async () => {
    expect(
      await found({ models: { a: [lab('a')], b: ['openai/gpt-5-mini'] }, store: { type: 'sqlite', path: '${NOT_SET}' } }),
    ).toEqual(['note store: was not checked: it names a variable that is not set here']);
  });

  it('finds fallbacks that are not reached', async () => {
    const models = {
      first: { deployments: [lab('a')], fallbacks: ['twin', 'other'] },
      twin: [lab('a')],
      other: ['openai/gpt-5-mini'],
      many: { deployments: ['b', 'c', 'd'].map(lab), fallbacks: ['other'], retry: { maxAttempts: 3 } },
    };
    expect(await found({ models })).toEqual([
      'warning models.first.fallbacks[0]: adds nothing: its deployments were all tried before it',
      'warning models.many.fallbacks: not reached while all deployments are up: 3 deployments use up the 3 attempts of a call (retry.maxAttempts)',
    ]);
  });

  it('finds fallbacks and models that the access rules keep from everybody', async () => {
    const models = { a: { deployments: [lab('a')], fallbacks: { default: ['b'] } }, b: ['openai/gpt-5-mini'] };
    const access = { default: 'deny', rules: [{ match: { team: '*' }, allow: 'a' }] };
    expect(await found({ models, access })).toEqual([
      "warning models.a.fallbacks.default[0]: not reached: the access rules deny 'b' to all who may use 'a'",
      'warning models.b: the access rules let no caller use it',
    ]);
  });

  it('knows callers whom two rules concern, and asks for none that cannot be', async () => {
    const models = { a: { deployments: [lab('a')], fallbacks: ['b'] }, b: ['openai/gpt-5-mini'] };
    const many = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`own${index}`, 'x']));
    const more = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`other${index}`, 'x']));
    const rules = (one: object, other: object) => ({
      default: 'deny',
      rules: [
        { match: one, allow: 'a' },
        { match: other, allow: 'b' },
      ],
    });
    const denied = "warning models.a.fallbacks[0]: not reached: the access rules deny 'b' to all who may use 'a'";
    expect(await found({ models, access: rules({ team: 'x' }, { app: 'y' }) })).toEqual([]);
    expect(await found({ models, access: rules({ team: 'x' }, { team: 'y' }) })).toEqual([denied]);
    expect(await found({ models, access: rules(many, more) })).toEqual([denied]);
  });

  it('finds rules that never match, and those that others make pointless', async () => {
    const models = { a: [lab('a')], b: ['openai/gpt-5-mini'] };
    const rules = [
      { match: { team: 's*' }, allow: ['a', 'b'] },
      { match: { team: 'shop' }, allow: 'a' },
      { match: { priority: 'urgent' }, deny: 'b' },
      { match: { app: 'bot' }, deny: 'A' },
      { match: { app: 'bot', user: 'x' }, allow: 'a' },
    ];
    expect(await found({ models, access: { rules } })).toEqual([
      'warning access.rules[1].allow: adds nothing: access.rules[0] allows it to the same callers',
      "warning access.rules[2].match.priority: never matches: no caller can have 'urgent'",
      'warning access.rules[4].allow: has no effect: access.rules[3] denies it to the same callers',
    ]);
  });

  it('keeps quiet about rules that differ, and about globs that cannot be compared', async () => {
    const models = { a: [lab('a')], b: ['openai/gpt-5-mini'] };
    const rules = [
      { match: { team: 'shop?' }, allow: 'a' },
      { match: { team: 'shop*' }, allow: 'a' },
      { match: { user: 'x' }, allow: 'a' },
      { match: { team: 'shop1' }, allow: 'b' },
    ];
    expect((await found({ models, access: { rules } })).filter((line) => !line.includes('rules[0]'))).toEqual([]);
  });

  it('finds budgets that no call is charged to, also by way of a fallback', async () => {
    const models = { a: { deployments: [lab('a')], fallbacks: ['b'] }, b: ['openai/gpt-5-mini'], c: [lab('c')] };
    const budget = (name: string, match: object) => ({ name, match, limit: { requests: 1 }, window: 'day' });
    const budgets = [budget('met', { model: 'a', provider: 'openai' }), budget('unmet', { model: 'c', provider: 'openai' })];
    expect(await found({ models, budgets })).toEqual([
      "warning budgets[1].match: never matches: no declared model has a deployment that fits model 'c' and provider 'openai'",
    ]);
  });

  it('weighs a missing price by whether money is limited', async () => {
    const models = { own: ['lab/own'], b: ['openai/gpt-5-mini'] };
    expect(await found({ models })).toEqual([
      'note models.own: lab/own has no known price: its calls are reported without a cost',
    ]);
    expect(await found({ models, budgets: [{ name: 'b', limit: { usd: 1 }, window: 'day' }] })).toEqual([
      'warning models.own: lab/own has no known price: calls that a budget on money applies to are refused',
    ]);
  });

  it('names providers and prices that no model uses, and ends with 0 for notes', async () => {
    const config = { providers: PROVIDERS, models: { b: ['openai/gpt-5-mini'] }, prices: { 'openai/gpt-5-mni': PRICE } };
    const { code, stdout } = await tollgate(['check', file('spare.json', JSON.stringify(config))]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^note {2}providers\.lab .*only calls to 'lab\/…'/m);
    expect(stdout).toMatch(/^note {2}prices\["openai\/gpt-5-mni"\] +no model has this deployment/m);
  });

  it('lets warnings pass when told to', async () => {
    const config = {
      providers: PROVIDERS,
      models: { a: { deployments: [lab('a')], fallbacks: ['t'] }, t: [lab('a')], b: ['openai/gpt-5'] },
    };
    const path = file('warned.json', JSON.stringify(config));
    expect([(await check.run([path])).exitCode, (await check.run([path, '--allow-warnings'])).exitCode]).toEqual([1, 0]);
  });
});

describe('a module', () => {
  const config = '{ providers: { openai: {} }, models: { fast: ["openai/gpt-5-mini"] } }';

  it.each([
    ['an object', config],
    ['a promise', `Promise.resolve(${config})`],
    ['a function', `() => (${config})`],
    ['a function that waits', `async () => (${config})`],
  ])('may export %s', async (name, text) => {
    const path = file(`${name.replaceAll(' ', '-')}.mjs`, `export default ${text};`);
    expect(await check.run([path])).toEqual({ text: 'Nothing is wrong.\n', exitCode: 0 });
  });

  it.each(['exports.config =', 'module.exports.config =', 'module.exports = { config: '])(
    'of CommonJS may begin %j',
    async (head) => {
      const text = `${head} ${config}${head.includes('{') ? ' }' : ''};`;
      const ended = await tollgate(['check', file('named.cjs', text)]);
      expect(ended).toEqual({ code: 0, stdout: 'Nothing is wrong.\n', stderr: '' });
    },
  );

  it('may export a gateway beside its configuration', async () => {
    const path = file('both.mjs', `export const config = ${config};\nexport default { for() {}, handler() {} };`);
    expect(await check.run([path])).toEqual({ text: 'Nothing is wrong.\n', exitCode: 0 });
  });

  it.each([
    ['a-number.mjs', 'export default 5', 'exports no configuration as its default'],
    [
      'a-gateway.mjs',
      'export default { for() {}, handler() {} }',
      'exports a gateway: export the configuration that it is made of',
    ],
    ['throws.mjs', 'export default () => { throw new Error("no database"); }', 'no database'],
  ])('is told what is wrong with it: %s', async (name, text, told) => {
    await expect(check.run([file(name, text)])).rejects.toThrow(told);
  });

  it('of ES that Node takes for CommonJS is told how to say so, in one line', async () => {
    const { code, stderr } = await tollgate(['check', file('common.cjs', 'import "node:fs"; export default {};')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^[^\n]*: end its name in \.mjs or \.mts, or set "type": "module" in package\.json\n$/);
  });

  it('that waits for what never comes ends with one line, and 2', async () => {
    const ended = await tollgate(['check', file('waits.mjs', 'await new Promise(() => {});')]);
    expect(ended).toEqual({ code: 2, stdout: '', stderr: 'tollgate: a module waits for something that never comes\n' });
  });

  it('that makes Node warn leaves standard error to the command', async () => {
    const path = file('warns.mjs', `process.emitWarning("old"); export default 5;`);
    expect((await tollgate(['check', path, '--json'])).stderr).toMatch(/^\{"error":.*\}\n$/);
  });
});

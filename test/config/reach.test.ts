import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Gateway, type GatewayConfig } from 'tollgate';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { configWith, planOf } from './registry.ts';

const directory = mkdtempSync(join(tmpdir(), 'tollgate-reach-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const provider = { type: 'openai-compatible', apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1' } as const;
const base: GatewayConfig = {
  providers: { lab: provider, other: provider },
  models: { fast: ['lab/m'], 'lab/x-*': ['lab/x-*'] },
};
const budget = (more: object): Partial<GatewayConfig> => ({
  budgets: [{ name: 'b', limit: { usd: 1 }, window: 'day', ...more }],
});
const rule = (more: object): Partial<GatewayConfig> => ({ access: { rules: [{ match: { team: 'a' }, ...more }] } as never });
const guard = (match: object): Partial<GatewayConfig> => ({
  guards: [{ name: 'g', on: 'input', mode: 'block', use: 'secrets', match: match as never }],
});
const cache = (more: object): Partial<GatewayConfig> => ({ cache: { ttl: '1h', ...more } });
const key = { id: 'k', hash: `sha256:${'0'.repeat(64)}`, caller: { team: 'a', region: 'eu' } };

function issuesOf(config: Partial<GatewayConfig>): string[] {
  try {
    void new Gateway({ ...base, ...config }).close({ deadlineMs: 0 });
    return [];
  } catch (error) {
    return (error as { issues: { path: string; message: string }[] }).issues.map(({ path, message }) => `${path}: ${message}`);
  }
}

function warningsOf(config: Partial<GatewayConfig>): string[] {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  try {
    expect(issuesOf(config)).toEqual([]);
    return warn.mock.calls.map(([message]) => String(message));
  } finally {
    warn.mockRestore();
  }
}

describe('what can match nothing that is declared is refused', () => {
  it.each([
    ['a dimension of a budget', budget({ each: 'taem' }), ["budgets[0].each: no caller has 'taem'; did you mean 'team'?"]],
    ['one of several', budget({ each: ['user', 'modle'] }), ["budgets[0].each[1]: no caller has 'modle'; did you mean 'model'?"]],
    [
      'a dimension in match',
      budget({ match: { usr: 'a' } }),
      ["budgets[0].match.usr: no caller has 'usr'; did you mean 'user'?"],
    ],
    [
      'a model of a budget',
      budget({ match: { model: 'fsat' } }),
      ["budgets[0].match.model: 'fsat' matches nothing that is declared; did you mean 'fast'?"],
    ],
    [
      'a provider of a budget',
      budget({ match: { provider: 'lba' } }),
      ["budgets[0].match.provider: 'lba' matches nothing that is declared; did you mean 'lab'?"],
    ],
    [
      'a deployment of a budget',
      budget({ match: { deployment: 'lba/m' } }),
      ["budgets[0].match.deployment: 'lba/m' matches nothing that is declared; did you mean 'lab'?"],
    ],
    [
      'a model that is allowed',
      rule({ allow: ['fsat'] }),
      ["access.rules[0].allow[0]: 'fsat' matches nothing that is declared; did you mean 'fast'?"],
    ],
    [
      'a model that is denied',
      rule({ deny: 'fsat*' }),
      [expect.stringContaining("access.rules[0].deny: 'fsat*' matches nothing")],
    ],
    [
      'a model at no provider',
      rule({ deny: ['lba/*'] }),
      ["access.rules[0].deny[0]: 'lba/*' matches nothing that is declared; did you mean 'lab'?"],
    ],
    [
      'a budget by operations',
      budget({ match: { operation: 'chat' }, each: ['team', 'operation'] }),
      [
        "budgets[0].each[1]: is nothing that is charged: expected a dimension of callers, 'model', 'provider' or 'deployment'",
        "budgets[0].match.operation: is nothing that is charged: expected a dimension of callers, 'model', 'provider' or 'deployment'",
      ],
    ],
    [
      'a caller by an operation',
      rule({ match: { operation: 'chat' }, allow: 'fast' }),
      [expect.stringContaining('access.rules[0].match.operation: is no dimension of a caller')],
    ],
    ['a dimension of a guard', guard({ taem: 'a' }), ["guards[0].match.taem: no caller has 'taem'; did you mean 'team'?"]],
    [
      'an operation of a guard',
      guard({ operation: ['chat', 'chatt'] }),
      ["guards[0].match.operation[1]: 'chatt' matches no operation; did you mean 'chat'?"],
    ],
    [
      'a model of a guard',
      guard({ model: 'fsat' }),
      ["guards[0].match.model: 'fsat' matches nothing that is declared; did you mean 'fast'?"],
    ],
    [
      'a guard by a provider',
      guard({ provider: 'lab' }),
      ["guards[0].match.provider: is not known yet: expected a dimension of callers, 'model' or 'operation'"],
    ],
    [
      'an operation of the cache',
      cache({ match: { operation: 'embedings' } }),
      ["cache.match.operation: 'embedings' matches no operation; did you mean 'embeddings'?"],
    ],
    ['a scope of the cache', cache({ scope: ['user', 'taem'] }), ["cache.scope[1]: no caller has 'taem'; did you mean 'team'?"]],
    [
      'the model by which the cache compares',
      cache({ mode: 'semantic', semantic: { model: 'fsat' } }),
      [expect.stringContaining("cache.semantic.model: unknown model 'fsat'")],
    ],
    [
      'a caller by a model',
      rule({ match: { model: 'fast' }, allow: 'fast' }),
      [expect.stringContaining('access.rules[0].match.model: is no dimension of a caller')],
    ],
  ])('%s', (_, config, issues) => {
    expect(issuesOf(config)).toEqual(issues);
  });
});

describe('what can match something is taken', () => {
  it.each([
    ['dimensions of callers and calls', budget({ each: ['team', 'app', 'tags', 'model', 'deployment'] })],
    [
      'what guards and the cache go by',
      {
        ...guard({ team: 'a', region: 'eu', model: 'f*', operation: ['chat', 'audio.*'] }),
        ...cache({ scope: ['team', 'region'], match: { operation: '*', model: 'lab/m' } }),
      },
    ],
    ['a cache for all', cache({ scope: 'shared' })],
    ['dimensions of ones own', budget({ each: 'region', match: { tenant: '*' } })],
    ['models by globs', budget({ match: { model: ['f*', '*t', '?ast', 'lab/*', 'la*', 'lab/x-1', '*'] } })],
    ['names at a provider', rule({ allow: ['lab/anything', 'other/*', 'fast'], deny: ['LAB/M*', 'FAST', '*-preview'] })],
    ['deployments and providers by globs', budget({ match: { deployment: ['lab/m', '*/m', 'o*'], provider: ['l*', 'other'] } })],
    ['undeclared names at a default provider', { ...rule({ allow: ['gpt-*'] }), defaultProvider: 'lab' }],
  ])('%s', (_, config) => {
    expect(warningsOf(config)).toEqual([]);
  });

  it('with a warning where it looks mistyped, and a default provider may know it', () => {
    expect(warningsOf({ ...rule({ allow: ['fsat'] }), defaultProvider: 'lab' })).toEqual([
      "access.rules[0].allow[0]: 'fsat' matches nothing that is declared; did you mean 'fast'?",
    ]);
  });

  it.each([
    ['of what is handed through', rule({ deny: ['lab/batchs'] }), "access.rules[0].deny[0]: 'lab/batchs'", 'lab/batches'],
    ['of the same, as a price', { prices: { 'lab/contianers': { request: 1 } } }, 'prices["lab/contianers"]: ', 'lab/containers'],
    ['of a deployment', rule({ allow: ['lab/gtp-4o'] }), "access.rules[0].allow[0]: 'lab/gtp-4o'", 'lab/gpt-4o'],
    ['by its case', budget({ match: { model: 'lab/GPT-4o' } }), "budgets[0].match.model: 'lab/GPT-4o'", 'lab/gpt-4o'],
    ['by a space', budget({ match: { deployment: ['lab/gpt-4o '] } }), 'budgets[0].match.deployment[0]: ', 'lab/gpt-4o'],
  ] as [string, Partial<GatewayConfig>, string, string][])(
    'with a warning where a provider may know it, and it looks mistyped: the name %s',
    (_, config, begins, meant) => {
      const models = { fast: ['lab/gpt-4o'] };
      expect(warningsOf({ ...config, models })).toEqual([expect.stringMatching(/is declared nowhere; did you mean '[^']+'\?$/)]);
      const [warning] = warningsOf({ ...config, models });
      expect(warning?.startsWith(begins)).toBe(true);
      expect(warning).toContain(`'${meant}'?`);
    },
  );

  it.each([
    ['another of its family', rule({ allow: ['lab/gpt-4.1', 'lab/gpt-4o-mini', 'lab/gpt-4o'] })],
    ['of a model beside a resource', rule({ deny: ['lab/gpt-realtime', 'lab/embed', 'lab/responses-1'] })],
    ['of a resource', rule({ deny: ['lab/batches', 'lab/fine_tuning'] })],
    ['in another case, in a rule that does not look at it', rule({ deny: ['LAB/GPT-4o'] })],
    ['a glob', rule({ deny: ['lab/batchs*'] })],
  ])('and without one where it may be meant: %s', (_, config) => {
    expect(warningsOf({ ...config, models: { fast: ['lab/gpt-4o'] } })).toEqual([]);
  });

  it('with a warning where there are keys and none has the dimension', () => {
    const keys = { access: { keys: [key] } };
    expect(warningsOf({ ...budget({ each: 'region' }), ...keys })).toEqual([]);
    expect(warningsOf({ ...budget({ each: 'tenant' }), ...keys })).toEqual([
      "budgets[0].each: no key has a caller with 'tenant': only callers of this process can bring it",
    ]);
  });
});

describe('what callers bring is a warning where it looks mistyped', () => {
  const keys = [key, { ...key, id: 'batch-job', hash: `sha256:${'1'.repeat(64)}`, caller: { team: 'sales', tags: ['nightly'] } }];
  const withRule = (match: object): Partial<GatewayConfig> => ({
    access: { keys, rules: [{ match: match as never, allow: ['fast'] }] },
  });
  const withKeys = (config: Partial<GatewayConfig>): Partial<GatewayConfig> => ({ access: { keys }, ...config });

  it.each([
    [
      'a team of a rule',
      withRule({ team: 'slaes' }),
      "access.rules[0].match.team: no key has the team 'slaes'; did you mean 'sales'?",
    ],
    [
      'a key of a rule',
      withRule({ key: ['batch-jbo', 'batch-*'] }),
      "access.rules[0].match.key[0]: no key has the key 'batch-jbo'; did you mean 'batch-job'?",
    ],
    [
      'a tag of a budget',
      withKeys(budget({ match: { tags: 'nihgtly' } })),
      "budgets[0].match.tags: no key has the tags 'nihgtly'; did you mean 'nightly'?",
    ],
    [
      'a team of a guard',
      withKeys(guard({ team: 'slaes' })),
      "guards[0].match.team: no key has the team 'slaes'; did you mean 'sales'?",
    ],
    [
      'a team of the cache',
      withKeys(cache({ match: { team: 'slaes' } })),
      "cache.match.team: no key has the team 'slaes'; did you mean 'sales'?",
    ],
    [
      'a dimension of a key',
      { access: { keys: [{ ...key, caller: { taem: 'a' } }] } },
      "access.keys[0].caller.taem: 'taem' is a dimension of its own; did you mean 'team'?",
    ],
    [
      'a dimension of params',
      { access: { callerFromParams: ['user', 'metadata.taem'] } },
      "access.callerFromParams[1]: 'taem' is a dimension of its own; did you mean 'team'?",
    ],
    [
      'a tool that has a price',
      { toolPrices: { web_search: 0.01, 'lab/web_serach': 0.01 } },
      "toolPrices[\"lab/web_serach\"]: 'web_serach' matches no tool that is known; did you mean 'web_search'?",
    ],
  ])('%s', (_, config, warning) => {
    expect(warningsOf(config as Partial<GatewayConfig>)).toEqual([warning]);
  });

  it('and not where callers of this process may come with it', () => {
    expect(warningsOf(withRule({ team: ['finance', 'sal*'], user: 'u', region: 'us', key: 'of-tomorrow' }))).toEqual([]);
    expect(warningsOf(rule({ match: { team: 'slaes' }, allow: 'fast' }))).toEqual([]);
  });
});

describe('a SQLite file that cannot be used is an issue at store.path', () => {
  const text = join(directory, 'text.db');
  writeFileSync(text, 'this is no database, and long enough to be looked at as one'.repeat(20));

  it.each([
    ['in a folder that is not there', join(directory, 'no', 'such.db')],
    ['that is a folder', directory],
    ['that is no database', text],
  ])('%s', (_, path) => {
    expect(issuesOf({ store: { type: 'sqlite', path } })).toEqual([expect.stringMatching(/^store\.path: SQLite could not/)]);
  });
});

describe('bounds of the handler', () => {
  it.each([
    [{ maxRequestBytes: 0 }, 'handler.maxRequestBytes'],
    [{ maxNesting: 129 }, 'handler.maxNesting'],
    [{ maxItems: 0 }, 'handler.maxItems'],
    [{ bodyTimeoutMs: 1.5 }, 'handler.bodyTimeoutMs'],
    [{ maxUploadByte: 1 }, 'handler.maxUploadByte'],
  ])('%j are checked', (handler, path) => {
    expect(issuesOf({ handler: handler as GatewayConfig['handler'] })).toEqual([expect.stringContaining(`${path}: `)]);
  });
});

describe('the items that the handler takes', () => {
  it.each([
    ['as many as OpenAI takes', undefined, 320_000],
    ['as many with a larger body', { maxRequestBytes: 50 * 1024 * 1024 }, 320_000],
    ['one per 13 bytes of a smaller body', { maxRequestBytes: 1024 * 1024 }, 80_000],
    ['room for tools with the smallest', { maxRequestBytes: 10_000 }, 20_000],
    ['what is stated', { maxRequestBytes: 1024 * 1024, maxItems: 400_000 }, 400_000],
  ])('are %s', (_, handler, maxItems) => {
    expect(planOf(configWith({ handler })).handler).toMatchObject({ maxItems, maxNesting: 128 });
  });
});

describe('what guards and the cache are for', () => {
  it.each([
    [
      'a model of a guard',
      guard({ model: 'fsat' }),
      ["guards[0].match.model: 'fsat' matches nothing that is declared; did you mean 'fast'?"],
    ],
    ['a dimension of a guard', guard({ taem: 'a' }), ["guards[0].match.taem: no caller has 'taem'; did you mean 'team'?"]],
    [
      'a provider of a guard',
      guard({ provider: 'lab' }),
      ["guards[0].match.provider: is not known yet: expected a dimension of callers, 'model' or 'operation'"],
    ],
    [
      'a model of the cache',
      { cache: { ttl: '1h', match: { model: ['fast', 'fsat'] } } },
      ["cache.match.model[1]: 'fsat' matches nothing that is declared; did you mean 'fast'?"],
    ],
    [
      'a deployment of the cache',
      { cache: { ttl: '1h', match: { deployment: 'lab/m' } } },
      ["cache.match.deployment: is not known yet: expected a dimension of callers, 'model' or 'operation'"],
    ],
  ])('is refused where nothing can be so: %s', (_what, config, issues) => {
    expect(issuesOf(config as never)).toEqual(issues);
  });

  it('may be any model, operation and caller that there is', () => {
    const match = { model: ['fast', 'lab/x-*', 'other/y'], operation: 'chat', user: 'u*', team: 'a' };
    expect(issuesOf(guard(match))).toEqual([]);
    expect(issuesOf({ cache: { ttl: '1h', match } })).toEqual([]);
  });

  it('may be a dimension of that name which keys bring', () => {
    const access = { keys: [{ ...key, caller: { provider: 'x' } }] };
    expect(issuesOf({ ...guard({ provider: 'x' }), access })).toEqual([]);
  });
});

describe('a tool that a rule denies', () => {
  it.each([
    ['web_search_preview', 'web_search'],
    ['web_search_20250305', 'web_search'],
    ['google_search', 'web_search'],
    ['Computer', 'computer_use'],
    ['openrouter:web_search', 'web_search'],
  ])('is refused under a name that no tool has: %s', (written, name) => {
    expect(issuesOf(rule({ denyTools: written }))).toEqual([
      `access.rules[0].denyTools: '${written}' matches no tool: all its versions are called '${name}'`,
    ]);
  });

  it('has a price by the same name', () => {
    expect(issuesOf({ toolPrices: { 'lab/web_search_preview': 0.01 } })).toEqual([
      "toolPrices[\"lab/web_search_preview\"]: 'web_search_preview' matches no tool: all its versions are called 'web_search'",
    ]);
  });

  it.each(['Web_Search', 'lab/WEB_SEARCH'])('has a price by its name in small letters, not by %s', (name) => {
    expect(issuesOf({ toolPrices: { [name]: 0.01 } })).toEqual([expect.stringContaining("it is called 'web_search'")]);
  });

  it('is a warning where it looks mistyped, since vendors bring new ones', () => {
    expect(warningsOf(rule({ denyTools: ['web_*', 'mcp', 'web_serach', 'dream_reading'] }))).toEqual([
      "access.rules[0].denyTools[2]: 'web_serach' matches no tool that is known; did you mean 'web_search'?",
      "access.rules[0].denyTools[3]: 'dream_reading' matches no tool that is known",
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/configuration-error.ts';
import { configWith, exampleConfig, exampleEnvironment, issuesOf, pathsOf, planOf } from './registry.ts';

type Case = [rule: string, config: unknown, paths: string[]];

const HASH = `sha256:${'ab'.repeat(32)}`;

function model(options: Record<string, unknown>): Record<string, unknown> {
  return configWith({ models: { a: { deployments: ['openai/x'], ...options } } });
}

function deployment(options: Record<string, unknown>): Record<string, unknown> {
  return configWith({ models: { a: [{ provider: 'openai', model: 'x', ...options }] } });
}

function budget(options: Record<string, unknown>): Record<string, unknown> {
  return configWith({ budgets: [{ name: 'b', limit: { requests: 1 }, window: 'day', ...options }] });
}

function provider(options: Record<string, unknown>): Record<string, unknown> {
  return { providers: { openai: options } };
}

function access(section: Record<string, unknown>): Record<string, unknown> {
  return configWith({ access: section });
}

function key(options: Record<string, unknown>): Record<string, unknown> {
  return access({ keys: [{ id: 'k', hash: HASH, caller: {}, ...options }] });
}

const ownProvider = { vendor: 'mine', supports() {}, capabilities() {}, unsupported() {}, send() {}, classify() {} };

const providers: Case[] = [
  ['no configuration', undefined, ['']],
  ['a configuration that is no object', 'gateway.json', ['']],
  ['no providers section', {}, ['providers']],
  ['an empty providers section', { providers: {} }, ['providers']],
  ['a provider that is no object', { providers: { openai: 'sk-x' } }, ['providers.openai']],
  ['a provider name with a slash', { providers: { 'open/ai': { type: 'ollama' } } }, ['providers["open/ai"]']],
  ['a name that is no vendor without a type', { providers: { lab: {} } }, ['providers.lab.type']],
  ['an unknown type', { providers: { lab: { type: 'opnai' } } }, ['providers.lab.type']],
  ['a type that is no text', { providers: { lab: { type: 5 } } }, ['providers.lab.type']],
  ['a type without an address', { providers: { lab: { type: 'openai-compatible' } } }, ['providers.lab.baseURL']],
  ['an unknown default provider', configWith({ defaultProvider: 'opnai' }), ['defaultProvider']],
  ['an empty key', provider({ apiKey: '' }), ['providers.openai.apiKey']],
  ['a key of spaces only', provider({ apiKey: ' \n' }), ['providers.openai.apiKey']],
  ['a key with a line break inside', provider({ apiKey: 'sk\nx' }), ['providers.openai.apiKey']],
  ['a key beyond Latin', provider({ apiKey: 'sk-ключ' }), ['providers.openai.apiKey']],
  ['a wrong key in a list', provider({ apiKey: ['sk-1', 'sk\u00002'] }), ['providers.openai.apiKey[1]']],
  ['an empty list of keys', provider({ apiKey: [] }), ['providers.openai.apiKey']],
  ['a key that is a number', provider({ apiKey: 7 }), ['providers.openai.apiKey']],
  ['a key that names a variable', provider({ apiKey: `\${KEY}` }), ['providers.openai.apiKey']],
  ['a URL that is none', provider({ baseURL: 'localhost' }), ['providers.openai.baseURL']],
  ['a file URL', provider({ baseURL: 'file:///etc/passwd' }), ['providers.openai.baseURL']],
  ['a URL with a password', provider({ baseURL: 'https://me:secret@host/v1' }), ['providers.openai.baseURL']],
  ['a URL with an empty user', provider({ baseURL: 'https://@host/v1' }), ['providers.openai.baseURL']],
  ['a URL with a query', provider({ baseURL: 'https://host/v1?x=1' }), ['providers.openai.baseURL']],
  ['a URL with an empty query', provider({ baseURL: 'https://host/v1?' }), ['providers.openai.baseURL']],
  ['a URL with a fragment', provider({ baseURL: 'https://host/v1#x' }), ['providers.openai.baseURL']],
  ['a URL with a line break', provider({ baseURL: 'https://ho\nst/v1' }), ['providers.openai.baseURL']],
  ['a header name with a space', provider({ headers: { 'a b': 'x' } }), ['providers.openai.headers["a b"]']],
  [
    'a header that frames the message',
    provider({ headers: { 'Content-Length': '1' } }),
    ['providers.openai.headers.Content-Length'],
  ],
  ['a header value with a line break', provider({ headers: { a: 'x\r\nb: y' } }), ['providers.openai.headers.a']],
  ['a header value beyond Latin', provider({ headers: { a: 'ключ' } }), ['providers.openai.headers.a']],
  ['a client that is none', provider({ client: {} }), ['providers.openai.client']],
  ['a provider of the user that cannot send', provider({ provider: { name: 'openai' } }), ['providers.openai.provider']],
  [
    'a provider of the user under another name',
    provider({ provider: { ...ownProvider, name: 'x' } }),
    ['providers.openai.provider'],
  ],
  ['middleware that is no function', provider({ middleware: [5] }), ['providers.openai.middleware[0]']],
  ['a timeout of 0', provider({ timeouts: { connectMs: 0 } }), ['providers.openai.timeouts.connectMs']],
  ['a drop list that is a text', provider({ drop: 'seed' }), ['providers.openai.drop']],
  ['a region with a slash', provider({ region: 'eu/../x' }), ['providers.openai.region']],
];

const models: Case[] = [
  ['a model that is a text', configWith({ models: { a: 'openai/x' } }), ['models.a']],
  ['an empty list of deployments', configWith({ models: { a: [] } }), ['models.a']],
  ['no deployments', configWith({ models: { a: { strategy: 'weighted' } } }), ['models.a.deployments']],
  ['an empty model name', configWith({ models: { '': ['openai/x'] } }), ['models[""]']],
  ['a star inside a model name', configWith({ models: { 'a*b': ['openai/x'] } }), ['models["a*b"]']],
  ['a star in a deployment of a plain model', configWith({ models: { a: ['openai/*'] } }), ['models.a[0]']],
  ['two stars in a deployment', configWith({ models: { 'a*': ['openai/*/*'] } }), ['models["a*"][0]']],
  ['an unknown provider', configWith({ models: { a: ['opnai/x'] } }), ['models.a[0]']],
  ['an unknown provider in an object', deployment({ provider: 'opnai' }), ['models.a[0].provider']],
  ['a bare name that is no model', configWith({ models: { a: ['gpt-5'] } }), ['models.a[0]']],
  ['nothing behind the slash', configWith({ models: { a: ['openai/'] } }), ['models.a[0]']],
  ['a deployment that is a number', configWith({ models: { a: [7] } }), ['models.a[0]']],
  ['a deployment twice', configWith({ models: { a: ['openai/x', { provider: 'openai', model: 'x' }] } }), ['models.a[1]']],
  ['a model of itself', configWith({ models: { a: ['a'] } }), ['models.a[0]']],
  ['models of each other', configWith({ models: { a: ['b'], b: ['c'], c: ['a', 'openai/x'] } }), ['models.c[0]']],
  ['a misspelt strategy', model({ strategy: 'wieghted' }), ['models.a.strategy']],
  ['a strategy that is not built in', model({ strategy: 'most-headroom' }), ['models.a.strategy']],
  ['a strategy object without order', model({ strategy: { name: 'mine' } }), ['models.a.strategy']],
  ['a failover object without decide', model({ failover: { name: 'mine' } }), ['models.a.failover']],
  ['a negative weight', deployment({ weight: -1 }), ['models.a[0].weight']],
  ['an infinite weight', deployment({ weight: Number.POSITIVE_INFINITY }), ['models.a[0].weight']],
  ['weights of 0 only', deployment({ weight: 0 }), ['models.a[0].weight']],
  ['rpm of 0', deployment({ rpm: 0 }), ['models.a[0].rpm']],
  ['tpm in halves', deployment({ tpm: 0.5 }), ['models.a[0].tpm']],
  ['concurrency beyond safe integers', deployment({ maxConcurrent: 2 ** 60 }), ['models.a[0].maxConcurrent']],
  ['a queue of less than nothing', deployment({ queue: { size: -1 } }), ['models.a[0].queue.size']],
  ['a queue with a wrong priority', deployment({ queue: { size: 1, priority: 'urgent' } }), ['models.a[0].queue.priority']],
  ['a negative price', deployment({ price: { input: -1, output: 1 } }), ['models.a[0].price.input']],
  ['a price of NaN', deployment({ price: { input: 1, output: Number.NaN } }), ['models.a[0].price.output']],
  ['half a price', deployment({ price: { input: 1 } }), ['models.a[0].price.output']],
  ['a price per token', deployment({ price: { input: 1e-7, output: 1 } }), ['models.a[0].price.input']],
  ['a negative price of audio', deployment({ price: { input: 1, output: 1, inputAudio: -1 } }), ['models.a[0].price.inputAudio']],
  ['a misspelt class of tokens', deployment({ price: { input: 1, output: 1, audioInput: 1 } }), ['models.a[0].price.audioInput']],
  ['a misspelt capability', deployment({ capabilities: { visoin: true } }), ['models.a[0].capabilities.visoin']],
  ['tags that are a text', deployment({ tags: 'eu' }), ['models.a[0].tags']],
  ['an unknown fallback', model({ fallbacks: ['nope'] }), ['models.a.fallbacks[0]']],
  ['an unknown fallback by reason', model({ fallbacks: { contentFilter: ['nope'] } }), ['models.a.fallbacks.contentFilter[0]']],
  ['a fallback at an unknown provider', model({ fallbacks: ['opnai/x'] }), ['models.a.fallbacks[0]']],
  ['a misspelt reason', model({ fallbacks: { contextWindows: ['openai/x'] } }), ['models.a.fallbacks.contextWindows']],
  ['a fallback to itself', model({ fallbacks: ['a'] }), ['models.a.fallbacks[0]']],
  ['affinity that is a text', model({ affinity: 'yes' }), ['models.a.affinity']],
  ['an unknown provider of a price', configWith({ prices: { 'opnai/x': { input: 1, output: 1 } } }), ['prices["opnai/x"]']],
  ['a price of no deployment', configWith({ prices: { x: { input: 1, output: 1 } } }), ['prices.x']],
  ['a wrong unknown price', configWith({ unknownPrice: 'allow' }), ['unknownPrice']],
  ['a wrong source of prices', configWith({ priceUpdates: { source: 'genai-price' } }), ['priceUpdates.source']],
  ['updates of prices without a source', configWith({ priceUpdates: { everyMs: 1_000 } }), ['priceUpdates.source']],
  [
    'updates of prices at no time',
    configWith({ priceUpdates: { source: 'genai-prices', everyMs: 0 } }),
    ['priceUpdates.everyMs'],
  ],
];

const policies: Case[] = [
  ['a negative timeout', configWith({ timeouts: { totalMs: -1 } }), ['timeouts.totalMs']],
  ['a timeout in halves', configWith({ timeouts: { totalMs: 1.5 } }), ['timeouts.totalMs']],
  ['a timeout that is a text', configWith({ timeouts: { totalMs: '5s' } }), ['timeouts.totalMs']],
  ['no attempt', configWith({ retry: { maxAttempts: 0 } }), ['retry.maxAttempts']],
  ['too many attempts', configWith({ retry: { maxAttempts: 101 } }), ['retry.maxAttempts']],
  ['delays the wrong way round', configWith({ retry: { minDelayMs: 20, maxDelayMs: 10 } }), ['retry.minDelayMs']],
  [
    'a delay above the inherited one',
    { ...model({ retry: { minDelayMs: 20 } }), retry: { maxDelayMs: 10 } },
    ['models.a.retry.minDelayMs'],
  ],
  ['a misspelt order', model({ retry: { order: 'sprad' } }), ['models.a.retry.order']],
  ['a hedge of nothing', configWith({ hedge: {} }), ['hedge.afterMs']],
  ['a percentile as a fraction', configWith({ hedge: { percentile: 0.95 } }), ['hedge.percentile']],
  ['an unknown stream policy', configWith({ stream: { onInterrupt: 'resume' } }), ['stream.onInterrupt']],
];

const budgets: Case[] = [
  ['no name', configWith({ budgets: [{ limit: { usd: 1 }, window: 'day' }] }), ['budgets[0].name']],
  ['no limit', configWith({ budgets: [{ name: 'b', window: 'day' }] }), ['budgets[0].limit']],
  ['no unit', budget({ limit: {} }), ['budgets[0].limit']],
  ['an undefined unit', budget({ limit: { usd: undefined } }), ['budgets[0].limit']],
  ['negative dollars', budget({ limit: { usd: -1 } }), ['budgets[0].limit.usd']],
  ['dollars of NaN', budget({ limit: { usd: Number.NaN } }), ['budgets[0].limit.usd']],
  ['infinite dollars', budget({ limit: { usd: Number.POSITIVE_INFINITY } }), ['budgets[0].limit.usd']],
  ['dollars above nine million', budget({ limit: { usd: 9_000_001 } }), ['budgets[0].limit.usd']],
  ['tokens in halves', budget({ limit: { tokens: 1.5 } }), ['budgets[0].limit.tokens']],
  ['requests that are a text', budget({ limit: { requests: '60' } }), ['budgets[0].limit.requests']],
  ['no window', budget({ window: undefined }), ['budgets[0].window']],
  ['a misspelt window', budget({ window: 'moth' }), ['budgets[0].window']],
  ['a rolling window without a unit', budget({ window: { rolling: '60' } }), ['budgets[0].window.rolling']],
  ['a rolling window of 0', budget({ window: { rolling: '0s' } }), ['budgets[0].window.rolling']],
  ['a rolling window of months', budget({ window: { rolling: '1M' } }), ['budgets[0].window.rolling']],
  ['a rolling window of ages', budget({ window: { rolling: '99999d' } }), ['budgets[0].window.rolling']],
  ['a rolling window as a number', budget({ window: { rolling: 60 } }), ['budgets[0].window.rolling']],
  ['an unknown time zone', budget({ timezone: 'Europe/Berlim' }), ['budgets[0].timezone']],
  ['a time zone of a rolling window', budget({ window: { rolling: '1m' }, timezone: 'UTC' }), ['budgets[0].timezone']],
  ['a threshold of 0', budget({ warnAt: [0] }), ['budgets[0].warnAt[0]']],
  ['a threshold above 1', budget({ warnAt: [0.5, 80] }), ['budgets[0].warnAt[1]']],
  ['a downgrade to nothing', budget({ onExceed: 'downgrade' }), ['budgets[0].downgradeTo']],
  ['a target without a downgrade', budget({ downgradeTo: 'openai/x' }), ['budgets[0].downgradeTo']],
  ['a downgrade to an unknown model', budget({ onExceed: 'downgrade', downgradeTo: 'nope' }), ['budgets[0].downgradeTo']],
  [
    'a downgrade to itself',
    { ...budget({ onExceed: 'downgrade', downgradeTo: 'openai/x', match: { model: 'openai/x' } }) },
    ['budgets[0].downgradeTo'],
  ],
  [
    'downgrades in a circle',
    configWith({
      models: { a: ['openai/x'], b: ['openai/y'] },
      budgets: [
        { name: '1', limit: { usd: 1 }, window: 'day', onExceed: 'downgrade', downgradeTo: 'b', match: { model: 'a' } },
        { name: '2', limit: { usd: 1 }, window: 'day', onExceed: 'downgrade', downgradeTo: 'a', match: { model: ['b'] } },
      ],
    }),
    ['budgets[1].downgradeTo'],
  ],
  [
    'a name twice',
    configWith({ budgets: ['b', 'b'].map((name) => ({ name, limit: { usd: 1 }, window: 'day' })) }),
    ['budgets[1].name'],
  ],
  ['no dimension', budget({ each: [] }), ['budgets[0].each']],
  ['a match that is a list', budget({ match: ['team'] }), ['budgets[0].match']],
  ['an unknown onExceed', budget({ onExceed: 'deny' }), ['budgets[0].onExceed']],
  ['an unknown estimate', budget({ estimate: 'loose' }), ['budgets[0].estimate']],
  ['budgets that are an object', configWith({ budgets: { b: {} } }), ['budgets']],
];

const accessCases: Case[] = [
  ['a rule without match', access({ rules: [{ allow: ['*'] }] }), ['access.rules[0].match']],
  ['a rule that says nothing', access({ rules: [{ match: {} }] }), ['access.rules[0]']],
  ['a glob that is empty', access({ rules: [{ match: {}, deny: [''] }] }), ['access.rules[0].deny[0]']],
  [
    'a negative price per request',
    access({ rules: [{ match: {}, maxUsdPerRequest: -1 }] }),
    ['access.rules[0].maxUsdPerRequest'],
  ],
  ['an unknown default', access({ default: 'maybe' }), ['access.default']],
  ['a hash without its algorithm', key({ hash: 'ab'.repeat(32) }), ['access.keys[0].hash']],
  ['a short hash', key({ hash: 'sha256:abcd' }), ['access.keys[0].hash']],
  ['a key in place of a hash', key({ hash: 'tg-secret' }), ['access.keys[0].hash']],
  ['an expiry that is no date', key({ expiresAt: 'tomorrow' }), ['access.keys[0].expiresAt']],
  ['an expiry on no day', key({ expiresAt: '2026-13-45' }), ['access.keys[0].expiresAt']],
  ['an expiry on a day that its month has not', key({ expiresAt: '2027-02-30' }), ['access.keys[0].expiresAt']],
  ['an expiry that is an invalid Date', key({ expiresAt: new Date(Number.NaN) }), ['access.keys[0].expiresAt']],
  ['a dimension that is a number', key({ caller: { team: 5 } }), ['access.keys[0].caller.team']],
  [
    'a key twice',
    access({
      keys: [
        { id: 'k', hash: HASH, caller: {} },
        { id: 'k', hash: HASH.toUpperCase().replace('SHA', 'sha'), caller: {} },
      ],
    }),
    ['access.keys[1].id', 'access.keys[1].hash'],
  ],
];

const others: Case[] = [
  ['a misspelt section', configWith({ budget: [] }), ['budget']],
  ['an unknown store', configWith({ store: { type: 'redsi', client: {} } }), ['store.type']],
  ['a store that is a wrong text', configWith({ store: 'disk' }), ['store']],
  ['a SQLite store without a path', configWith({ store: { type: 'sqlite' } }), ['store.path']],
  ['a Redis store without a client', configWith({ store: { type: 'redis', client: {} } }), ['store.client']],
  ['a store object without verbs', configWith({ store: new Map() }), ['store.type']],
  ['a lease of 0', configWith({ leaseMs: 0 }), ['leaseMs']],
  ['a clock without timers', configWith({ clock: { now: () => 0 } }), ['clock']],
  ['a random that is a number', configWith({ random: 4 }), ['random']],
  ['a dispatcher that is none', configWith({ dispatcher: {} }), ['dispatcher']],
  ['a token counter that is none', configWith({ countTokens: 'tiktoken' }), ['countTokens']],
  ['a body limit of 0', configWith({ maxBodyBytes: 0 }), ['maxBodyBytes']],
];

describe.each([
  ['providers', providers],
  ['models', models],
  ['policies', policies],
  ['budgets', budgets],
  ['access', accessCases],
  ['other options', others],
])('%s: refuses', (_, cases) => {
  test.each(cases)('%s', (_rule, config, paths) => {
    expect(pathsOf(config)).toEqual(paths);
  });
});

describe('messages', () => {
  test('say what stands in the place of another type, and repeat none of it', () => {
    const told = [
      [budget({ limit: { usd: '200' } }), 'budgets[0].limit.usd', 'a string'],
      [budget({ limit: 200 }), 'budgets[0].limit', 'a number'],
      [configWith({ providers: { openai: null } }), 'providers.openai', 'null'],
      [configWith({ providers: { openai: 'sk-in-the-wrong-place' } }), 'providers.openai', 'a string'],
      [configWith({ budgets: { name: 'a' } }), 'budgets', 'an object'],
      [configWith({ captureContent: 'yes' }), 'captureContent', 'a string'],
      [configWith({ timeouts: [1] }), 'timeouts', 'a list'],
      [[], '', 'a list'],
      [() => configWith({}), '', 'a function'],
    ] as const;
    for (const [config, path, kind] of told) {
      const message = issuesOf(config).find((issue) => issue.path === path)?.message;
      expect(message).toMatch(new RegExp(`^expected .*, got ${kind}$`));
    }
  });

  test('say of no value that it is of its own type', () => {
    const found = issuesOf(configWith({ prices: { 'openai/x': { input: -1, output: 'x' } } }));
    expect(found.map(({ message }) => message)).toEqual(Array(2).fill('a price of tokens names input and output'));
  });

  test('tell of a configuration that was not awaited', () => {
    expect(issuesOf(Promise.resolve(configWith({})))).toEqual([
      { path: '', message: 'expected a configuration, got a promise: await it first' },
    ]);
  });

  test('look no further into what is of another type, and do look into what is incomplete', () => {
    expect(pathsOf({ providers: { openai: {}, fast: ['openai/x'] } })).toEqual(['providers.fast']);
    expect(pathsOf(access({ rules: [{ match: { teem: 'x' } }] }))).toEqual(['access.rules[0]', 'access.rules[0].match.teem']);
  });

  test('do not repeat for every model that there is no provider', () => {
    const { providers, ...without } = configWith({ models: { fast: ['openai/gpt-5-mini'] } });
    const { access: rules } = access({ rules: [{ match: { team: 'a' }, allow: ['fast'] }] });
    expect(pathsOf({ provders: providers, ...without, access: rules })).toEqual(['providers', 'provders']);
    expect(pathsOf({ providers, models: ['openai/x'], access: rules })).toEqual(['models']);
  });

  test.each([
    [
      configWith({ budgets: [{ name: 'b', limits: { usd: 1 }, limit: { usd: 1 }, window: 'day' }] }),
      "unknown key; did you mean 'limit'?",
    ],
    [configWith({ timeout: {} }), "unknown key; did you mean 'timeouts'?"],
    [model({ hedge: { afterMS: 5 } }), "unknown key; did you mean 'afterMs'?"],
    [model({ strategy: 'wieghted' }), "did you mean 'weighted'?"],
    [configWith({ store: { type: 'redsi' } }), "did you mean 'redis'?"],
    [{ providers: { lab: { type: 'antropic' } } }, "unknown type 'antropic'; did you mean 'anthropic'?"],
    [{ providers: { open_ai: {} } }, "'open_ai' is no known vendor; did you mean 'openai'?"],
    [configWith({ defaultProvider: 'opnai' }), "unknown provider 'opnai'; did you mean 'openai'?"],
    [configWith({ models: { fast: ['openai/x'], a: ['fats'] } }), "did you mean 'fast'?"],
    [
      configWith({ models: { fast: { deployments: ['openai/x'], fallbacks: ['fsat'] } } }),
      "unknown model 'fsat'; did you mean 'fast'?",
    ],
    [configWith({ models: { a: ['b'], b: ['a'] } }), 'a -> b -> a'],
    [budget({ limit: { usd: -1 } }), 'expected dollars, a number from 0 to 9000000'],
    [budget({ limit: { usd: 4e-10 } }), 'expected dollars, 0 or at least a nano-dollar (1e-9)'],
    [access({ rules: [{ match: {}, maxUsdPerRequest: 9e-10 }] }), 'expected dollars, 0 or at least a nano-dollar (1e-9)'],
    [budget({ window: undefined }), 'is missing: expected'],
  ])('%j says %s', (config, words) => {
    expect(
      issuesOf(config)
        .map(({ message }) => message)
        .join('\n'),
    ).toContain(words);
  });

  test('a limit of nothing, or of a nano-dollar, is one', () => {
    for (const usd of [0, 1e-9]) expect(issuesOf(budget({ limit: { usd } }))).toEqual([]);
  });

  test('a circle of fallbacks is followed over all three kinds', () => {
    const models = {
      a: { deployments: ['openai/x'], fallbacks: { contextWindow: ['b'] } },
      b: { deployments: ['openai/x'], fallbacks: { contentFilter: ['c'] } },
      c: { deployments: ['openai/x'], fallbacks: ['a'] },
    };
    expect(issuesOf(configWith({ models }))).toEqual([
      { path: 'models.c.fallbacks[0]', message: 'falls back in a circle: a -> b -> c -> a' },
    ]);
  });

  test('a diamond of fallbacks is no circle', () => {
    const models = {
      a: { deployments: ['openai/x'], fallbacks: { default: ['b', 'c'] } },
      b: { deployments: ['openai/x'], fallbacks: ['d'] },
      c: { deployments: ['openai/x'], fallbacks: ['d'] },
      d: ['openai/x'],
    };
    expect(pathsOf(configWith({ models }))).toEqual([]);
  });

  test('a missing key names the variable that would give it', () => {
    expect(issuesOf({ providers: { openai: {} } }, {})).toEqual([
      { path: 'providers.openai.apiKey', message: 'is missing: give an API key or set the environment variable OPENAI_API_KEY' },
    ]);
  });

  test('a variable that is set to nothing counts as missing', () => {
    expect(pathsOf({ providers: { openai: { apiKey: undefined } } }, { OPENAI_API_KEY: ' \n' })).toEqual([
      'providers.openai.apiKey',
    ]);
  });

  test('a variable that holds no valid key is named without its value', () => {
    const [issue] = issuesOf({ providers: { openai: {} } }, { OPENAI_API_KEY: 'sk-se\u0007cret' });
    expect(issue?.message).toBe('the environment variable OPENAI_API_KEY holds no valid API key');
  });

  test('all problems come at once', () => {
    const config = {
      providers: { opena: {}, openai: { apikey: 'x' } },
      models: { a: ['opnai/x'] },
      budgets: [{ name: 'b', limit: { usd: -1 }, window: 'day', warnAt: [2] }],
      access: { keys: [{ id: 'k', hash: 'x', caller: {} }] },
      watchh: true,
    };
    expect(pathsOf(config).sort()).toEqual(
      [
        'access.keys[0].hash',
        'budgets[0].limit.usd',
        'budgets[0].warnAt[0]',
        'models.a[0]',
        'providers.openai.apikey',
        'providers.opena.type',
        'watchh',
      ].sort(),
    );
  });

  test('no value of a key, header or URL is ever told', () => {
    const config = {
      providers: {
        openai: { apiKey: 'sk-SECRET\u0000', headers: { authorization: 'Bearer SECRET\n' }, baseURL: 'https://me:SECRET@host' },
        anthropic: { apiKey: ['SECRETключ', 5], headers: { a: 7 }, baseURL: 'SECRET' },
      },
    };
    const error = errorOf(config);
    expect(error.issues).toHaveLength(7);
    expect(`${error.message} ${JSON.stringify(error)} ${error.stack}`).not.toContain('SECRET');
  });

  test('the error lists every path, and is frozen', () => {
    const error = errorOf({ providers: {}, watchh: true });
    expect(error.code).toBe('configuration_invalid');
    expect(error.message).toBe(
      "invalid configuration:\n- watchh: unknown key; did you mean 'watch'?\n- providers: expected at least one provider",
    );
    expect(Object.isFrozen(error.issues) && Object.isFrozen(error.issues[0])).toBe(true);
  });
});

describe('shapes that are no configuration', () => {
  test.each(['__proto__', 'constructor', 'prototype'])('refuses %s as a key anywhere', (name) => {
    const nested = JSON.parse(
      `{"providers":{"openai":{}},"models":{"a":{"deployments":["openai/x"],"params":{"deep":[{"${name}":{}}]}}}}`,
    );
    const top = JSON.parse(`{"providers":{"openai":{},"${name}":{"polluted":true}}}`);
    expect(pathsOf(nested)).toEqual([`models.a.params.deep[0].${name}`]);
    expect(pathsOf(top)).toEqual([`providers.${name}`]);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('refuses an object that contains itself, with the path', () => {
    const params: Record<string, unknown> = {};
    params.self = { params };
    expect(pathsOf(model({ params }))).toEqual(['models.a.params.self.params']);
  });

  test('takes an object that is used twice', () => {
    const params = { temperature: 0 };
    expect(pathsOf(model({ params, deployments: [{ provider: 'openai', model: 'x', params }] }))).toEqual([]);
  });

  test('refuses nesting deeper than 64 levels', () => {
    const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });
    expect(pathsOf(model({ params: deep(60) }))).toEqual([]);
    expect(issuesOf(model({ params: deep(1_000) })).map(({ message }) => message)).toEqual(['is nested deeper than 64 levels']);
  });

  test('takes objects with methods as they are, even where they contain themselves', () => {
    const verbs = ['reserve', 'settle', 'release', 'extend', 'balances', 'record', 'usage', 'close'];
    const store: Record<string, unknown> = Object.fromEntries(verbs.map((verb) => [verb, () => undefined]));
    store.self = store;
    const client: Record<string, unknown> = { chat: {} };
    client.self = client;
    expect(pathsOf({ providers: { mine: { client, type: 'openai' } }, store })).toEqual([]);
  });

  test('refuses a store that lacks a verb, and a client that can run no script as the store of Redis does', () => {
    const without = { reserve() {}, settle() {}, release() {}, extend() {}, balances() {}, record() {}, usage() {} };
    expect(issuesOf(configWith({ store: without })).map(({ message }) => message)).toEqual([expect.stringContaining('close')]);
    const clients = [{ sendCommand() {} }, { eval() {} }, { eval() {}, sendCommand() {} }];
    for (const client of clients) {
      expect(issuesOf(configWith({ store: { type: 'redis', client } }))).toEqual([
        { path: 'store.client', message: 'expected a client of ioredis or node-redis' },
      ]);
    }
    expect(pathsOf(configWith({ store: { type: 'redis', client: { eval() {}, evalsha() {} } } }))).toEqual([]);
  });
});

describe('accepts', () => {
  test('the example of the contract', () => {
    expect(pathsOf(exampleConfig, exampleEnvironment)).toEqual([]);
  });

  test('options that are there but undefined', () => {
    expect(
      pathsOf({ providers: { openai: { apiKey: undefined, baseURL: undefined } }, models: undefined, store: undefined }),
    ).toEqual([]);
  });

  test('every form of an expiry', () => {
    const keys = [1_900_000_000_000, new Date(0), '2030-01-31', '2030-01-31T10:00:00+02:00'].map((expiresAt, index) => ({
      id: `k${index}`,
      hash: `sha256:${String(index).repeat(64)}`,
      caller: { team: 't', tags: ['x'], costCentre: '7' },
      expiresAt,
    }));
    expect(pathsOf(access({ keys }))).toEqual([]);
  });

  test('a limit of 0, which refuses every call', () => {
    expect(pathsOf(budget({ limit: { usd: 0, tokens: 0 } }))).toEqual([]);
  });
});

function errorOf(config: unknown): ConfigurationError {
  try {
    planOf(config);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

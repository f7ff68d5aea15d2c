import { BudgetExceededError, type Gateway, type GatewayConfig, RateLimitedError, routeOf, UnpricedModelError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { bodyOf, failureOf, gatewayOf, providersAt, upstream } from '../public/harness.ts';
import type { FaultServer } from '../support/fault-server.ts';
import { TestClock } from '../support/test-clock.ts';
import { PRICES } from './stage.ts';
import { responsesUsage } from './work-upstream.ts';

/** Answers everything with an object that carries a large usage. */
async function stageOf(config: Partial<GatewayConfig>): Promise<{ gateway: Gateway; server: FaultServer }> {
  const server = await upstream((exchange) =>
    exchange.answer(200, {
      id: 'thing_1',
      object: 'thing',
      status: 'completed',
      data: [],
      model: 'm',
      usage: { ...responsesUsage(1_000_000, 1_000_000), prompt_tokens: 1_000_000, completion_tokens: 1_000_000 },
      choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
    }),
  );
  const gateway = gatewayOf({
    providers: providersAt(server, 'one', 'two'),
    defaultProvider: 'one',
    models: { m: ['one/m'] },
    prices: PRICES,
    clock: new TestClock(),
    ...config,
  });
  return { gateway, server };
}

const FREE: [string, (gateway: Gateway) => PromiseLike<unknown>][] = [
  ['responses.retrieve', (gateway) => gateway.responses.retrieve('resp_1')],
  ['responses.cancel', (gateway) => gateway.responses.cancel('resp_1')],
  ['responses.delete', (gateway) => gateway.responses.delete('resp_1')],
  ['responses.inputItems.list', (gateway) => gateway.responses.inputItems.list('resp_1')],
  ['responses.inputTokens.count', (gateway) => gateway.responses.inputTokens.count({ model: 'm', input: 'hello' })],
  ['responses.inputTokens.count without a model', (gateway) => gateway.responses.inputTokens.count()],
  ['chat.completions.retrieve', (gateway) => gateway.chat.completions.retrieve('chatcmpl_1')],
  ['chat.completions.list', (gateway) => gateway.chat.completions.list({ model: 'm' })],
  ['chat.completions.update', (gateway) => gateway.chat.completions.update('chatcmpl_1', { metadata: {} })],
  ['chat.completions.delete', (gateway) => gateway.chat.completions.delete('chatcmpl_1')],
  ['batches.retrieve', (gateway) => gateway.batches.retrieve('batch_1')],
  ['batches.list', (gateway) => gateway.batches.list()],
  ['batches.cancel', (gateway) => gateway.batches.cancel('batch_1')],
  ['files.create', (gateway) => gateway.files.create({ purpose: 'user_data', file: new File(['x'], 'x.txt') })],
  ['files.content', (gateway) => gateway.files.content('file_1')],
  ['uploads.complete', (gateway) => gateway.uploads.complete('upload_1', { part_ids: [] })],
  ['conversations.create', (gateway) => gateway.conversations.create({})],
  ['conversations.items.create', (gateway) => gateway.conversations.items.create('conv_1', { items: [] })],
  ['beta.assistants.create', (gateway) => gateway.beta.assistants.create({ model: 'm' })],
  ['beta.threads.create', (gateway) => gateway.beta.threads.create({})],
  ['beta.threads.messages.create', (gateway) => gateway.beta.threads.messages.create('thread_1', { role: 'user', content: 'x' })],
  ['beta.threads.runs.retrieve', (gateway) => gateway.beta.threads.runs.retrieve('run_1', { thread_id: 'thread_1' })],
  ['beta.threads.runs.cancel', (gateway) => gateway.beta.threads.runs.cancel('run_1', { thread_id: 'thread_1' })],
  ['beta.threads.runs.steps.list', (gateway) => gateway.beta.threads.runs.steps.list('run_1', { thread_id: 'thread_1' })],
  ['fineTuning.jobs.cancel', (gateway) => gateway.fineTuning.jobs.cancel('ftjob_1')],
  ['fineTuning.jobs.listEvents', (gateway) => gateway.fineTuning.jobs.listEvents('ftjob_1')],
  ['vectorStores.update', (gateway) => gateway.vectorStores.update('vs_1', { name: 'x' })],
  ['vectorStores.retrieve', (gateway) => gateway.vectorStores.retrieve('vs_1')],
  ['evals.create', (gateway) => gateway.post('/evals', { body: { name: 'x' } })],
  ['evals.runs.cancel', (gateway) => gateway.evals.runs.cancel('run_1', { eval_id: 'eval_1' })],
  ['videos.retrieve', (gateway) => gateway.videos.retrieve('video_1')],
  ['videos.downloadContent', (gateway) => gateway.videos.downloadContent('video_1')],
  ['videos.delete', (gateway) => gateway.videos.delete('video_1')],
  ['containers.delete', (gateway) => gateway.containers.delete('cntr_1')],
];

describe('an operation that costs nothing', () => {
  it.for(FREE)('%s: counts as a request, and the usage in its answer as nothing', async ([, call]) => {
    const { gateway, server } = await stageOf({
      budgets: [{ name: 'all', limit: { usd: 1, tokens: 1_000, requests: 10 }, window: 'day' }],
    });
    const answer = await call(gateway);
    expect(server.requests).toHaveLength(1);
    expect(await gateway.control.budgets()).toMatchObject([
      { spent: { usd: 0, tokens: 0, requests: 1 }, reserved: { usd: 0, tokens: 0, requests: 0 } },
    ]);
    if (routeOf(answer as object)) expect(routeOf(answer as object)).toMatchObject({ costUsd: 0, usageSource: 'reported' });
    const [row] = await gateway.control.usage();
    expect(row).toMatchObject({ requests: 1, inputTokens: 0, outputTokens: 0, costUsd: 0 });
  });

  it.for(FREE)('%s: is done when money and tokens are used up, and overdrawn', async ([, call]) => {
    const { gateway } = await stageOf({
      budgets: [
        { name: 'spent', limit: { usd: 0.05, tokens: 10_000 }, window: 'day' },
        { name: 'none', limit: { usd: 0 }, window: 'month' },
        { name: 'requests', limit: { requests: 5 }, window: 'day' },
        { name: 'by-provider', each: 'provider', limit: { tokens: 1 }, window: 'day' },
      ],
      access: { rules: [{ match: {}, maxUsdPerRequest: 0.000_001 }] },
    });
    await expect(Promise.resolve(call(gateway))).resolves.toBeDefined();
    const requests = (await gateway.control.budgets()).find(({ name }) => name === 'requests');
    expect(requests?.spent).toEqual({ requests: 1 });
  });

  it('overdrawn by an answer is still nothing that refuses a read', async () => {
    const { gateway } = await stageOf({
      budgets: [
        { name: 'all', limit: { usd: 0.01, tokens: 5_000 }, window: 'day' },
        { name: 'one', each: 'provider', limit: { tokens: 5_000 }, window: 'day' },
      ],
    });
    await gateway.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'x' }], max_tokens: 10 });
    expect(await gateway.control.budgets()).toMatchObject([
      { spent: { tokens: 2_000_000 }, remaining: { usd: 0, tokens: 0 } },
      { spent: { tokens: 2_000_000 }, remaining: { tokens: 0 } },
    ]);
    await gateway.responses.retrieve('resp_1');
    await gateway.responses.inputTokens.count({ model: 'm', input: 'x' });
    expect(await gateway.control.budgets()).toMatchObject([
      { spent: { tokens: 2_000_000, usd: 3 } },
      { spent: { tokens: 2_000_000 } },
    ]);
  });

  it('is refused by a limit on requests alone', async () => {
    const { gateway } = await stageOf({ budgets: [{ name: 'rate', limit: { requests: 2 }, window: 'minute' }] });
    await gateway.responses.retrieve('resp_1');
    await gateway.files.list();
    expect(await failureOf(gateway.responses.retrieve('resp_1'))).toBeInstanceOf(RateLimitedError);
  });

  it('teaches nothing about the answers of the model that it names', async () => {
    const { gateway } = await stageOf({
      budgets: [{ name: 'all', limit: { tokens: 1_000_000 }, window: 'day', estimate: 'expected' }],
    });
    const before = await gateway.control.plan({ model: 'm', messages: [{ role: 'user', content: 'x' }] });
    for (let count = 0; count < 20; count++) await gateway.responses.inputTokens.count({ model: 'm', input: 'x'.repeat(1_000) });
    const after = await gateway.control.plan({ model: 'm', messages: [{ role: 'user', content: 'x' }] });
    expect(after.estimate).toEqual(before.estimate);
  });

  it('may be answered with anything that is JSON', async () => {
    const server = await upstream((exchange) => exchange.answer(200, 'null'));
    const gateway = gatewayOf({ providers: providersAt(server, 'one') });
    expect(await gateway.get('/things/1')).toBeNull();
    expect(await gateway.post('/things', { body: { model: 'm' } })).toBeNull();
    expect(server.requests).toHaveLength(2);
  });
});

const STORE_OF_FILES = { file_search: { vector_stores: [{ file_ids: ['file_1'] }] } };

const UNPRICED: [string, (gateway: Gateway) => PromiseLike<unknown>, string][] = [
  [
    'fineTuning.jobs.create',
    (gateway) => gateway.fineTuning.jobs.create({ model: 'm', training_file: 'file_1' }),
    '/fine_tuning/jobs',
  ],
  ['fineTuning.jobs.resume', (gateway) => gateway.fineTuning.jobs.resume('ftjob_1'), '/fine_tuning/jobs/ftjob_1/resume'],
  [
    'realtime.clientSecrets.create',
    (gateway) => gateway.realtime.clientSecrets.create({ session: { type: 'realtime', model: 'm' } }),
    '/realtime/client_secrets',
  ],
  ['containers.create', (gateway) => gateway.containers.create({ name: 'x' }), '/containers'],
  ['vectorStores.create', (gateway) => gateway.vectorStores.create({ file_ids: ['file_1'] }), '/vector_stores'],
  [
    'vectorStores.files.create',
    (gateway) => gateway.vectorStores.files.create('vs_1', { file_id: 'file_1' }),
    '/vector_stores/vs_1/files',
  ],
  ['evals.runs.create', (gateway) => gateway.post('/evals/eval_1/runs', { body: { model: 'm' } }), '/evals/eval_1/runs'],
  [
    'beta.threads.runs.create without a model',
    (gateway) => gateway.beta.threads.runs.create('thread_1', { assistant_id: 'asst_1' }),
    '/threads/thread_1/runs',
  ],
  [
    'beta.threads.createAndRun without a model',
    (gateway) => gateway.beta.threads.createAndRun({ assistant_id: 'asst_1' }),
    '/threads/runs',
  ],
  [
    'batches.create of an unknown file',
    (gateway) => gateway.batches.create({ input_file_id: 'file_1', endpoint: '/v1/responses', completion_window: '24h' }),
    '/batches',
  ],
  [
    'batches.create of an unknown file that names a model',
    (gateway) => gateway.post('/batches', { body: { input_file_id: 'file_1', endpoint: '/v1/responses', model: 'm' } }),
    '/batches',
  ],
  [
    "another vendor's batch that names a model",
    (gateway) => gateway.post('/batch/jobs', { body: { input_files: ['file_1'], model: 'm' } }),
    '/batch/jobs',
  ],
  [
    "another vendor's training that names a model",
    (gateway) => gateway.post('/fine-tunes', { body: { training_file: 'file_1', model: 'm' } }),
    '/fine-tunes',
  ],
  [
    'beta.threads.create with files for a vector store',
    (gateway) => gateway.beta.threads.create({ tool_resources: STORE_OF_FILES }),
    '/threads',
  ],
  [
    'beta.assistants.create with files for a vector store',
    (gateway) => gateway.beta.assistants.create({ model: 'm', tool_resources: STORE_OF_FILES }),
    '/assistants',
  ],
  [
    'beta.threads.createAndRun with files for a vector store',
    (gateway) =>
      gateway.beta.threads.createAndRun({ assistant_id: 'asst_1', model: 'm', thread: { tool_resources: STORE_OF_FILES } }),
    '/threads/runs',
  ],
  [
    "a key of the vendor's own",
    (gateway) => gateway.post('/organization/projects/proj_1/service_accounts', { body: { name: 'x' } }),
    '/organization/projects/proj_1/service_accounts',
  ],
  ['videos.remix', (gateway) => gateway.videos.remix('video_1', { prompt: 'x' }), '/videos/video_1/remix'],
  ['a path that nobody knows', (gateway) => gateway.post('/tokenize', { body: { text: 'x' } }), '/tokenize'],
  ['a method that nobody expects', (gateway) => gateway.put('/things/1', { body: {} }), '/things/1'],
];

describe('an operation whose price nobody knows', () => {
  it.for(UNPRICED)('%s: is refused by its path under a budget of money, and passes one of tokens', async ([, call, path]) => {
    const { gateway, server } = await stageOf({
      budgets: [
        { name: 'money', match: { team: 'money' }, limit: { usd: 1 }, window: 'day' },
        { name: 'tokens', match: { team: 'tokens' }, limit: { tokens: 100 }, window: 'day' },
        { name: 'shadow', match: { team: 'tokens' }, limit: { usd: 1 }, window: 'day', onExceed: 'shadow' },
      ],
    });
    const error = await failureOf(call(gateway.for({ team: 'money' })));
    expect(error).toBeInstanceOf(UnpricedModelError);
    expect(error).toMatchObject({ status: 402, code: 'unknown_price', budget: 'money', path });
    expect(String(error)).toContain(`'${path}'`);
    expect(server.requests).toEqual([]);
    await call(gateway.for({ team: 'tokens' }));
    expect(server.requests).toHaveLength(1);
  });

  it.for(UNPRICED)('%s: passes where an unknown price is configured, charged by its usage', async ([, call]) => {
    const { gateway } = await stageOf({
      unknownPrice: { input: 3, output: 4 },
      prices: {},
      budgets: [{ name: 'money', limit: { usd: 100 }, window: 'day' }],
    });
    await call(gateway);
    expect(await gateway.control.budgets()).toMatchObject([{ spent: { usd: 7 }, reserved: { usd: 0 } }]);
  });

  it.for(UNPRICED)('%s: is refused by tokens that are used up, as by money, in every unit of them', async ([, call]) => {
    for (const unit of ['tokens', 'inputTokens', 'outputTokens'] as const) {
      const limit = { [unit]: unit === 'tokens' ? 2_000_000 : 1_000_000 };
      const { gateway, server } = await stageOf({
        budgets: [
          { name: 'used-up', limit, window: 'day', estimate: 'expected' },
          { name: 'counted', limit: { tokens: 1 }, window: 'day', onExceed: 'shadow' },
        ],
      });
      // Its answer tells a million of each.
      await gateway.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'x' }], max_tokens: 10 });
      expect(await gateway.control.budgets()).toMatchObject([{ remaining: { [unit]: 0 } }, {}]);
      const error = await failureOf(call(gateway));
      expect(error).toBeInstanceOf(BudgetExceededError);
      expect(error).toMatchObject({ status: 402, budget: 'used-up', remaining: 0 });
      expect(server.requests).toHaveLength(1);
    }
  });

  it('and that tells no usage is charged what it held', async () => {
    const server = await upstream((exchange) => exchange.answer(200, { id: 'x', object: 'container', status: 'active' }));
    const gateway = gatewayOf({
      providers: providersAt(server, 'one'),
      unknownPrice: { input: 3, output: 4 },
      budgets: [{ name: 'money', limit: { usd: 100, tokens: 1_000 }, window: 'day' }],
      clock: new TestClock(),
    });
    const answer = await gateway.containers.create({ name: 'x' });
    const [balance] = await gateway.control.budgets();
    // The body and 4,096 tokens out.
    expect(balance?.spent.usd).toBeGreaterThan(0.016_3);
    expect(balance?.spent.usd).toBeLessThan(0.017);
    expect(balance?.spent.tokens).toBe(0);
    expect(routeOf(answer)).toMatchObject({ usageSource: 'estimated', costUsd: balance?.spent.usd });
  });

  it('is not free in another spelling of its path', async () => {
    const { gateway, server } = await stageOf({ budgets: [{ name: 'money', limit: { usd: 1 }, window: 'day' }] });
    for (const path of [
      '/threads/%72uns',
      '/THREADS/RUNS',
      '/Containers',
      '/threads/x%20y/runs',
      '/responses/%20/cancel',
      '/files/x',
    ]) {
      const error = await failureOf(gateway.post(path, { body: {} }));
      expect({ path, status: (error as { status?: number }).status }).toEqual({ path, status: 402 });
    }
    expect(server.requests).toEqual([]);
  });
});

describe('an operation that is handed through with a model', () => {
  const rerank = (gateway: Gateway) =>
    gateway.post('/rerank', { body: { model: 'm', query: 'x'.repeat(500), documents: ['y'.repeat(500)] } });

  it('is bounded by all of its body, and charged by its usage at the price of the model', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const server = await upstream(async (exchange) => {
      await gate;
      await exchange.answer(200, { results: [], usage: { prompt_tokens: 300, completion_tokens: 0, total_tokens: 300 } });
    });
    const gateway = gatewayOf({
      providers: providersAt(server, 'one', 'two'),
      models: { m: ['one/m'] },
      prices: PRICES,
      clock: new TestClock(),
      budgets: [{ name: 'all', limit: { usd: 5, tokens: 5_000_000, inputTokens: 100_000 }, window: 'day' }],
    });
    const answer = rerank(gateway);
    await expect.poll(() => server.requests.length).toBe(1);
    const [held] = await gateway.control.budgets();
    expect(held?.reserved.inputTokens).toBeGreaterThan(1_000);
    expect(held?.reserved.inputTokens).toBeLessThan(1_300);
    open();
    expect(routeOf((await answer) as object)).toMatchObject({ deployment: 'one/m', costUsd: 0.000_3 });
    expect(await gateway.control.budgets()).toMatchObject([
      { spent: { usd: 0.000_3, tokens: 300 }, reserved: { usd: 0, tokens: 0 } },
    ]);
  });

  it('is charged what it held where it tells no usage', async () => {
    const server = await upstream((exchange) => exchange.answer(200, { results: [] }));
    const gateway = gatewayOf({
      providers: providersAt(server, 'one', 'two'),
      models: { m: ['one/m'] },
      prices: PRICES,
      clock: new TestClock(),
      budgets: [{ name: 'all', limit: { inputTokens: 100_000 }, window: 'day' }],
    });
    const answer = await rerank(gateway);
    const [balance] = await gateway.control.budgets();
    expect(balance?.spent.inputTokens).toBeGreaterThan(1_000);
    expect(routeOf(answer as object)?.usageSource).toBe('estimated');
  });

  it('without a known price is refused by the name of its deployment', async () => {
    const { gateway, server } = await stageOf({
      models: { video: ['one/sora-2'], other: ['one/nobody-knows'] },
      budgets: [{ name: 'money', limit: { usd: 1 }, window: 'day' }],
    });
    for (const params of [{ model: 'video' as never, prompt: 'x' }, { prompt: 'x' }]) {
      const error = await failureOf(gateway.videos.create(params));
      expect(error).toBeInstanceOf(UnpricedModelError);
      expect(error).toMatchObject({ deployment: 'one/sora-2', path: '/videos' });
    }
    const error = await failureOf(gateway.responses.compact({ model: 'other', input: 'x' }));
    expect(error).toMatchObject({ code: 'unknown_price', deployment: 'one/nobody-knows', path: undefined });
    expect(server.requests).toEqual([]);
  });

  it('leaves moderations as they were', async () => {
    const { gateway, server } = await stageOf({ budgets: [] });
    await gateway.moderations.create({ model: 'm', input: 'x' });
    expect(bodyOf({ request: server.requests[0] as never })).toEqual({ model: 'm', input: 'x' });
  });
});

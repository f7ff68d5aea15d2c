import { AccessDeniedError, BudgetExceededError, type Gateway, type GatewayConfig, UnpricedModelError } from 'tollgate';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/stores/memory.ts';
import { failureOf } from '../public/harness.ts';
import { counterOf, responsesUsage, WorkUpstream } from './work-upstream.ts';

const BUDGETS: GatewayConfig['budgets'] = [
  { name: 'team', each: 'team', limit: { usd: 1, tokens: 900_000, requests: 100 }, window: 'lifetime' },
];
const NOTHING_HELD = { usd: 0, tokens: 0, requests: 0 };

let up: WorkUpstream;
let gateway: Gateway;
let search: Gateway;

function begin(config: Partial<GatewayConfig> = {}): void {
  gateway = up.gateway({ budgets: BUDGETS, ...config });
  search = gateway.for({ team: 'search' });
}

beforeEach(async () => {
  up = await WorkUpstream.start();
  begin();
});

const line = (body: Record<string, unknown>, url = '/v1/chat/completions') =>
  JSON.stringify({
    custom_id: 'x',
    method: 'POST',
    url,
    body: { model: 'm', messages: [{ role: 'user', content: 'hello' }], ...body },
  });

async function uploaded(lines: string[], by = search): Promise<string> {
  const { id } = await by.files.create({ purpose: 'batch', file: new File([lines.join('\n')], 'batch.jsonl') });
  return id;
}

const start = (fileId: string, by = search) =>
  by.batches.create({ input_file_id: fileId, endpoint: '/v1/chat/completions', completion_window: '24h' });

describe('a batch whose file went through the gateway', () => {
  it('holds what its lines may come to, and is settled by its usage at the first look at its end', async () => {
    const file = await uploaded(Array.from({ length: 100 }, () => line({ max_completion_tokens: 1_000 })));
    const batch = await start(file);
    const { reserved, spent } = await counterOf(gateway, 'search');
    expect(spent).toEqual({ usd: 0, tokens: 0, requests: 1 });
    expect(reserved.tokens).toBeGreaterThan(100_000 + 100 * 5);
    expect(reserved.tokens).toBeLessThan(100_000 + 100 * 60);
    expect(reserved.usd).toBeGreaterThan(0.2);
    expect(reserved.usd).toBeLessThan(0.21);
    for (const status of ['in_progress', 'finalizing']) {
      up.end(batch.id, { status, usage: responsesUsage(0, 0) });
      await gateway.batches.retrieve(batch.id);
    }
    expect((await counterOf(gateway, 'search')).reserved).toEqual(reserved);
    up.end(batch.id, {
      status: 'completed',
      usage: responsesUsage(2_000, 30_000),
      model: 'm',
      request_counts: { total: 100, completed: 100, failed: 0 },
    });
    await gateway.for({ team: 'other' }).batches.retrieve(batch.id);
    await gateway.batches.retrieve(batch.id);
    expect(await counterOf(gateway, 'search')).toEqual({
      spent: { usd: 0.062, tokens: 32_000, requests: 2 },
      reserved: NOTHING_HELD,
    });
    expect(await gateway.control.usage({ by: ['team', 'model', 'deployment'] })).toContainEqual(
      expect.objectContaining({
        team: 'search',
        model: 'one/m',
        deployment: 'one/m',
        inputTokens: 2_000,
        outputTokens: 30_000,
        costUsd: 0.062,
      }),
    );
  });

  it('is bounded by the longest answer of its model where its lines name no bound, and by n answers each', async () => {
    begin({ models: { m: [{ provider: 'one', model: 'm', capabilities: { maxOutputTokens: 50_000 } }] } });
    await start(
      await uploaded([
        line({}),
        line({ n: 3, max_tokens: 10_000 }),
        '',
        line({ input: 'x', max_output_tokens: 7 }, '/v1/responses'),
      ]),
    );
    const { reserved } = await counterOf(gateway, 'search');
    expect(reserved.tokens).toBeGreaterThan(80_007);
    expect(reserved.tokens).toBeLessThan(80_400);
  });

  it('is refused where its lines may come to more than is left', async () => {
    const file = await uploaded(Array.from({ length: 600 }, () => line({ max_completion_tokens: 1_000 })));
    expect(await failureOf(start(file))).toBeInstanceOf(BudgetExceededError);
    expect(up.works.size).toBe(0);
    expect((await counterOf(gateway, 'search')).reserved).toEqual(NOTHING_HELD);
  });

  it('is found in a list, by whoever asks for one', async () => {
    const batch = await start(await uploaded([line({ max_completion_tokens: 100 })]));
    up.end(batch.id, { status: 'completed', usage: responsesUsage(20, 30), model: 'm' });
    await gateway.batches.list();
    expect(await counterOf(gateway, 'search')).toEqual({
      spent: { usd: 0.000_08, tokens: 50, requests: 2 },
      reserved: NOTHING_HELD,
    });
  });

  it('that ends without a usage is charged all that it held, and nothing where it answered nothing', async () => {
    const file = await uploaded([line({ max_completion_tokens: 1_000 })]);
    const completed = await start(file);
    const { reserved: held } = await counterOf(gateway, 'search');
    up.end(completed.id, {
      status: 'completed',
      usage: responsesUsage(0, 0),
      request_counts: { total: 1, completed: 1, failed: 0 },
    });
    await gateway.batches.retrieve(completed.id);
    expect(await counterOf(gateway, 'search')).toMatchObject({
      spent: { usd: held.usd, tokens: held.tokens },
      reserved: NOTHING_HELD,
    });
    for (const [status, counts] of [
      ['failed', undefined],
      ['expired', { total: 1, completed: 0, failed: 0 }],
    ] as const) {
      const other = await start(file);
      up.end(other.id, { status, request_counts: counts });
      await gateway.batches.retrieve(other.id);
    }
    expect(await counterOf(gateway, 'search')).toMatchObject({
      spent: { usd: held.usd, tokens: held.tokens },
      reserved: NOTHING_HELD,
    });
  });

  it('keeps its hold for two days', async () => {
    await start(await uploaded([line({ max_completion_tokens: 1_000 })]));
    const { reserved: held } = await counterOf(gateway, 'search');
    up.clock.advance(2 * 86_400_000 - 1);
    expect((await counterOf(gateway, 'search')).reserved).toEqual(held);
    up.clock.advance(1);
    expect(await counterOf(gateway, 'search')).toMatchObject({
      spent: { usd: held.usd, tokens: held.tokens },
      reserved: NOTHING_HELD,
    });
  });

  it('goes to the provider that has its file, and is known to every process of its store', async () => {
    const store = new MemoryStore();
    begin({ store });
    const form = { purpose: 'batch', file: new File([line({ max_completion_tokens: 1_000 })], 'b.jsonl') } as const;
    const { id } = await search.files.create(form, { headers: { 'x-tollgate-provider': 'two' } });
    begin({ store });
    const batch = await start(id);
    expect(up.server.requests.at(-1)?.path).toBe('/two/v1/batches');
    expect((await counterOf(gateway, 'search')).reserved.tokens).toBeGreaterThan(1_000);
    await search.batches.cancel(batch.id);
    expect(up.server.requests.at(-1)?.path).toBe(`/two/v1/batches/${batch.id}/cancel`);
  });

  it('counts for the budgets of the model that it is for', async () => {
    begin({ budgets: [{ name: 'model', match: { model: 'one/m' }, limit: { usd: 0.001 }, window: 'lifetime' }] });
    const file = await uploaded([line({ max_completion_tokens: 1_000 })]);
    expect(await failureOf(start(file))).toMatchObject({ budget: 'model' });
  });

  it('is refused by the name of a model in it that has no price', async () => {
    const file = await uploaded([
      line({ max_completion_tokens: 10 }),
      line({ model: 'nobody-knows', max_completion_tokens: 10 }),
    ]);
    const error = await failureOf(start(file));
    expect(error).toBeInstanceOf(UnpricedModelError);
    expect(error).toMatchObject({ deployment: 'one/nobody-knows', path: undefined });
  });

  it('is for who may use every model in it, and may cost what one request may', async () => {
    begin({
      budgets: [],
      access: {
        rules: [
          { match: { team: 'intern' }, allow: ['one/m', 'one/files', 'one/batches'] },
          { match: { team: 'direct' }, allow: ['one/m', 'one/files'] },
          { match: { team: 'frugal' }, maxUsdPerRequest: 0.001 },
        ],
      },
    });
    const intern = gateway.for({ team: 'intern' });
    const mixed = await uploaded([line({}), line({ model: 'other' })], intern);
    const error = await failureOf(start(mixed, intern));
    expect(error).toBeInstanceOf(AccessDeniedError);
    expect(String(error)).toContain("'one/other'");
    await start(await uploaded([line({})], intern), intern);
    expect(up.works.size).toBe(1);
    const direct = gateway.for({ team: 'direct' });
    expect(String(await failureOf(start(await uploaded([line({})], direct), direct)))).toContain("'one/batches'");
    const frugal = gateway.for({ team: 'frugal' });
    expect(await failureOf(start(await uploaded([line({ max_completion_tokens: 1_000 })], frugal), frugal))).toBeInstanceOf(
      AccessDeniedError,
    );
  });
});

describe('a batch whose file is not known', () => {
  it.for([
    ['was never uploaded here', (): Promise<string> => Promise.resolve('file-elsewhere')],
    ['is no file of requests', (): Promise<string> => uploaded(['{"not":"a request"}'])],
    ['is no JSON', (): Promise<string> => uploaded(['{'])],
    ['goes where requests cannot be estimated', (): Promise<string> => uploaded([line({}, '/v1/videos')])],
  ] as const)('because it %s has no price', async ([, fileOf]) => {
    const file = await fileOf();
    expect(await failureOf(start(file))).toMatchObject({ status: 402, path: '/batches' });
    begin({ budgets: [{ name: 'tokens', each: 'team', limit: { tokens: 1_000_000 }, window: 'lifetime' }] });
    const batch = await start(file);
    up.end(batch.id, { status: 'completed', usage: responsesUsage(2_000, 30_000), model: 'm' });
    await gateway.batches.retrieve(batch.id);
    expect(await counterOf(gateway, 'search')).toEqual({ spent: { tokens: 32_000 }, reserved: { tokens: 0 } });
  });
});

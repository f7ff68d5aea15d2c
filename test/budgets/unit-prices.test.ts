import { BudgetExceededError, type ConfigurationError, Gateway, type GatewayConfig, routeOf, UnpricedModelError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { ask, bodyOf, failureOf, messages, until } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { ANSWER_USD, PRICES, type Stage, stage } from './stage.ts';
import { responsesUsage, WorkUpstream } from './work-upstream.ts';

const money = (usd = 10) => [{ name: 'money', limit: { usd }, window: 'month' as const }];

/** Answers every operation: as many images as asked for, a transcript of 30 s, sound, a session. */
function answerAnything(exchange: FaultExchange): unknown {
  const { path } = exchange.request;
  if (path.endsWith('/images/generations')) return exchange.answer(200, images(Number(bodyOf(exchange).n ?? 1)));
  if (path.endsWith('/images/edits')) return exchange.answer(200, images(2));
  if (path.endsWith('/audio/speech')) return exchange.answer(200, 'sound', { 'content-type': 'audio/mpeg' });
  if (path.includes('/audio/')) return exchange.answer(200, { text: 'hello', usage: { type: 'duration', seconds: 30 } });
  if (path.endsWith('/chat/completions')) return exchange.answer(200, completion('x'));
  return exchange.answer(200, { id: 'thing_1', object: 'thing' });
}

const images = (count: number) => ({ created: 1, data: Array.from({ length: count }, () => ({ b64_json: 'AA==' })) });

/** A stage on which every provider takes undeclared names; what is held while the upstream is asked is noted. */
async function priced(
  price: NonNullable<GatewayConfig['prices']>,
  config: Partial<GatewayConfig> = {},
  answer: (exchange: FaultExchange) => unknown = answerAnything,
): Promise<Stage & { held: unknown[] }> {
  const held: unknown[] = [];
  const on = await stage(
    { prices: { ...PRICES, ...price }, defaultProvider: 'one', budgets: money(), ...config },
    async (exchange) => {
      held.push((await on.gateway.control.budgets())[0]?.reserved.usd);
      await answer(exchange);
    },
  );
  return { ...on, held };
}

const sound = (bytes: number) => new File([new Uint8Array(bytes)], 'a.mp3', { type: 'audio/mpeg' });
const png = new File([new Uint8Array(8)], 'a.png', { type: 'image/png' });

describe('a price by the image', () => {
  it('is held for as many as are asked for, and charged for those that came', async () => {
    const { gateway, budget, held } = await priced({ 'one/draw': { image: 0.04 } }, {}, (exchange) =>
      exchange.answer(200, images(2)),
    );
    const answer = await gateway.images.generate({ model: 'one/draw', prompt: 'a door', n: 3 });
    expect(held).toEqual([0.12]);
    expect(await budget()).toMatchObject({ spent: { usd: 0.08 }, reserved: { usd: 0 } });
    expect(routeOf(answer)).toMatchObject({
      costUsd: 0.08,
      usage: { units: { images: 2 } },
      price: { image: 0.04, input: 0, output: 0, from: 'config' },
    });
  });

  it('stands for the tokens of the images that the answer reports, and not for those of the prompt that have a price', async () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 4_000,
      total_tokens: 4_010,
      output_tokens_details: { image_tokens: 4_000, text_tokens: 0 },
    };
    const { gateway, budget } = await priced({ 'one/draw': { input: 5, output: 0, image: 0.04 } }, {}, (exchange) =>
      exchange.answer(200, { ...images(2), usage }),
    );
    await gateway.images.generate({ model: 'one/draw', prompt: 'a door', n: 2 });
    expect((await budget()).spent.usd).toBe(0.08005);
  });

  it('adds to a price of their tokens that is stated too', async () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 1_000,
      total_tokens: 1_010,
      output_tokens_details: { image_tokens: 1_000, text_tokens: 0 },
    };
    const { gateway, budget } = await priced(
      { 'one/draw': { input: 0, output: 0, outputImage: 10, image: 0.04 } },
      {},
      (exchange) => exchange.answer(200, { ...images(1), usage }),
    );
    await gateway.images.generate({ model: 'one/draw', prompt: 'a door' });
    expect((await budget()).spent.usd).toBe(0.05);
  });

  it('is charged of edits too, by the number in the form', async () => {
    const { gateway, budget, held } = await priced({ 'one/draw': { image: 0.07 } });
    await gateway.images.edit({ model: 'one/draw', prompt: 'a door', image: png, n: 2 });
    expect(held).toEqual([0.14]);
    expect((await budget()).spent).toEqual({ usd: 0.14 });
  });

  it('is charged for all that were asked for where the answer never came', async () => {
    const leaving = new AbortController();
    const { gateway, budget } = await priced({ 'one/draw': { image: 0.04 } }, {}, () => leaving.abort());
    const { signal } = leaving;
    await failureOf(gateway.images.generate({ model: 'one/draw', prompt: 'a door', n: 3 }, { signal }));
    expect((await budget()).spent).toEqual({ usd: 0.12 });
  });

  it.each([
    ['read to its end, as one that came', 1, true, 0.04],
    ['left after a step of an image, as all that were asked for', 3, false, 0.12],
  ])('is charged of a stream that is %s', async (_, n, ends, usd) => {
    const { gateway, budget, held } = await priced({ 'one/draw': { image: 0.04 } }, {}, async (exchange) => {
      await exchange.sseHead();
      await exchange.sse({ type: 'image_generation.partial_image', partial_image_index: 0, b64_json: 'QUJD' });
      if (!ends) return;
      const usage = { input_tokens: 10, output_tokens: 100, total_tokens: 110 };
      await exchange.sse({ type: 'image_generation.completed', b64_json: 'QUJD', usage });
      await exchange.lastChunk();
    });
    const stream = await gateway.images.generate({ model: 'one/draw', prompt: 'a door', n, partial_images: 1, stream: true });
    for await (const _event of stream) if (!ends) break;
    await until(() => routeOf(stream)?.costUsd !== undefined);
    expect(held).toEqual([n * 0.04]);
    expect((await budget()).spent).toEqual({ usd });
  });

  it('refuses what has no room', async () => {
    const { gateway, sent } = await priced({ 'one/draw': { image: 0.04 } }, { budgets: money(0.1) });
    const draw = (n: number) => gateway.images.generate({ model: 'one/draw', prompt: 'a door', n });
    expect(await failureOf(draw(3))).toBeInstanceOf(BudgetExceededError);
    await draw(2);
    expect(await failureOf(draw(1))).toBeInstanceOf(BudgetExceededError);
    expect(sent()).toHaveLength(1);
  });

  it('is no price of a chat, of embeddings or of speech', async () => {
    const { gateway, sent, budget } = await priced({ 'one/draw': { image: 0.04 } });
    for (const call of [
      () => ask(gateway, 'one/draw'),
      () => gateway.embeddings.create({ model: 'one/draw', input: 'x' }),
      () => gateway.audio.speech.create({ model: 'one/draw', input: 'x', voice: 'alloy' }),
      () => gateway.responses.create({ model: 'one/draw', input: 'x' }),
    ]) {
      expect(await failureOf(call())).toMatchObject({ status: 402, code: 'unknown_price', deployment: 'one/draw' });
    }
    expect(sent()).toEqual([]);
    expect((await budget()).spent).toEqual({ usd: 0 });
  });

  it('leaves a cost that is not known where no money budget refuses such a call', async () => {
    const { gateway } = await priced({ 'one/draw': { image: 0.04 } }, { budgets: [] }, answerAnything);
    await ask(gateway, 'one/draw');
    expect(await gateway.control.usage()).toMatchObject([{ requests: 1, unpricedRequests: 1, costUsd: 0 }]);
  });

  it('gives way to unknownPrice there, which may be by units too', async () => {
    const { gateway, budget } = await priced(
      { 'one/draw': { image: 0.04 } },
      { unknownPrice: { input: 1, output: 2, request: 0.5 } },
    );
    await ask(gateway, 'one/draw', { max_tokens: 10 });
    expect((await budget()).spent.usd).toBe(0.5 + ANSWER_USD);
  });
});

describe('a price by the minute', () => {
  const hear = { 'one/hear': { minute: 0.006 } };

  it('is held for the longest that the recording may last, and charged for the length that the answer tells', async () => {
    const { gateway, budget, held } = await priced(hear);
    const answer = await gateway.audio.transcriptions.create({ model: 'one/hear', file: sound(750 * 119) });
    // 750 bytes a second, and a second more.
    expect(held).toEqual([0.012]);
    expect(await budget()).toMatchObject({ spent: { usd: 0.003 }, reserved: { usd: 0 } });
    expect(routeOf(answer)?.usage?.units).toEqual({ seconds: 30 });
  });

  it.each([
    ['its duration', { text: 'x', duration: 12.5 }, 0.00125],
    ['its duration as a text', { text: 'x', duration: '12.5' }, 0.00125],
    ['its last segment', { text: 'x', segments: [{ end: 4 }, { end: 20 }] }, 0.002],
    ['nothing, so that the bound stands', { text: 'x' }, 0.012],
    [
      'tokens beside its duration',
      { text: 'x', duration: 30, usage: { type: 'tokens', input_tokens: 50, output_tokens: 5, total_tokens: 55 } },
      0.003,
    ],
  ])('is charged by %s', async (_, answer, usd) => {
    const { gateway, budget } = await priced(hear, {}, (exchange) => exchange.answer(200, answer));
    await gateway.audio.transcriptions.create({ model: 'one/hear', file: sound(750 * 119) });
    expect((await budget()).spent).toEqual({ usd });
  });

  it('is charged by the last cue of subtitles, and of translations too', async () => {
    const vtt = 'WEBVTT\n\n00:00.000 --> 00:10.000\nhello\n';
    const { gateway, budget } = await priced(hear, {}, (exchange) => exchange.answer(200, vtt, { 'content-type': 'text/vtt' }));
    await gateway.audio.translations.create({ model: 'one/hear', file: sound(750 * 119), response_format: 'vtt' });
    expect((await budget()).spent).toEqual({ usd: 0.001 });
  });

  it('is charged of speech by how long its words take, within what was held', async () => {
    const { gateway, budget, held } = await priced({ 'one/say': { minute: 0.6 } });
    const answer = await gateway.audio.speech.create({ model: 'one/say', input: 'x'.repeat(90), voice: 'alloy' });
    await answer.arrayBuffer();
    expect(held).toEqual([0.22]);
    expect((await budget()).spent).toEqual({ usd: 0.09 });
  });

  it('is charged of a video by the seconds that are asked for', async () => {
    const { gateway, budget, held } = await priced({ 'one/film': { minute: 6 } });
    await gateway.post('/videos', { body: { model: 'one/film', prompt: 'a door', seconds: '8' } });
    await gateway.post('/videos', { body: { model: 'one/film', prompt: 'a door' } });
    expect(held).toEqual([0.8, 0.4]);
    expect((await budget()).spent.usd).toBeCloseTo(1.2, 12);
    const remix = gateway.post('/videos/video_1/remix', { body: { model: 'one/film', prompt: 'a door' } });
    expect(await failureOf(remix)).toBeInstanceOf(UnpricedModelError);
  });

  it('of a video that goes on stays held until its end is seen, and costs nothing where it failed', async () => {
    const video = (id: string, status: string) => ({ id, object: 'video', status, model: 'film', seconds: '4' });
    const { gateway, budget } = await priced({ 'one/film': { minute: 6 } }, {}, (exchange) => {
      const { method, path } = exchange.request;
      if (method === 'POST') return exchange.answer(200, video(bodyOf(exchange).prompt as string, 'queued'));
      return exchange.answer(200, video(path.split('/').at(-1) ?? '', path.endsWith('good') ? 'completed' : 'failed'));
    });
    for (const id of ['good', 'bad']) await gateway.post('/videos', { body: { model: 'one/film', prompt: id, seconds: '4' } });
    expect(await budget()).toMatchObject({ spent: { usd: 0 }, reserved: { usd: 0.8 } });
    await gateway.videos.retrieve('good');
    await gateway.videos.retrieve('bad');
    expect(await budget()).toMatchObject({ spent: { usd: 0.4 }, reserved: { usd: 0 } });
  });
});

describe('a price by the character', () => {
  it('is held and charged for the length of what is read aloud', async () => {
    const { gateway, budget, held } = await priced({ 'one/say': { character: 0.000_015 } });
    const answer = await gateway.audio.speech.create({ model: 'one/say', input: 'x'.repeat(1_000), voice: 'alloy' });
    await answer.arrayBuffer();
    expect(held).toEqual([0.015]);
    await until(() => routeOf(answer)?.costUsd !== undefined);
    expect(await budget()).toMatchObject({ spent: { usd: 0.015 }, reserved: { usd: 0 } });
    expect(routeOf(answer)?.usage?.units).toMatchObject({ characters: 1_000 });
  });
});

describe('a price by the request', () => {
  it('is the whole price of any operation, where no other is stated', async () => {
    const { gateway, budget, held } = await priced({ 'one/flat': { request: 0.01 } });
    await ask(gateway, 'one/flat', { max_tokens: 10 });
    await gateway.images.generate({ model: 'one/flat', prompt: 'a door' });
    await gateway.post('/rerank', { body: { model: 'one/flat', query: 'x', documents: ['y'] } });
    expect(held).toEqual([0.01, 0.01, 0.01]);
    expect((await budget()).spent).toEqual({ usd: 0.03 });
  });

  it('adds to the price of the tokens, at each attempt that was answered', async () => {
    const { gateway, budget } = await priced({ 'one/both': { input: 1, output: 2, request: 0.01 } });
    await ask(gateway, 'one/both', { max_tokens: 10 });
    expect((await budget()).spent.usd).toBe(0.01 + ANSWER_USD);
    const { deployments } = await gateway.control.plan({ model: 'one/both', messages, max_tokens: 10 });
    expect(deployments[0]).toMatchObject({ price: { input: 1, output: 2, request: 0.01 } });
    expect(deployments[0]?.costUsd).toBeGreaterThan(0.01);
  });
});

const secret = (gateway: Gateway, session: object = { type: 'realtime' }) =>
  gateway.post('/realtime/client_secrets', { body: { session } });

describe('a price by the session', () => {
  it.each([
    ['realtime/client_secrets', 'realtime', (gateway: Gateway) => secret(gateway)],
    ['realtime/sessions', 'realtime', (gateway: Gateway) => gateway.post('/realtime/sessions', { body: {} })],
    ['realtime/calls/:id/accept', 'realtime', (gateway: Gateway) => gateway.post('/realtime/calls/rtc_1/accept', { body: {} })],
    ['live/sessions', 'live', (gateway: Gateway) => gateway.post('/live/sessions', { body: {} })],
    [
      'chatkit/sessions',
      'chatkit',
      (gateway: Gateway) => gateway.beta.chatkit.sessions.create({ user: 'u', workflow: { id: 'w' } }),
    ],
    ['containers', 'containers', (gateway: Gateway) => gateway.containers.create({ name: 'c' })],
    ['a path in capitals', 'realtime', (gateway: Gateway) => gateway.post('/Realtime/Client_Secrets', { body: {} })],
  ])('%s is held and charged as one', async (_, place, call) => {
    const { gateway, budget, held, sent } = await priced({ [`one/${place}`]: { session: 0.5 } });
    await call(gateway);
    expect(held).toEqual([0.5]);
    expect(sent()).toHaveLength(1);
    expect(await budget()).toMatchObject({ spent: { usd: 0.5 }, reserved: { usd: 0 } });
  });

  it('counts where the model that the body names has it, or else the path', async () => {
    const prices = {
      'one/realtime': { session: 0.5 },
      'one/dear': { session: 2 },
      'one/talk': { input: 1, output: 2, request: 0.001 },
    };
    const { gateway, budget } = await priced(prices);
    await secret(gateway, { type: 'realtime', model: 'one/dear' });
    expect((await budget()).spent).toEqual({ usd: 2 });
    await secret(gateway, { type: 'realtime', model: 'one/talk' });
    expect((await budget()).spent).toEqual({ usd: 2.5 });
    await secret(gateway, { type: 'realtime', model: 'one/unknown' });
    expect((await budget()).spent).toEqual({ usd: 3 });
  });

  it.each([[{ input: 1, output: 2 }], [{ input: 1, output: 2, request: 0.001 }], [{ image: 1 }], [{ minute: 1 }]])(
    'is not to be had at %j',
    async (price) => {
      const { gateway, sent } = await priced({ 'one/realtime': price });
      expect(await failureOf(secret(gateway))).toMatchObject({ status: 402, code: 'unknown_price' });
      expect(sent()).toEqual([]);
    },
  );

  it('is no price of what begins none', async () => {
    const { gateway, sent } = await priced({
      'one/vector_stores': { session: 1 },
      'one/fine_tuning': { session: 1 },
      'one/containers': { session: 1 },
    });
    for (const path of ['/vector_stores', '/fine_tuning/jobs', '/vector_stores/vs_1/search']) {
      expect(await failureOf(gateway.post(path, { body: {} }))).toMatchObject({ status: 402, code: 'unknown_price' });
    }
    expect(sent()).toEqual([]);
  });

  it('is charged where the answer was cut, since the session may have begun', async () => {
    const { gateway, budget } = await priced({ 'one/realtime': { session: 0.5 } }, { retry: { maxAttempts: 1 } }, (exchange) =>
      exchange.reset(),
    );
    await failureOf(gateway.post('/realtime/client_secrets', { body: {}, maxRetries: 0 }));
    expect((await budget()).spent).toEqual({ usd: 0.5 });
  });

  it('costs nothing where the provider refused it', async () => {
    const { gateway, budget } = await priced({ 'one/realtime': { session: 0.5 } }, {}, (exchange) =>
      exchange.answer(400, { error: { message: 'no' } }),
    );
    await failureOf(secret(gateway));
    expect(await budget()).toMatchObject({ spent: { usd: 0 }, reserved: { usd: 0 } });
  });
});

describe('a limit of no money', () => {
  it('refuses all that can cost, whatever its price is by', async () => {
    const prices = {
      'one/realtime': { session: 0.5 },
      'one/containers': { request: 0.000_000_001 },
      'one/fine_tuning': { request: 5 },
      'one/draw': { image: 0.04 },
      'one/say': { character: 0.000_000_001 },
      'one/hear': { minute: 0.006 },
    };
    const { gateway, sent } = await priced(prices, { budgets: money(0) });
    for (const call of [
      () => secret(gateway),
      () => gateway.containers.create({ name: 'c' }),
      () => gateway.post('/fine_tuning/jobs', { body: { model: 'm', training_file: 'f' } }),
      () => gateway.images.generate({ model: 'one/draw', prompt: 'x' }),
      () => gateway.audio.speech.create({ model: 'one/say', input: 'x', voice: 'alloy' }),
      () => gateway.audio.transcriptions.create({ model: 'one/hear', file: sound(10) }),
      () =>
        gateway.post('/batches', { body: { input_file_id: 'f', endpoint: '/v1/chat/completions', completion_window: '24h' } }),
      () => gateway.post('/evals/e_1/runs', { body: {} }),
      () => gateway.post('/vector_stores', { body: {} }),
      () => gateway.post('/threads/t_1/runs', { body: { assistant_id: 'a' } }),
      () => gateway.post('/fine_tuning/alpha/graders/run', { body: {} }),
    ]) {
      expect(await failureOf(call())).toMatchObject({ status: 402 });
    }
    expect(sent()).toEqual([]);
  });
});

describe('a batch of a model with such a price', () => {
  it('is charged what was held, since it does not tell how many requests it was', async () => {
    const up = await WorkUpstream.start();
    const gateway = up.gateway({ budgets: money(), prices: { 'one/m': { input: 1, output: 2, request: 0.01 } } });
    const body = { model: 'm', messages, max_completion_tokens: 10 };
    const line = JSON.stringify({ custom_id: 'x', method: 'POST', url: '/v1/chat/completions', body });
    const file = await gateway.files.create({ purpose: 'batch', file: new File([`${line}\n${line}`], 'batch.jsonl') });
    const batch = await gateway.batches.create({
      input_file_id: file.id,
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    });
    const held = (await gateway.control.budgets())[0]?.reserved.usd;
    expect(held).toBeGreaterThan(0.02);
    up.end(batch.id, {
      status: 'completed',
      usage: responsesUsage(20, 10),
      request_counts: { total: 2, completed: 2, failed: 0 },
    });
    await gateway.batches.retrieve(batch.id);
    expect(await gateway.control.budgets()).toMatchObject([{ spent: { usd: held }, reserved: { usd: 0 } }]);
  });
});

describe('what a configuration may say of such prices', () => {
  const issues = (price: unknown, more: object = {}) => {
    try {
      new Gateway({
        providers: { one: { type: 'openai-compatible', baseURL: 'http://127.0.0.1:1/v1' } },
        prices: { 'one/m': price },
        ...more,
      } as never);
    } catch (error) {
      return (error as ConfigurationError).issues.map(({ path, message }) => `${path} ${message}`);
    }
    return [];
  };

  it.each([
    [{ image: -1 }, 'image expected dollars'],
    [{ imag: 1 }, "imag unknown key; did you mean 'image'?"],
    [{ input: 1, image: 1 }, 'output is missing'],
    [{ cacheRead: 1, image: 1 }, 'cacheRead a price of tokens names input and output'],
    [{}, 'expected a price'],
    [{ minute: Number.POSITIVE_INFINITY }, 'minute expected dollars'],
  ])('%j is refused', (price, message) => {
    expect(issues(price).join('\n')).toContain(message);
  });

  it('takes any of them, alone or beside a price of tokens, at a deployment too; unknownPrice has one of tokens', () => {
    expect(issues({ request: 0, image: 1, minute: 0.006, character: 1e-8, session: 2 })).toEqual([]);
    expect(
      issues({ input: 1, output: 2, image: 0.04 }, { models: { m: [{ provider: 'one', model: 'x', price: { image: 1 } }] } }),
    ).toEqual([]);
    expect(issues({ image: 1 }, { unknownPrice: { input: 1, output: 1, session: 1 } })).toEqual([]);
    expect(issues({ image: 1 }, { unknownPrice: { session: 1 } }).join()).toContain('unknownPrice.input is missing');
  });
});

import type { Gateway } from 'tollgate';
import { expect, it } from 'vitest';
import { ask } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import { eventsOf, stage } from './stage.ts';

const PRICES = {
  'one/m': { input: 1, output: 2, inputAudio: 6, inputImage: 3, outputAudio: 12, outputImage: 40 },
};
const budgets = [{ name: 'b', limit: { requests: 100, tokens: 100_000_000, usd: 1_000 }, window: 'month' }] as const;
const SENTENCE = 'a sentence of forty characters for all. '.repeat(5);

const draw = (gateway: Gateway) => gateway.images.generate({ model: 'm', prompt: 'a cat' });
const hear = (gateway: Gateway) =>
  gateway.audio.transcriptions.create({ model: 'm', file: new File([new Uint8Array(40_000)], 'a.wav') });
const image = (usage: unknown) => ({ created: 1, data: [{ b64_json: 'QUJD' }], usage });
const transcript = (usage: unknown) => ({ text: SENTENCE, usage });

// What one image may be, if nobody tells, and an estimate of what was drawn or heard.
const AN_IMAGE = 24_019;
const HEARD = 640;

it.each<[string, unknown, object, (gateway: Gateway) => Promise<unknown>]>([
  ['an image beside an input alone', image({ input_tokens: 10 }), { inputTokens: 10, outputTokens: AN_IMAGE }, draw],
  ['an image of no tokens', image({ input_tokens: 10, output_tokens: 0 }), { inputTokens: 10, outputTokens: AN_IMAGE }, draw],
  ['an image beside zeros', image({ input_tokens: 0, output_tokens: 0, total_tokens: 0 }), { outputTokens: AN_IMAGE }, draw],
  ['an image whose input is missing', image({ output_tokens: 4_160 }), { outputTokens: 4_160, outputImageTokens: 4_160 }, draw],
  ['a transcript beside an input alone', transcript({ input_tokens: 100 }), { inputTokens: 100, inputAudioTokens: 100 }, hear],
  ['a transcript beside zeros', transcript({ input_tokens: 0, output_tokens: 0 }), { inputAudioTokens: HEARD }, hear],
  ['a transcript whose input is missing', transcript({ output_tokens: 20 }), { outputTokens: 20 }, hear],
])('of a partial report what it tells is charged, and the rest estimated: %s', async (_, answer, expected, call) => {
  const { gateway, budget } = await stage({ budgets: [...budgets], prices: PRICES }, (exchange) => exchange.answer(200, answer));
  const ends = eventsOf(gateway, 'request.end');
  await call(gateway);
  const { usage, usageSource, costUsd } = ends[0] ?? {};
  const { inputTokens = 0, outputTokens = 0 } = usage ?? {};
  expect(usage).toMatchObject(expected);
  expect(usageSource).toBe('estimated');
  expect([inputTokens, outputTokens].every((tokens) => tokens > 0)).toBe(true);
  expect(await budget()).toMatchObject({
    spent: { requests: 1, tokens: inputTokens + outputTokens, usd: costUsd },
    reserved: { requests: 0, tokens: 0, usd: 0 },
  });
});

it('of a report that has a total alone that is the input, and an answer that was made is estimated beside it', async () => {
  const vectors = { object: 'list', model: 'm', data: [{ object: 'embedding', index: 0, embedding: [0] }] };
  const usage = { total_tokens: 1_100 };
  const { gateway, budget } = await stage({ budgets: [...budgets], prices: PRICES }, (exchange) =>
    exchange.answer(
      200,
      exchange.request.path.endsWith('/embeddings') ? { ...vectors, usage } : { ...completion('hello'), usage },
    ),
  );
  await gateway.embeddings.create({ model: 'm', input: 'hello', encoding_format: 'float' });
  expect((await budget()).spent).toEqual({ requests: 1, tokens: 1_100, usd: 0.001_1 });
  await ask(gateway, 'm');
  const { tokens = 0, usd = 0 } = (await budget()).spent;
  expect(tokens).toBeGreaterThan(2_200);
  expect(usd).toBeGreaterThan(0.002_2);
});

import { expect, it } from 'vitest';
import { stage } from '../budgets/stage.ts';
import { completion } from '../support/chat-upstream.ts';
import { TestClock } from '../support/test-clock.ts';

const HOUR_MS = 3_600_000;

/** An answer that was spoken, and can be named by its id for an hour. */
const spoken = (goneAtMs: number) => {
  const audio = { id: 'audio_1', data: 'AAAA', transcript: 'Hello.', expires_at: Math.floor(goneAtMs / 1_000) };
  const message = { role: 'assistant', content: null, refusal: null, audio };
  return completion('', { choices: [{ index: 0, message, finish_reason: 'stop', logprobs: null }] });
};

it.each([
  ['is kept no longer than its id is good for', HOUR_MS, 1, 2],
  ['is kept as long as others if it is good for longer', 48 * HOUR_MS, 1, 1],
  ['is not kept at all if its id is gone', 0, 2, 3],
])('a spoken answer %s', async (_, goodForMs, askedAtOnce, askedLater) => {
  const clock = new TestClock();
  const goneAt = clock.now() + goodForMs;
  const { gateway, sent } = await stage(
    { cache: { ttl: '1d', scope: 'shared' } },
    (exchange) => exchange.answer(200, spoken(goneAt)),
    clock,
  );
  const params = {
    model: 'm',
    messages: [{ role: 'user' as const, content: 'hi' }],
    modalities: ['text' as const, 'audio' as const],
  };
  const ask = () => gateway.chat.completions.create({ ...params, audio: { voice: 'alloy', format: 'wav' } });
  await ask();
  await ask();
  expect(sent()).toHaveLength(askedAtOnce);
  clock.advance(2 * HOUR_MS);
  await ask();
  expect(sent()).toHaveLength(askedLater);
});

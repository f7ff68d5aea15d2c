import { type EventMap, type Gateway, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { messages } from '../public/harness.ts';
import { chunk, completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { eventsOf, stage } from './stage.ts';

const budgets = [{ name: 'b', limit: { requests: 100, tokens: 100_000_000, usd: 1_000 }, window: 'month' }] as const;

/** A price of each kind of tokens, since one that has none would make the answer unpriced. */
const PRICES = {
  'one/m': { input: 1, output: 2, inputAudio: 6, inputImage: 3, outputAudio: 12, outputImage: 40 },
};

/** What an operation that answers so is charged; the balance is what is reported of the call, to the unit. */
async function charged(
  answer: (exchange: FaultExchange) => unknown,
  call: (gateway: Gateway) => Promise<unknown>,
): Promise<EventMap['request.end']> {
  const { gateway, budget } = await stage({ budgets: [...budgets], prices: PRICES }, answer);
  const ends = eventsOf(gateway, 'request.end');
  await call(gateway);
  const [end] = ends;
  if (end === undefined) throw new Error('the call did not end');
  const { spent, reserved } = await budget();
  const { inputTokens = 0, outputTokens = 0 } = end.usage ?? {};
  expect(spent).toEqual({ requests: 1, tokens: inputTokens + outputTokens, usd: end.costUsd });
  expect(reserved).toEqual({ requests: 0, tokens: 0, usd: 0 });
  return end;
}

const text = (body: string, type: string) => (exchange: FaultExchange) => exchange.answer(200, body, { 'content-type': type });
const json = (body: object) => (exchange: FaultExchange) => exchange.answer(200, body);
const SENTENCE = 'a sentence of forty characters for all. '.repeat(3);

describe('speech without a usage', () => {
  const speak =
    (input: string, more: object = {}) =>
    async (gateway: Gateway) => {
      const response = await gateway.audio.speech.create({ model: 'm', voice: 'alloy', input, ...more });
      await response.arrayBuffer();
      return response;
    };

  it('costs what its words take to be spoken, whatever the format', async () => {
    const prices: (number | undefined)[] = [];
    for (const format of ['mp3', 'opus', 'pcm'] as const) {
      const bytes = format === 'pcm' ? 300_000 : 24_000;
      const { costUsd, usage, usageSource } = await charged(
        text('x'.repeat(bytes), 'audio/mpeg'),
        speak(SENTENCE, { response_format: format }),
      );
      // 120 bytes at 10 a second are 12 s, of 32 tokens each.
      expect(usage).toMatchObject({ outputTokens: 384 });
      expect(usageSource).toBe('estimated');
      prices.push(costUsd);
    }
    expect(new Set(prices).size).toBe(1);
  });

  it('costs more where it is slowed down, or lasts longer than its words let expect', async () => {
    const slow = await charged(text('x'.repeat(100), 'audio/mpeg'), speak(SENTENCE, { speed: 0.5 }));
    expect(slow.usage?.outputTokens).toBe(2 * 384);
    const long = await charged(text('x'.repeat(48_000 * 20), 'audio/pcm'), speak(SENTENCE, { response_format: 'pcm' }));
    expect(long.usage?.outputTokens).toBe(20 * 32);
  });

  it('is no dearer than what was held for it', async () => {
    const { usage } = await charged(text('x'.repeat(48_000 * 60), 'audio/pcm'), speak('hello', { speed: 0.25 }));
    expect(usage?.outputTokens).toBe(5 * 7 + 64);
  });

  it('is charged as its events report, where it comes as events', async () => {
    const usage = { input_tokens: 14, output_tokens: 101, total_tokens: 115 };
    const events = [
      { type: 'speech.audio.delta', audio: 'QUJD' },
      { type: 'speech.audio.done', usage },
    ];
    const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
    const { usage: told, usageSource } = await charged(
      text(body, 'text/event-stream; charset=utf-8'),
      speak('hello', { stream_format: 'sse' }),
    );
    expect([told, usageSource]).toMatchObject([{ inputTokens: 14, outputTokens: 101 }, 'reported']);
  });

  it('is estimated where its events report none, or are no events', async () => {
    for (const body of ['data: {"type":"speech.audio.delta"}\n\n', 'data: {"usage":\n\n', 'no event with "usage"']) {
      const { usage, usageSource } = await charged(text(body, 'text/event-stream'), speak(SENTENCE));
      expect([usage?.outputTokens, usageSource]).toEqual([384, 'estimated']);
    }
  });

  it('is charged what its stream reports, and estimated where that ends without', async () => {
    const streamed = (...events: object[]) =>
      charged(
        async (exchange) => {
          await exchange.sseHead();
          await exchange.sse(...events);
          await exchange.lastChunk();
        },
        async (gateway) => {
          const stream = await gateway.post('/audio/speech', {
            body: { model: 'm', voice: 'alloy', input: SENTENCE, stream_format: 'sse' },
            stream: true,
          });
          for await (const _ of stream as AsyncIterable<unknown>);
          return stream;
        },
      );
    const delta = { type: 'speech.audio.delta', audio: 'QUJD' };
    const usage = { input_tokens: 14, output_tokens: 101, total_tokens: 115 };
    expect(await streamed(delta, { type: 'speech.audio.done', usage })).toMatchObject({
      usage: { inputTokens: 14, outputTokens: 101 },
      usageSource: 'reported',
    });
    expect(await streamed(delta, { type: 'speech.audio.done' })).toMatchObject({
      usage: { outputTokens: 384 },
      usageSource: 'estimated',
    });
  });
});

describe('a transcript without a usage', () => {
  const audio = (bytes: number) => new File(['x'.repeat(bytes)], 'a.mp3', { type: 'audio/mpeg' });
  const transcribe =
    (format: 'json' | 'text' | 'srt' | 'vtt' | 'verbose_json', bytes = 40_000) =>
    (gateway: Gateway) =>
      gateway.audio.transcriptions.create({ model: 'm', file: audio(bytes), response_format: format });

  it('costs its sound and its text, whatever the format', async () => {
    const plain = await charged(json({ text: SENTENCE }), transcribe('json'));
    // 40,000 bytes at 4,000 a second are 10 s, and the words take 12; of 32 tokens each.
    expect(plain.usage).toMatchObject({ inputAudioTokens: 384, outputTokens: 36 });
    expect(plain.usageSource).toBe('estimated');
    const asText = await charged(text(SENTENCE, 'text/plain'), transcribe('text'));
    expect(asText.usage?.inputAudioTokens).toBe(384);
    expect(asText.usage?.outputTokens).toBe(36);
  });

  it('is as long as its answer says: in cues, segments, its head or its usage', async () => {
    const srt = '1\n00:00:00,000 --> 00:00:02,000\none\n\n2\n00:01:00,000 --> 00:01:30,500\ntwo\n';
    const vtt = 'WEBVTT\n\n00:00.000 --> 01:30.500\none\n';
    expect((await charged(text(srt, 'text/plain'), transcribe('srt'))).usage?.inputAudioTokens).toBe(90.5 * 32);
    expect((await charged(text(vtt, 'text/vtt'), transcribe('vtt'))).usage?.inputAudioTokens).toBe(90.5 * 32);
    for (const told of [
      { duration: 90.5 },
      { duration: '90.5' },
      { segments: [{ end: 3 }, { end: 90.5 }] },
      { usage: { type: 'duration', seconds: 90.5 } },
    ]) {
      const { usage, usageSource } = await charged(json({ text: 'one', ...told }), transcribe('verbose_json'));
      expect([told, usage?.inputAudioTokens, usageSource]).toEqual([told, 90.5 * 32, 'estimated']);
    }
  });

  it('is not believed to last for ever by its words: no longer than its bytes may', async () => {
    const { usage } = await charged(text('word '.repeat(1_000), 'text/plain'), transcribe('text', 750));
    // At most a second of sound, and one of margin; beside it the bound on the text of the form.
    expect(usage?.inputTokens).toBeLessThan(64 + 100);
  });

  it('is charged as reported where it reports tokens', async () => {
    const usage = {
      type: 'tokens',
      input_tokens: 14,
      input_tokens_details: { audio_tokens: 14 },
      output_tokens: 45,
      total_tokens: 59,
    };
    expect(await charged(json({ text: SENTENCE, usage }), transcribe('json'))).toMatchObject({
      usage: { inputTokens: 14, outputTokens: 45 },
      usageSource: 'reported',
    });
  });

  it('in a stream is counted from its deltas, or from its end where there are none', async () => {
    const streamed = (...events: object[]) =>
      charged(
        async (exchange) => {
          await exchange.sseHead();
          await exchange.sse(...events);
          await exchange.lastChunk();
        },
        async (gateway) => {
          const stream = await gateway.audio.transcriptions.create({ model: 'm', file: audio(40_000), stream: true });
          for await (const _ of stream);
          return stream;
        },
      );
    const done = { type: 'transcript.text.done', text: SENTENCE };
    const deltas = SENTENCE.split(' ').map((word) => ({ type: 'transcript.text.delta', delta: `${word} ` }));
    for (const events of [[...deltas, done], [done]]) {
      const { usage, usageSource } = await streamed(...events);
      expect(usage?.outputTokens).toBeGreaterThanOrEqual(36);
      expect(usage?.outputTokens).toBeLessThanOrEqual(38);
      expect([usage?.inputAudioTokens, usageSource]).toEqual([384 + (events.length > 1 ? 4 : 0), 'estimated']);
    }
  });
});

describe('images without a usage', () => {
  const draw =
    (n = 1) =>
    (gateway: Gateway) =>
      gateway.images.generate({ model: 'm', prompt: 'a cat', n });

  it('cost what each that came may cost, and one at least', async () => {
    const image = { b64_json: 'QUJD' };
    for (const [data, images] of [
      [[image], 1],
      [[image, { url: 'https://images.example/a.png' }], 2],
      [[], 1],
    ] as const) {
      const { usage, usageSource } = await charged(json({ created: 1, data }), draw(2));
      expect(usage).toMatchObject({ outputTokens: images * 24_019, outputImageTokens: images * 24_019 });
      expect(usageSource).toBe('estimated');
    }
  });

  it.each([1, 3])('cost all %i that were asked for where their stream broke off after its first step', async (n) => {
    const { gateway, budget } = await stage({ budgets: [...budgets], prices: PRICES }, async (exchange) => {
      await exchange.sseHead();
      await exchange.sse(
        { type: 'image_generation.partial_image', partial_image_index: 0, b64_json: 'QUJD' },
        { type: 'image_generation.partial_image', partial_image_index: 1, b64_json: 'QUJD' },
      );
    });
    const stream = await gateway.images.generate({ model: 'm', prompt: 'a cat', n, partial_images: 3, stream: true });
    for await (const _ of stream) break;
    const { spent, reserved } = await budget();
    expect(routeOf(stream)?.usage).toMatchObject({ outputTokens: n * 24_019, outputImageTokens: n * 24_019 });
    expect([spent.tokens, reserved.tokens]).toEqual([n * 24_019 + (routeOf(stream)?.usage?.inputTokens ?? 0), 0]);
  });
});

describe('embeddings and moderations without a usage', () => {
  it('cost their input', async () => {
    const data = [{ object: 'embedding', index: 0, embedding: [0.5] }];
    const embedded = await charged(json({ object: 'list', data, model: 'm' }), (gateway) =>
      gateway.embeddings.create({ model: 'm', input: SENTENCE }),
    );
    expect(embedded).toMatchObject({ usage: { inputTokens: 40, outputTokens: 0 }, usageSource: 'estimated' });
    const judged = await charged(json({ id: 'modr-1', model: 'm', results: [{ flagged: false }] }), (gateway) =>
      gateway.moderations.create({ model: 'm', input: SENTENCE }),
    );
    expect(judged).toMatchObject({ usage: { inputTokens: 40, outputTokens: 0 }, usageSource: 'estimated' });
  });
});

describe('a chat answer without a usage', () => {
  const ask = (gateway: Gateway) => gateway.chat.completions.create({ model: 'm', messages });
  const LONG = 'x'.repeat(1_000);
  const toolCalls = [{ id: 'c', type: 'function', function: { name: 'f', arguments: LONG } }];

  it.each([
    ['text', { content: LONG }],
    ['a refusal', { content: null, refusal: LONG }],
    ['reasoning', { content: null, reasoning_content: LONG }],
    ['blocks of reasoning', { content: null, reasoning_details: [{ type: 'reasoning.text', text: LONG }] }],
    ['a tool call', { content: null, tool_calls: toolCalls }],
  ])('costs %s', async (_what, message) => {
    const choices = [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop' }];
    const { usage, usageSource } = await charged(json(completion('', { choices, usage: undefined })), ask);
    expect(usage?.outputTokens).toBeGreaterThanOrEqual(300);
    expect(usage?.outputTokens).toBeLessThanOrEqual(302);
    expect(usageSource).toBe('estimated');
  });

  it.each([
    ['text', [{ content: LONG }]],
    ['a refusal', [{ refusal: LONG }]],
    ['reasoning', [{ reasoning_content: LONG }]],
    ['blocks of reasoning', [{ reasoning_details: [{ type: 'reasoning.text', text: LONG }] }]],
    ['a tool call', [{ tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: LONG } }] }]],
  ])('in a stream costs %s', async (_what, deltas) => {
    const { usage, usageSource } = await charged(
      async (exchange) => {
        await exchange.sseHead();
        await exchange.sse(...deltas.map((delta) => chunk(delta)), chunk({}, 'stop'), '[DONE]');
        await exchange.lastChunk();
      },
      async (gateway) => {
        const stream = await gateway.chat.completions.create({ model: 'm', messages, stream: true });
        for await (const _ of stream);
        return stream;
      },
    );
    expect(usage?.outputTokens).toBeGreaterThanOrEqual(300);
    expect(usage?.outputTokens).toBeLessThanOrEqual(302);
    expect(usageSource).toBe('estimated');
  });

  it('costs its images and its speech, and its tokens of each kind apart', async () => {
    const message = {
      role: 'assistant',
      content: null,
      images: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${LONG}` } }],
      audio: { id: 'a', data: 'QUJD', transcript: SENTENCE },
    };
    const body = completion('', { choices: [{ index: 0, message, finish_reason: 'stop' }], usage: undefined });
    const { usage } = await charged(json(body), (gateway) =>
      gateway.chat.completions.create({ model: 'm', messages, max_completion_tokens: 30_000 }),
    );
    expect(usage).toMatchObject({ outputAudioTokens: 384, outputImageTokens: 24_019, outputTokens: 384 + 24_019 + 36 });
  });

  it('costs as many tokens as its text has bytes for, not characters', async () => {
    const { usage } = await charged(json(completion('漢'.repeat(100), { usage: undefined })), ask);
    expect(usage?.outputTokens).toBe(90);
  });

  it('costs no more than was asked for, unless so much text came that it can not be', async () => {
    const bounded = (bytes: number) =>
      charged(json(completion('x'.repeat(bytes), { usage: undefined })), (gateway) =>
        gateway.chat.completions.create({ model: 'm', messages, max_completion_tokens: 100 }),
      );
    expect((await bounded(800)).usage?.outputTokens).toBe(100);
    expect((await bounded(801)).usage?.outputTokens).toBe(241);
  });

  it('keeps the output that is reported without an input, and estimates the rest', async () => {
    const { gateway, budget } = await stage({ budgets: [...budgets] }, json({ ...RESPONSE, usage: { output_tokens: 700 } }));
    const answer = await gateway.responses.create({ model: 'm', input: 'hello' });
    expect(routeOf(answer)).toMatchObject({ usage: { inputTokens: 6, outputTokens: 700 }, usageSource: 'estimated' });
    expect((await budget()).spent.tokens).toBe(706);
  });
});

const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'm',
  output: [{ id: 'msg', type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'x'.repeat(1_000) }] }],
};

describe('a Responses answer without a usage', () => {
  const ask = (gateway: Gateway) => gateway.responses.create({ model: 'm', input: 'hello' });

  it('costs its texts, reasoning and calls', async () => {
    const output = [
      { id: 'rs', type: 'reasoning', summary: [{ type: 'summary_text', text: 'x'.repeat(500) }] },
      { id: 'fc', type: 'function_call', call_id: 'c', name: 'f', arguments: 'x'.repeat(499) },
    ];
    expect((await charged(json(RESPONSE), ask)).usage?.outputTokens).toBe(300);
    expect((await charged(json({ ...RESPONSE, output }), ask)).usage?.outputTokens).toBe(300);
  });

  it('costs an image as an image, not as its base64', async () => {
    const output = [{ id: 'ig', type: 'image_generation_call', status: 'completed', result: 'x'.repeat(1_000_000) }];
    const { usage } = await charged(json({ ...RESPONSE, output }), ask);
    expect(usage).toMatchObject({ outputTokens: 24_019, outputImageTokens: 24_019 });
  });

  it('in a stream costs its deltas, and sound by its length', async () => {
    const stream = (...events: object[]) =>
      charged(
        async (exchange) => {
          await exchange.sseHead();
          await exchange.sse(...events, { type: 'response.completed', response: { ...RESPONSE, output: [] } });
          await exchange.lastChunk();
        },
        async (gateway) => {
          const items = await gateway.responses.create({ model: 'm', input: 'hello', stream: true });
          for await (const _ of items);
          return items;
        },
      );
    const delta = 'x'.repeat(1_000);
    expect((await stream({ type: 'response.output_text.delta', delta })).usage?.outputTokens).toBe(300);
    expect((await stream({ type: 'response.reasoning_summary_text.delta', delta })).usage?.outputTokens).toBe(300);
    expect((await stream({ type: 'response.function_call_arguments.delta', delta })).usage?.outputTokens).toBe(300);
    const image = { type: 'response.output_item.added', output_index: 0, item: { type: 'image_generation_call' } };
    expect((await stream(image)).usage?.outputImageTokens).toBe(24_019);
    const spoken = await stream(
      { type: 'response.audio.delta', delta: 'QUJD'.repeat(1_000) },
      { type: 'response.audio.transcript.delta', delta: SENTENCE },
    );
    expect(spoken.usage).toMatchObject({ outputAudioTokens: 384, outputTokens: 384 + 36 });
  });
});

import fc from 'fast-check';
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream';
import { describe, expect, it } from 'vitest';
import { ResponseCache } from '../../src/cache/response-cache.ts';
import { testClock } from '../../src/testing/test-clock.ts';
import { callOf, chatAnswer, FACTS, keptOf, leadOf } from './calls.ts';

const streamed = (include_usage: boolean) =>
  callOf({
    stream: true,
    params: { model: 'fast', stream: true, stream_options: { include_usage }, messages: [{ role: 'user', content: 'hi' }] },
  });

const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt' };
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

function chunk(delta: object, finish_reason: string | null = null): object {
  return { ...head, choices: [{ index: 0, delta, finish_reason, logprobs: null }] };
}

/** What openai's own helper makes of a stream. */
async function accumulated(items: readonly unknown[]): Promise<unknown> {
  const lines = items.map((item) => `${JSON.stringify(item)}\n`);
  const body = new ReadableStream({
    start(controller) {
      for (const line of lines) controller.enqueue(new TextEncoder().encode(line));
      controller.close();
    },
  });
  const completion = await ChatCompletionStream.fromReadableStream(body).finalChatCompletion();
  return JSON.parse(JSON.stringify(completion));
}

async function cacheAfter(items: readonly unknown[]): Promise<ResponseCache> {
  const cache = new ResponseCache({ clock: testClock() });
  const lead = await leadOf(cache, streamed(false));
  const recorder = lead.record(undefined);
  for (const item of items) recorder.add(item);
  lead.rememberStream(recorder, FACTS);
  return cache;
}

const CALLS = [
  chunk({
    role: 'assistant',
    content: null,
    tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } }],
  }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '{"a":' } }] }),
  chunk({ tool_calls: [{ index: 1, id: 'call_2', type: 'function', function: { name: 'g', arguments: '{}' } }] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '1}' } }] }),
  chunk({}, 'tool_calls'),
  { ...head, choices: [], usage },
];

describe('a stream that was kept', () => {
  it('is the same to openai’s helper when it is replayed, with text, tools and usage', async () => {
    const kept = await keptOf(await cacheAfter(CALLS), streamed(true));
    const replayed = kept?.items() ?? [];
    expect(await accumulated(replayed)).toEqual(await accumulated(CALLS));
    expect(replayed.at(-1)).toMatchObject({ choices: [], usage });
  });

  it('shows its usage only if that was asked for', async () => {
    const kept = await keptOf(await cacheAfter(CALLS), streamed(false));
    expect(kept?.items().some((item) => (item as { choices: unknown[] }).choices.length === 0)).toBe(false);
  });

  it('is a whole answer to who asks for one', async () => {
    const kept = await keptOf(await cacheAfter(CALLS), callOf());
    const functions = [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }];
    expect(kept?.body()).toMatchObject({ object: 'chat.completion', usage, choices: [{ finish_reason: 'tool_calls' }] });
    const calls = [...functions, { id: 'call_2', type: 'function', function: { name: 'g', arguments: '{}' } }];
    expect(kept?.body()).toMatchObject({ choices: [{ message: { tool_calls: calls } }] });
  });

  it('gives the same text however it came in pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' })), async (pieces) => {
        const items = [
          chunk({ role: 'assistant', content: '' }),
          ...pieces.map((content) => chunk({ content })),
          chunk({}, 'stop'),
        ];
        const kept = await keptOf(await cacheAfter(items), callOf());
        expect(kept?.body()).toMatchObject({ choices: [{ message: { content: pieces.join('') } }] });
      }),
    );
  });

  it.each([
    ['has no finish', [chunk({ content: 'x' })]],
    ['was filtered', [chunk({ content: 'x' }), chunk({}, 'content_filter')]],
    ['has nothing', []],
  ])('is not one that %s', async (_what, items) => {
    expect(await keptOf(await cacheAfter(items), callOf())).toBeUndefined();
  });

  it('joins reasoning blocks by their index, and text completions', async () => {
    const details = (text: string) => chunk({ reasoning_details: [{ type: 'reasoning.text', index: 0, text }] });
    const items = [details('a'), details('b'), chunk({ content: 'x', reasoning_content: 'r' }), chunk({}, 'stop')];
    const kept = await keptOf(await cacheAfter(items), callOf());
    expect(kept?.body()).toMatchObject({
      choices: [{ message: { reasoning_content: 'r', reasoning_details: [{ type: 'reasoning.text', text: 'ab' }] } }],
    });
  });
});

describe('a whole answer that was kept', () => {
  it('is a stream to who asks for one', async () => {
    const cache = new ResponseCache({ clock: testClock() });
    (await leadOf(cache, callOf())).remember({ kind: 'object', body: chatAnswer('hello') }, FACTS);
    const kept = await keptOf(cache, streamed(true));
    const stream = kept?.stream();
    const items: unknown[] = [];
    for (let next = await stream?.next(); next && !next.done; next = await stream?.next()) items.push(next.value);
    expect(await accumulated(items)).toMatchObject({ choices: [{ message: { content: 'hello' }, finish_reason: 'stop' }] });
  });

  it('repeats of a response what its own caller said of itself, not what another did', async () => {
    const params = (user: string) => ({ model: 'fast', input: 'hi', metadata: { user } });
    const body = { id: 'resp_1', object: 'response', status: 'completed', output: [], metadata: { user: 'one' } };
    const cache = new ResponseCache({ clock: testClock() });
    (await leadOf(cache, callOf({ operation: 'responses', params: params('one') }))).remember({ kind: 'object', body }, FACTS);
    const kept = await keptOf(cache, callOf({ operation: 'responses', params: params('two') }));
    expect(kept?.body()).toEqual({ ...body, metadata: { user: 'two' } });
    expect(kept?.items().at(-1)).toMatchObject({ type: 'response.completed', response: { metadata: { user: 'two' } } });
  });

  it('is speech, byte for byte', async () => {
    const speech = { operation: 'audio.speech', params: { input: 'x', voice: 'alloy' } } as const;
    const cache = new ResponseCache({ clock: testClock() });
    const bytes = Uint8Array.from([0, 255, 1, 254]);
    (await leadOf(cache, callOf(speech))).remember({ kind: 'bytes', bytes, contentType: 'audio/mpeg' }, FACTS);
    const kept = await keptOf(cache, callOf(speech));
    expect([...(kept?.bytes() ?? [])]).toEqual([...bytes]);
    expect(kept?.contentType).toBe('audio/mpeg');
  });
});

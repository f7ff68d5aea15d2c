import type { OpenAI } from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { type Gateway, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventsOf, stage } from '../budgets/stage.ts';
import { bodyOf, messages, until } from '../public/harness.ts';
import { chunk, completion, usageChunk } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { answerEvents, upstreamOfAll } from './upstream-of-all.ts';

const Place = z.object({ city: z.string() });
interface CallOptions {
  readonly cache?: boolean | { refresh: boolean } | undefined;
}

type Client = Pick<Gateway, 'chat' | 'responses' | 'completions' | 'embeddings' | 'audio' | 'moderations' | 'images'>;
/** What a program makes of an answer. */
type Read = (client: Client) => Promise<unknown>;

const CHAT = { model: 'm', messages };
const RESPONSE = { model: 'm', input: 'hello' };
const TEXT = { model: 'm', prompt: 'hello' };

/** Ways to read an answer. Ways of one list ask the same: whichever comes first, the others find its answer. */
const WAYS: Readonly<Record<string, Readonly<Record<string, Read>>>> = {
  chat: {
    whole: ({ chat }) => chat.completions.create(CHAT),
    withResponse: async ({ chat }) => {
      const { data, response } = await chat.completions.create(CHAT).withResponse();
      expect(await response.json()).toEqual(data);
      return data;
    },
    streamed: async ({ chat }) => {
      const answer = await chat.completions.create({ ...CHAT, stream: true, stream_options: { include_usage: true } });
      return accumulate(answer);
    },
    '.stream()': async ({ chat }) => {
      const runner = chat.completions.stream({ ...CHAT, stream_options: { include_usage: true } });
      return runner.finalChatCompletion();
    },
  },
  responses: {
    whole: ({ responses }) => responses.create(RESPONSE),
    streamed: async ({ responses }) => {
      const answer = await responses.create({ ...RESPONSE, stream: true });
      const events = await list(answer);
      return (events.at(-1) as { response: object }).response;
    },
    '.stream()': async ({ responses }) => responses.stream(RESPONSE).finalResponse(),
  },
  completions: {
    whole: ({ completions }) => completions.create(TEXT),
    streamed: async ({ completions }) => {
      const answer = await completions.create({ ...TEXT, stream: true, stream_options: { include_usage: true } });
      const chunks = await list(answer);
      const text = chunks.map(({ choices }) => choices[0]?.text ?? '').join('');
      const finish = chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? []);
      return { id: chunks[0]?.id, content: text, finish, usage: chunks.at(-1)?.usage };
    },
  },
  speech: {
    'as bytes': async ({ audio }) => {
      const answer = await audio.speech.create({ model: 'm', voice: 'alloy', input: 'hello' });
      return [answer.headers.get('content-type'), Buffer.from(await answer.arrayBuffer()).toString('hex')];
    },
    'as a stream of bytes': async ({ audio }) => {
      const answer = await audio.speech.create({ model: 'm', voice: 'alloy', input: 'hello' });
      const pieces: Uint8Array[] = [];
      for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>) pieces.push(piece);
      return [answer.headers.get('content-type'), Buffer.concat(pieces).toString('hex')];
    },
  },
  embeddings: {
    'as numbers': ({ embeddings: own }) => own.create({ model: 'm', input: 'hello' }),
  },
  moderations: { whole: async ({ moderations }) => moderations.create({ model: 'm', input: 'hello' }) },
  images: { 'as base64': async ({ images }) => images.generate({ model: 'm', prompt: 'hello' }) },
};

async function list<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function accumulate(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<unknown> {
  const chunks = await list(stream);
  const content = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
  const finish = chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? []);
  return { id: chunks[0]?.id, content, finish, usage: chunks.at(-1)?.usage };
}

/** The answer in one form: what a reader is told, without the form that it was read in. */
function told(read: unknown): unknown {
  const { id, choices, content, finish, usage, output, status } = read as Record<string, never>;
  if (output !== undefined) return { id, output: withoutParsed(output), usage, status };
  if (choices === undefined && content === undefined) return read;
  const [choice] = (choices ?? []) as { message?: { content: string }; text?: string; finish_reason: string }[];
  const text = choice === undefined ? content : (choice.message?.content ?? choice.text);
  return { id, text, finish: choice?.finish_reason ?? finish?.[0], usage };
}

/** OpenAI's helpers add what they read of a text. */
function withoutParsed(output: unknown): unknown {
  return JSON.parse(JSON.stringify(output, (name, value: unknown) => (name === 'parsed' ? undefined : value)));
}

const PAIRS = Object.entries(WAYS).flatMap(([operation, ways]) =>
  Object.entries(ways).flatMap(([one, first]) =>
    Object.entries(ways).map(([other, second]) => [operation, one, other, first, second] as const),
  ),
);

describe('an answer that was kept', () => {
  it.each(PAIRS)('of %s, read %s, is the same when it is read %s', async (_operation, _one, _other, first, second) => {
    const { gateway, sent } = await stage({ cache: { ttl: '1h' } }, upstreamOfAll());
    const ends = eventsOf(gateway, 'request.end');
    const client = gateway.for({ team: 'search' });
    const fresh = told(await first(client));
    expect(told(await second(client))).toEqual(fresh);
    expect(sent()).toHaveLength(1);
    await until(() => ends.length === 2);
    expect(ends.map(({ cache, outcome, attempts }) => [cache, outcome, attempts])).toEqual([
      ['miss', 'success', 1],
      ['hit', 'success', 0],
    ]);
    expect(ends[1]).toMatchObject({ costUsd: 0, finishReason: ends[0]?.finishReason });
  });

  it('bears its mark where the fresh one has its own', async () => {
    const { gateway } = await stage({ cache: { ttl: '1h' } }, upstreamOfAll());
    const client = gateway.for({ team: 'search' });
    const speak = () => client.audio.speech.create({ model: 'm', voice: 'alloy', input: 'hello' });
    const calls = [
      () => client.responses.create(RESPONSE),
      () => client.responses.create({ ...RESPONSE, stream: true }),
      () => client.embeddings.create({ model: 'm', input: 'hello' }),
      speak,
    ];
    const marks: unknown[] = [];
    for (const call of calls) {
      const answer = await call();
      marks.push(routeOf(answer)?.cache?.hit);
      if (answer instanceof Response) await answer.arrayBuffer();
      else if (Symbol.asyncIterator in answer) await list(answer);
    }
    expect(marks).toEqual([false, true, false, false]);
    expect((await speak()).headers.get('x-tollgate-cache')).toBe('hit');
  });
});

describe('OpenAI’s helpers over an answer that was kept', () => {
  const chat = { ...CHAT, response_format: zodResponseFormat(Place, 'place') };
  const response = { ...RESPONSE, text: { format: zodTextFormat(Place, 'place') } };

  it.each<[string, Read]>([
    ['chat.parse', async (client) => (await client.chat.completions.parse(chat)).choices[0]?.message.parsed],
    [
      'chat.stream',
      async (client) => (await client.chat.completions.stream(chat).finalChatCompletion()).choices[0]?.message.parsed,
    ],
    ['responses.parse', async (client) => (await client.responses.parse(response)).output_parsed],
    ['responses.stream', async (client) => (await client.responses.stream(response).finalResponse()).output_parsed],
  ])('%s gives what the answer says', async (_name, parse) => {
    const { gateway, sent } = await stage({ cache: { ttl: '1h' } }, upstreamOfAll());
    const client = gateway.for({ team: 'search' });
    expect([await parse(client), await parse(client)]).toEqual([{ city: 'Oslo' }, { city: 'Oslo' }]);
    expect(sent()).toHaveLength(1);
  });

  it.each<[string, (client: Client, options: CallOptions) => Promise<unknown>]>([
    ['chat.parse', (client, options) => client.chat.completions.parse(chat, options)],
    ['chat.stream', (client, options) => client.chat.completions.stream(chat, options).finalMessage()],
    ['chat.runTools', (client, options) => client.chat.completions.runTools({ ...CHAT, tools: [] }, options).finalContent()],
    ['responses.parse', (client, options) => client.responses.parse(response, options)],
    ['responses.stream', (client, options) => client.responses.stream(response, options).finalResponse()],
    ['embeddings', (client, options) => client.embeddings.create({ model: 'm', input: 'hello' }, options)],
    [
      'speech',
      async (client, options) =>
        (await client.audio.speech.create({ model: 'm', voice: 'alloy', input: 'x' }, options)).arrayBuffer(),
    ],
  ])('%s takes the option', async (_name, call) => {
    const { gateway, sent } = await stage({ cache: { ttl: '1h' } }, upstreamOfAll());
    const client = gateway.for({ team: 'search' });
    for (const cache of [false, true, { refresh: true }, undefined, false]) await call(client, { cache });
    expect(sent()).toHaveLength(4);
  });

  it.each([false, true])('runTools runs the tools and gets to the same end (stream: %s)', async (stream) => {
    const { gateway, sent } = await stage({ cache: { ttl: '1h' } }, callingTools);
    const { completions } = gateway.for({ team: 'search' }).chat;
    const looked: string[] = [];
    const look = {
      type: 'function',
      function: { name: 'look', parameters: {}, function: (at: string) => String(looked.push(at) > 0) },
    } as const;
    const run = () => completions.runTools({ ...CHAT, stream: stream as never, tools: [look] as never }).finalContent();
    expect([await run(), await run()]).toEqual(['seen', 'seen']);
    expect(looked).toEqual(['{"at":"sea"}', '{"at":"sea"}']);
    expect(sent()).toHaveLength(2);
  });
});

/** Calls a tool first, then answers. */
function callingTools(exchange: FaultExchange): Promise<void> {
  const { messages: turns, stream } = bodyOf(exchange) as { messages: unknown[]; stream?: boolean };
  const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":"sea"}' } };
  const isFirst = turns.length === 1;
  if (stream) {
    const delta = isFirst ? { role: 'assistant', tool_calls: [{ index: 0, ...call }] } : { role: 'assistant', content: 'seen' };
    return answerEvents(exchange, [chunk(delta), chunk({}, isFirst ? 'tool_calls' : 'stop'), usageChunk(), '[DONE]']);
  }
  const message = { role: 'assistant', content: null, refusal: null, tool_calls: [call] };
  const choices = [{ index: 0, message, finish_reason: 'tool_calls', logprobs: null }];
  return exchange.answer(200, isFirst ? completion('', { choices }) : completion('seen'));
}

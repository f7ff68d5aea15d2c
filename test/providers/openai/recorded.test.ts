import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatChunk, ChatCompletion } from '../../../src/core/chat.ts';
import type { Operation } from '../../../src/core/operation.ts';
import type { Params } from '../../../src/core/params.ts';
import { type Exchange, exchangeIndex, type IndexEntry, readExchange, responseBytes } from '../../support/fixtures.ts';
import { recordedChunks, saidInChunks, saidWhole } from './recording.ts';
import { bodyOf, contextOf, providerAt, requestOf, transport, Upstream } from './replay.ts';
import { schemaProblems } from './schema.ts';

// Recorded provider to vendor type, where the names differ.
const VENDOR_TYPES: Readonly<Record<string, string>> = { google: 'google-openai', 'vercel-gateway': 'vercel' };
const OTHER_WIRES = new Set(['anthropic', 'vertex', 'bedrock', 'cohere']);
const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['chat.completions', 'chat'],
  ['embeddings', 'embeddings'],
  ['responses', 'responses'],
  ['completions', 'completions'],
]);

const recordings = exchangeIndex().filter(({ provider, endpoint }) => !OTHER_WIRES.has(provider) && OPERATIONS.has(endpoint));
const chats = recordings.filter((entry) => entry.endpoint === 'chat.completions' && entry.status === 200);
const failures = recordings.filter((entry) => entry.status !== 200);

const upstream = new Upstream();
let origin = '';
beforeAll(async () => {
  origin = await upstream.listen();
});
afterAll(async () => {
  await transport.close(true);
  await upstream.close();
});

async function replay(entry: IndexEntry, exchange: Exchange, pieces: readonly (string | Uint8Array)[]): Promise<unknown> {
  const { status, headers } = exchange.response;
  upstream.answer({
    status,
    headers: { ...headers, 'content-type': entry.stream ? 'text/event-stream' : 'application/json' },
    pieces,
  });
  const provider = providerAt(origin, VENDOR_TYPES[entry.provider] ?? entry.provider);
  const operation = OPERATIONS.get(entry.endpoint) ?? 'chat';
  const params = (exchange.request?.body ?? { model: entry.model, messages: [{ role: 'user', content: 'hello' }] }) as Params;
  const reply = await provider.send(
    requestOf(operation, params, { upstreamModel: entry.model, stream: entry.stream }),
    contextOf('key'),
  );
  return bodyOf(reply);
}

// xAI's and Google's answers are the only ones whose completion grows by what their total counts.
const GROWN_COMPLETIONS = new Set(['xai', 'google']);

// The error comes in the middle of this stream.
const isBroken = (entry: IndexEntry) => entry.file.includes('tool-use-failed-error-streaming');

// Snowflake leaves the finish reason empty, which means the end of the text.
const expectedFinish = (word: string) => (word === '' ? 'stop' : word);

describe('whole recorded answers', () => {
  it.each(chats.filter((entry) => !entry.stream))('$file comes out as recorded and meets the schema', async (entry) => {
    const exchange = readExchange(entry.file);
    const answer = (await replay(entry, exchange, [responseBytes(exchange)])) as ChatCompletion;
    expect(schemaProblems('CreateChatCompletionResponse', answer)).toEqual([]);
    const expected = saidWhole(exchange.response.body);
    expected.finishes = expected.finishes.map(expectedFinish);
    expect(saidWhole(answer)).toEqual(expected);
    for (const choice of answer.choices) expect(choice).toHaveProperty('native_finish_reason');
    for (const call of answer.choices.flatMap((choice) => choice.message.tool_calls ?? [])) expect(call.id).not.toBe('');
    if (answer.usage === undefined) return;
    const { prompt_tokens, completion_tokens, total_tokens } = answer.usage;
    expect(prompt_tokens + completion_tokens).toBe(total_tokens);
    if (!GROWN_COMPLETIONS.has(entry.provider)) {
      expect(completion_tokens).toBe((exchange.response.body as ChatCompletion).usage?.completion_tokens);
    }
  });
});

describe('recorded streams', () => {
  const streams = chats.filter((entry) => entry.stream && !isBroken(entry));

  it.each(streams)('$file comes out as recorded, chunk by chunk in the schema', async (entry) => {
    const exchange = readExchange(entry.file);
    const chunks = (await replay(entry, exchange, [responseBytes(exchange)])) as ChatChunk[];
    for (const chunk of chunks) expect(schemaProblems('CreateChatCompletionStreamResponse', chunk)).toEqual([]);
    expect(saidInChunks(chunks)).toEqual(saidInChunks(recordedChunks(exchange)));
    expectOneShape(chunks);
  });

  it.each(streams)('$file is the same however its bytes are cut', async (entry) => {
    const exchange = readExchange(entry.file);
    const bytes = responseBytes(exchange);
    const whole = await replay(entry, exchange, [bytes]);
    const cut = await replay(entry, exchange, cutAtRandom(bytes, entry.file.length * 7919));
    expect(withoutMintedTime(cut)).toEqual(withoutMintedTime(whole));
  });

  it('an error event inside a stream is thrown with its own status', async () => {
    const entry = recordings.find(isBroken) as IndexEntry;
    const exchange = readExchange(entry.file);
    const failure = await replay(entry, exchange, [responseBytes(exchange)]).catch((error: unknown) =>
      providerAt(origin, 'groq').classify(error),
    );
    expect(failure).toMatchObject({ kind: 'request-invalid', code: 'tool_use_failed', status: 400 });
  });
});

/** One id, model and time; the role once; one finish for each choice; usage once, last and alone. */
function expectOneShape(chunks: readonly ChatChunk[]): void {
  for (const field of ['id', 'created', 'model'] as const) expect(new Set(chunks.map((chunk) => chunk[field])).size).toBe(1);
  const choices = chunks.flatMap((chunk) => chunk.choices);
  const indexes = new Set(choices.map((choice) => choice.index));
  expect(choices.filter((choice) => choice.delta.role === 'assistant')).toHaveLength(indexes.size);
  expect(choices.filter((choice) => choice.finish_reason !== null)).toHaveLength(indexes.size);
  const withUsage = chunks.filter((chunk) => chunk.usage);
  expect(withUsage.length).toBeLessThanOrEqual(1);
  if (withUsage.length === 0) return;
  expect(withUsage[0]).toBe(chunks.at(-1));
  expect(withUsage[0]?.choices).toEqual([]);
}

function withoutMintedTime(items: unknown): unknown {
  return (items as ChatChunk[]).map(({ created, ...chunk }) => chunk);
}

function cutAtRandom(bytes: Uint8Array, seed: number): Uint8Array[] {
  let state = seed;
  const pieces: Uint8Array[] = [];
  for (let position = 0; position < bytes.length; ) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const length = 1 + (state % 900);
    pieces.push(bytes.subarray(position, position + length));
    position += length;
  }
  return pieces;
}

describe('other recorded answers', () => {
  it('passes a Responses answer on as it is', async () => {
    const entry = recordings.find((candidate) => candidate.endpoint === 'responses' && candidate.status === 200) as IndexEntry;
    const exchange = readExchange(entry.file);
    expect(await replay(entry, exchange, [responseBytes(exchange)])).toEqual(exchange.response.body);
  });

  it('streams a legacy completion to its finish', async () => {
    const entry = recordings.find((candidate) => candidate.endpoint === 'completions') as IndexEntry;
    const exchange = readExchange(entry.file);
    const chunks = (await replay(entry, exchange, [responseBytes(exchange)])) as {
      choices: { text: string; finish_reason: unknown }[];
    }[];
    const recorded = recordedChunks(exchange) as typeof chunks;
    expect(chunks.map((chunk) => chunk.choices[0]?.text)).toEqual(recorded.map((chunk) => chunk.choices[0]?.text));
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('length');
  });

  it.each(recordings.filter((entry) => entry.endpoint === 'embeddings' && entry.status === 200))(
    '$file gives vectors in the encoding that was asked for',
    async (entry) => {
      const exchange = readExchange(entry.file);
      const asked = (exchange.request?.body as { encoding_format?: string } | undefined)?.encoding_format;
      const answer = (await replay(entry, exchange, [responseBytes(exchange)])) as { data: { embedding: unknown }[] };
      const recorded = exchange.response.body as { data: unknown[] };
      expect(answer.data).toHaveLength(recorded.data.length);
      for (const { embedding } of answer.data) expect(typeof embedding).toBe(asked === 'base64' ? 'string' : 'object');
      if (asked !== 'base64' && entry.provider !== 'together')
        expect(schemaProblems('CreateEmbeddingResponse', answer)).toEqual([]);
    },
  );
});

describe('recorded errors', () => {
  const KINDS: Readonly<Record<string, string>> = {
    'deepseek/401': 'credential-rejected',
    'groq/404': 'model-unavailable',
    'groq/400': 'request-invalid',
    'openai/401': 'credential-rejected',
    'openai/404': 'model-unavailable',
    'openrouter/401': 'credential-rejected',
    'perplexity/400': 'context-too-long',
    'voyage/400': 'model-unavailable',
    'xai/400': 'credential-rejected',
  };

  it.each(failures)('$file is classified by what the vendor says', async (entry) => {
    const exchange = readExchange(entry.file);
    const provider = providerAt(origin, VENDOR_TYPES[entry.provider] ?? entry.provider);
    const failure = await replay(entry, exchange, [responseBytes(exchange)]).catch((error: unknown) => provider.classify(error));
    const kind =
      entry.file.includes('model-name-suggestion') || entry.file.includes('error-content-mode0')
        ? 'model-unavailable'
        : undefined;
    expect(failure).toMatchObject({
      kind: kind ?? KINDS[`${entry.provider}/${entry.status}`] ?? 'request-invalid',
      status: entry.status,
      reachedProvider: true,
    });
    expect((failure as { code: string }).code).not.toBe('');
    expect((failure as { message: string }).message).not.toMatch(/^upstream answered/);
  });
});

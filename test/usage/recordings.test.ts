import { Gateway, routeOf } from 'tollgate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withToolUses } from '../../src/core/tool-uses.ts';
import { reportedFromOpenAi, type Usage } from '../../src/core/usage.ts';
import { sseData } from '../recorded/native/server-sent-events.ts';
import { operationOf, providerConfig } from '../recorded/wires.ts';
import { recordedBytes } from '../support/event-frames.ts';
import { type Exchange, exchangeIndex, type IndexEntry, readExchange } from '../support/fixtures.ts';
import { ReplayServer } from '../support/replay-server.ts';
import { expectConsistent } from './consistent.ts';

const entries = exchangeIndex().filter(
  ({ endpoint, status, file }) => operationOf(endpoint) !== undefined && status === 200 && !breaks(readExchange(file)),
);

function breaks(exchange: Exchange): boolean {
  return /"error":\s*\{|:exception-type/.test(recordedBytes(exchange).toString('latin1'));
}

const server = new ReplayServer();
const models = new Map<string, string>();
let gateway: Gateway;

beforeAll(async () => {
  await server.listen();
  const providers: Record<string, Record<string, unknown>> = {};
  for (const [position, { file, provider, model }] of entries.entries()) {
    const exchange = readExchange(file);
    const name = `${provider}-${position}`;
    providers[name] = providerConfig(exchange, server.add(exchange).root);
    models.set(file, `${name}/${model ?? MODELS[provider] ?? 'model'}`);
  }
  gateway = new Gateway({ providers, retry: { attemptsPerDeployment: 1, maxAttempts: 1 } } as never);
});

afterAll(async () => {
  await gateway.close({ deadlineMs: 0 });
  await server.close();
});

// A recording may name no model; any of the wire's will do.
const MODELS: Readonly<Record<string, string>> = {
  bedrock: 'anthropic.claude-sonnet-4-6',
  cohere: 'command-a-03-2025',
  google: 'gemini-2.5-flash',
};

/** Usage that the caller saw, and the thing that has the route. */
async function ask({ file, endpoint, stream }: IndexEntry): Promise<{ answer: object; usage: unknown }> {
  const model = models.get(file);
  const options = { stream, stream_options: { include_usage: true } };
  const operation = operationOf(endpoint);
  if (operation === 'embeddings') return whole(await gateway.embeddings.create({ model, input: 'hello' } as never));
  if (operation === 'responses') return whole(await gateway.responses.create({ model, input: 'hello' } as never));
  const created: unknown =
    operation === 'completions'
      ? await gateway.completions.create({ model, prompt: 'hello', ...(stream && options) } as never)
      : await gateway.chat.completions.create({
          model,
          messages: [{ role: 'user', content: 'hello' }],
          ...(stream && options),
        } as never);
  if (!stream) return whole(created as object);
  let usage: unknown;
  for await (const chunk of created as AsyncIterable<{ usage?: unknown }>) usage = chunk.usage ?? usage;
  return { answer: created as object, usage };
}

function whole(answer: object): { answer: object; usage: unknown } {
  return { answer, usage: (answer as { usage?: unknown }).usage };
}

const NAMES = {
  inputTokens: ['prompt_tokens', 'input_tokens', 'promptTokenCount', 'inputTokens'],
  outputTokens: ['completion_tokens', 'output_tokens', 'candidatesTokenCount', 'outputTokens'],
  cachedInputTokens: [
    'cached_tokens',
    'num_cached_tokens',
    'prompt_cache_hit_tokens',
    'cachedContentTokenCount',
    'cache_read_input_tokens',
    'cacheReadInputTokens',
  ],
  cacheWriteTokens: ['cache_write_tokens', 'cache_creation_input_tokens', 'cacheWriteInputTokens'],
  reasoningTokens: ['reasoning_tokens', 'thoughtsTokenCount', 'thinking_tokens'],
} as const;

/** The most that a recording says anywhere of each count. */
function recordedCounts(exchange: Exchange): Record<keyof typeof NAMES, number> {
  const most = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      for (const count of Object.keys(NAMES) as (keyof typeof NAMES)[]) {
        if (typeof inner === 'number' && (NAMES[count] as readonly string[]).includes(name))
          most[count] = Math.max(most[count], inner);
      }
      look(inner);
    }
  };
  const { body, sse, events, eventstream_base64: frames } = exchange.response;
  look([body, sse && sseData(sse), events, frames && JSON.parse(`[${usageIn(Buffer.from(frames, 'base64'))}]`)]);
  return most;
}

/** The usage inside the frames of AWS's event stream. */
function usageIn(bytes: Buffer): string {
  return /"usage":(\{.*?\})[,}]/.exec(bytes.toString('latin1'))?.[1] ?? '';
}

describe('the usage of a recorded exchange', () => {
  it.each(entries)('$file', async (entry) => {
    const exchange = readExchange(entry.file);
    const { answer, usage } = await ask(entry);
    const route = routeOf(answer);
    const read = reportedFromOpenAi(usage);
    const recorded = recordedCounts(exchange);
    if (read === undefined) {
      expect(recorded.inputTokens + recorded.outputTokens).toBe(0);
      return;
    }
    expectConsistent(read);
    expect(read).toMatchObject({ cachedInputTokens: Math.min(recorded.cachedInputTokens, read.inputTokens) });
    for (const name of ['inputTokens', 'outputTokens', 'cacheWriteTokens', 'reasoningTokens'] as const) {
      expect(read[name], name).toBeGreaterThanOrEqual(recorded[name]);
    }
    if (route?.usageSource === 'reported') expect(defined(route.usage)).toEqual(defined(withToolUses(read, { usage })));
  });

  it('is there for all but those that have none', () => {
    expect(entries.length).toBeGreaterThan(40);
  });
});

function defined(usage: Usage | undefined): object {
  return JSON.parse(JSON.stringify(usage ?? {}));
}

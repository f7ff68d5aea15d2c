import { type Gateway, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { failureOf, messages } from '../public/harness.ts';
import { chunk, completion, usageChunk } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { stage } from './stage.ts';

const NOTHING = { requests: 0, tokens: 0, usd: 0 };
const price = { input: 1, output: 2, cacheRead: 0.1 };

/** What a model of a wire is charged for a call over real sockets; $1 in, $2 out and $0.1 from the cache, per million. */
async function chargedBy(
  provider: (origin: string) => Record<string, unknown>,
  script: (exchange: FaultExchange) => unknown,
  call: (gateway: Gateway) => Promise<unknown>,
) {
  const { server } = await stage({}, script);
  const { gateway, budget } = await stage({
    providers: { p: provider(server.origin) },
    models: { m: [{ provider: 'p', model: 'm', price }] },
    prices: {},
    budgets: [{ name: 'b', limit: { requests: 10, tokens: 10_000_000, usd: 100 }, window: 'month' }],
    retry: { maxAttempts: 1 },
    clock: undefined,
  } as never);
  await call(gateway);
  return budget();
}

const openAi = (origin: string) => ({ type: 'openai-compatible', apiKey: 'k', baseURL: `${origin}/v1` });
const gemini = (origin: string) => ({ type: 'google', apiKey: 'k', baseURL: origin });
const anthropic = (origin: string) => ({ type: 'anthropic', apiKey: 'k', baseURL: origin });

const params = { model: 'm', messages, max_completion_tokens: 50_000 };

/** Reads until the first text, and leaves. */
async function leave(gateway: Gateway): Promise<void> {
  for await (const { choices } of await gateway.chat.completions.create({ ...params, stream: true })) {
    if (choices[0]?.delta.content) break;
  }
}

async function readAll(gateway: Gateway): Promise<void> {
  const error = await failureOf(
    (async () => {
      for await (const _ of await gateway.chat.completions.create({ ...params, stream: true }));
    })(),
  );
  expect(error).toBeInstanceOf(Error);
}

const streaming =
  (...events: unknown[]) =>
  async (exchange: FaultExchange) => {
    await exchange.sseHead();
    await exchange.sse(...events);
  };

describe('a reader that leaves pays what its provider had reported', () => {
  it('of Gemini, the thinking in each chunk', async () => {
    const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 2, thoughtsTokenCount: 8_000, totalTokenCount: 8_012 };
    const candidates = [{ content: { role: 'model', parts: [{ text: 'hm' }] } }];
    const { spent, reserved } = await chargedBy(gemini, streaming({ candidates, usageMetadata }), leave);
    expect([spent, reserved]).toEqual([{ requests: 1, tokens: 8_012, usd: 0.016_014 }, NOTHING]);
  });

  it('of Gemini without a count of the prompt, which is estimated', async () => {
    const usageMetadata = { candidatesTokenCount: 2, thoughtsTokenCount: 8_000 };
    const candidates = [{ content: { role: 'model', parts: [{ text: 'hm' }] } }];
    const { spent, reserved } = await chargedBy(gemini, streaming({ candidates, usageMetadata }), leave);
    expect([spent, reserved]).toEqual([{ requests: 1, tokens: 8_008, usd: 0.016_01 }, NOTHING]);
  });

  it('of Anthropic, the cache at its own rate', async () => {
    const usage = { input_tokens: 10, cache_read_input_tokens: 100_000, cache_creation_input_tokens: 0, output_tokens: 1 };
    const message = { id: 'msg', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, usage };
    const { spent, reserved } = await chargedBy(
      anthropic,
      streaming(
        { type: 'message_start', message },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hm' } },
      ),
      leave,
    );
    expect([spent, reserved]).toEqual([{ requests: 1, tokens: 100_011, usd: 0.010_012 }, NOTHING]);
  });

  it('of a vendor of OpenAI’s wire, the usage in each chunk', async () => {
    const said = { ...chunk({ role: 'assistant', content: 'hm' }), usage: usageChunk(10, 700).usage };
    const { spent, reserved } = await chargedBy(openAi, streaming(said), leave);
    expect([spent, reserved]).toEqual([{ requests: 1, tokens: 710, usd: 0.001_41 }, NOTHING]);
  });

  it('of text completions too', async () => {
    const { usage } = usageChunk(10, 700);
    const said = { id: 'c', object: 'text_completion', choices: [{ index: 0, text: 'hm', finish_reason: null }], usage };
    const { spent, reserved } = await chargedBy(openAi, streaming(said), async (gateway) => {
      for await (const _ of await gateway.completions.create({ model: 'm', prompt: 'hello', max_tokens: 900, stream: true }))
        break;
    });
    expect([spent, reserved]).toEqual([{ requests: 1, tokens: 710, usd: 0.001_41 }, NOTHING]);
  });
});

describe('a failure that reports usage is charged', () => {
  const usage = { prompt_tokens: 10, completion_tokens: 700, total_tokens: 710 };
  const SPENT = { requests: 1, tokens: 710, usd: 0.001_41 };
  const failed = {
    id: 'resp_1',
    object: 'response',
    status: 'failed',
    model: 'm',
    output: [],
    error: { code: 'server_error', message: 'broke' },
    usage: { input_tokens: 10, output_tokens: 700, total_tokens: 710 },
  };
  const respond = (stream: boolean) => async (gateway: Gateway) => {
    const error = await failureOf(
      (async () => {
        const answer = await gateway.responses.create({ model: 'm', input: 'hello', max_output_tokens: 900, stream });
        if (stream) for await (const _ of answer as AsyncIterable<unknown>);
      })(),
    );
    expect(error).toBeInstanceOf(Error);
  };
  const answering = (body: object) => (exchange: FaultExchange) => exchange.answer(200, body);
  const whole = async (gateway: Gateway) => void (await failureOf(gateway.chat.completions.create(params)));

  it.each([
    [
      'an error chunk after content',
      streaming(chunk({ content: 'hm' }), { error: { message: 'busy', code: 502 }, usage }),
      readAll,
    ],
    ['an error chunk before content', streaming({ error: { message: 'busy', code: 502 }, usage }), readAll],
    [
      '`response.failed` after content',
      streaming(
        { type: 'response.output_text.delta', output_index: 0, delta: 'hm' },
        { type: 'response.failed', response: failed },
      ),
      respond(true),
    ],
    ['`response.failed` before content', streaming({ type: 'response.failed', response: failed }), respond(true)],
    ['a whole response that failed', answering(failed), respond(false)],
    ['an answer without choices', answering(completion('', { choices: [], usage })), whole],
    ['an error beside a usage', answering({ error: { message: 'broke' }, usage }), whole],
  ])('%s', async (_what, script, call) => {
    const { spent, reserved } = await chargedBy(openAi, script, call);
    expect([spent, reserved]).toEqual([SPENT, NOTHING]);
  });
});

it('a bridged Responses stream that is left pays what its chat wire had reported', async () => {
  const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 2, thoughtsTokenCount: 8_000, totalTokenCount: 8_012 };
  const candidates = [{ content: { role: 'model', parts: [{ text: 'hm' }] } }];
  let route: unknown;
  const { spent } = await chargedBy(gemini, streaming({ candidates, usageMetadata }), async (gateway) => {
    const stream = await gateway.responses.create({ model: 'm', input: 'hello', max_output_tokens: 50_000, stream: true });
    for await (const { type } of stream) if (type === 'response.output_text.delta') break;
    route = routeOf(stream);
  });
  expect(route).toMatchObject({ usageSource: 'reported' });
  expect(spent).toEqual({ requests: 1, tokens: 8_012, usd: 0.016_014 });
});

import { describe, expect, it } from 'vitest';
import type { ChatParams } from '../../../src/core/chat.ts';
import { cohereProvider } from '../../../src/providers/cohere/provider.ts';
import { exchangeIndex, readExchange } from '../../support/fixtures.ts';
import { chunksOf, completionOf, cutsFor, expectSchema, joined, recordedBytes, replaying, upstream } from '../bedrock/support.ts';
import { normalised, toOpenAi } from './native-to-openai.ts';

const recordings = exchangeIndex().filter(({ provider }) => provider === 'cohere');
const chats = recordings.filter(({ endpoint, status }) => endpoint === 'chat' && status === 200);
const plain: ChatParams = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
const FINISHES: Record<string, string> = { COMPLETE: 'stop', TOOL_CALL: 'tool_calls' };

interface NativeUsage {
  tokens: { input_tokens: number; output_tokens: number; image_tokens?: number; reasoning_tokens?: number };
  cached_tokens?: number;
}

function expectUsage(actual: unknown, { tokens, cached_tokens: cached }: NativeUsage): void {
  const prompt = tokens.input_tokens + (tokens.image_tokens ?? 0);
  expect(actual).toMatchObject({
    prompt_tokens: prompt,
    completion_tokens: tokens.output_tokens,
    total_tokens: prompt + tokens.output_tokens,
    prompt_tokens_details: { cached_tokens: cached ?? 0 },
    completion_tokens_details: { reasoning_tokens: tokens.reasoning_tokens ?? 0 },
  });
}

it('has recordings to judge by', () => {
  expect(chats.length).toBeGreaterThan(0);
});

describe.each(chats.filter(({ stream }) => !stream))('the recorded answer $file', ({ file, model }) => {
  it('comes out as OpenAI has it', async () => {
    const exchange = readExchange(file);
    const native = exchange.response.body as {
      id: string;
      finish_reason: string;
      message: {
        content?: { type: string; text?: string; thinking?: string }[];
        tool_plan?: string;
        tool_calls?: { id: string; function: { name: string; arguments: string } }[];
      };
      usage: NativeUsage;
    };
    const cohere = await upstream(cohereProvider, replaying(exchange));
    const reply = completionOf(await cohere.send({ upstreamModel: model, params: { ...plain } }));
    expectSchema('CreateChatCompletionResponse', reply);
    const [choice] = reply.choices;
    const { content = [], tool_plan: toolPlan, tool_calls: calls = [] } = native.message;
    expect(reply.id).toBe(native.id);
    expect(choice?.message.content).toBe(toolPlan ?? content.map(({ text }) => text ?? '').join(''));
    expect(choice?.message.reasoning_content ?? '').toBe(content.map(({ thinking }) => thinking ?? '').join(''));
    expect(choice?.message.tool_calls ?? []).toEqual(
      calls.map(({ id, function: called }) => ({ id, type: 'function', function: called })),
    );
    expect(choice?.finish_reason).toBe(FINISHES[native.finish_reason]);
    expect(choice?.native_finish_reason).toBe(native.finish_reason);
    expectUsage(reply.usage, native.usage);
  });
});

describe.each(chats.filter(({ stream }) => stream))('the recorded stream $file', ({ file, model }) => {
  const exchange = readExchange(file);
  const data = (exchange.response.sse ?? [])
    .flatMap((event) => event.match(/^data: (\{.*)$/m)?.[1] ?? [])
    .map((json) => JSON.parse(json));

  it('comes out as OpenAI has it, wherever the bytes are cut', async () => {
    const read = async (cuts: readonly number[]) => {
      const cohere = await upstream(cohereProvider, replaying(exchange, cuts));
      return chunksOf(await cohere.send({ upstreamModel: model ?? 'command-a-03-2025', params: { ...plain }, stream: true }));
    };
    const chunks = await read([]);
    for (const chunk of chunks) expectSchema('CreateChatCompletionStreamResponse', chunk);
    const whole = joined(chunks);
    const texts = data.map(({ delta }) => delta?.message?.tool_plan ?? delta?.message?.content?.text ?? '');
    expect(whole.content).toBe(texts.join(''));
    const starts = data.filter(({ type }) => type === 'tool-call-start');
    expect(whole.calls.map(({ id, name }) => [id, name])).toEqual(
      starts.map(({ delta }) => [delta.message.tool_calls.id, delta.message.tool_calls.function.name]),
    );
    for (const call of whole.calls) expect(JSON.parse(call.arguments)).toBeTypeOf('object');
    const end = data.find(({ type }) => type === 'message-end');
    expect(whole.finishes).toMatchObject([{ finish_reason: FINISHES[end.delta.finish_reason] }]);
    expectUsage(whole.usage, end.delta.usage);
    const created = chunks[0]?.created;
    for (const seed of [1, 2, 3]) {
      const again = await read(cutsFor(seed, recordedBytes(exchange).length, 40));
      expect(again.map((chunk) => ({ ...chunk, created }))).toEqual(chunks);
    }
  });
});

it('tells the recorded overflow of the context', async () => {
  const file = 'cohere/chat.real-error-scenarios-cohere-command-a-03-2025-handles-context-length-e.0.9b4dde.json';
  const cohere = await upstream(cohereProvider, replaying(readExchange(file)));
  const error = await cohere.send({ params: { ...plain } }).catch((thrown: unknown) => thrown);
  expect(cohere.provider.classify(error)).toMatchObject({ kind: 'context-too-long', code: 'TOO_MANY_TOKENS', status: 400 });
});

describe.each(recordings.filter(({ endpoint }) => endpoint === 'embed'))('the recorded embedding $file', ({ file }) => {
  it('is asked for and read', async () => {
    const exchange = readExchange(file);
    const { texts, input_type: inputType, model, truncate } = (exchange.request?.body ?? {}) as Record<string, string>;
    const params = { model: 'm', input: texts, input_type: inputType, truncate };
    const cohere = await upstream(cohereProvider, replaying(exchange));
    const reply = completionOf(await cohere.send({ operation: 'embeddings', upstreamModel: model, params }));
    const asked = exchange.request?.body as Record<string, unknown>;
    expect(cohere.sent()).toEqual(Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== null)));
    expectSchema('CreateEmbeddingResponse', reply);
    const native = exchange.response.body as {
      embeddings: { float: number[][] };
      meta: { billed_units: { input_tokens: number } };
    };
    const { data, usage } = reply as unknown as { data: { embedding: number[] }[]; usage: unknown };
    expect(data.map(({ embedding }) => embedding)).toEqual(native.embeddings.float);
    const tokens = native.meta.billed_units.input_tokens;
    expect(usage).toEqual({ prompt_tokens: tokens, total_tokens: tokens });
  });
});

describe.each(chats.filter(({ has_request: hasRequest }) => hasRequest))(
  'the recorded request of $file',
  ({ file, model, stream }) => {
    it('is what the same OpenAI params become', async () => {
      const exchange = readExchange(file);
      const body = exchange.request?.body as Record<string, unknown>;
      const cohere = await upstream(cohereProvider, replaying(exchange));
      await cohere.send({ upstreamModel: model, params: toOpenAi(body), stream });
      expect(normalised(cohere.sent())).toEqual(normalised(body));
      expect(cohere.server.requests[0]?.path).toBe('/v2/chat');
      expect(cohere.server.requests[0]?.headers.get('authorization')).toBe('Bearer test-key-0123456789');
    });
  },
);

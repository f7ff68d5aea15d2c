import { describe, expect, it } from 'vitest';
import type { ChatParams } from '../../../src/core/chat.ts';
import type { FailureKind } from '../../../src/core/failure.ts';
import { bedrockProvider } from '../../../src/providers/bedrock/provider.ts';
import { exchangeIndex, readExchange } from '../../support/fixtures.ts';
import { normalised, toOpenAi } from './native-to-openai.ts';
import { chunksOf, completionOf, cutsFor, expectSchema, joined, recordedBytes, replaying, upstream } from './support.ts';

const recordings = exchangeIndex().filter(({ provider, endpoint }) => provider === 'bedrock' && endpoint.startsWith('converse'));
const answered = recordings.filter(({ status }) => status === 200);
const plain: ChatParams = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

interface NativeBlock {
  text?: string;
  toolUse?: { toolUseId: string; name: string; input: unknown };
  reasoningContent?: { reasoningText: { text: string; signature?: string } };
  citationsContent?: { content: { text: string }[] };
}

const FINISHES: Record<string, string> = {
  end_turn: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  guardrail_intervened: 'content_filter',
};

it('has recordings to judge by', () => {
  expect(answered.length).toBeGreaterThan(0);
});

describe.each(answered.filter(({ stream }) => !stream))('the recorded answer $file', ({ file, model }) => {
  const exchange = readExchange(file);
  const native = exchange.response.body as {
    output: { message: { content: NativeBlock[] } };
    stopReason: string;
    usage: Record<string, number>;
  };

  it('comes out as OpenAI has it', async () => {
    const bedrock = await upstream(bedrockProvider, replaying(exchange));
    const reply = completionOf(await bedrock.send({ upstreamModel: model ?? 'amazon.nova-pro-v1:0', params: { ...plain } }));
    expectSchema('CreateChatCompletionResponse', reply);
    const [choice] = reply.choices;
    const blocks = native.output.message.content;
    const text = blocks
      .map((block) => block.text ?? block.citationsContent?.content.map((part) => part.text).join('') ?? '')
      .join('');
    expect(choice?.message.content).toBe(text === '' ? null : text);
    expect(choice?.finish_reason).toBe(FINISHES[native.stopReason]);
    expect(choice?.native_finish_reason).toBe(native.stopReason);
    const calls = blocks.flatMap(({ toolUse }) => (toolUse ? [toolUse] : []));
    expect(
      (choice?.message.tool_calls ?? []).map(({ id, function: { name, arguments: json } }) => [id, name, JSON.parse(json)]),
    ).toEqual(calls.map(({ toolUseId, name, input }) => [toolUseId, name, input]));
    const thoughts = blocks.flatMap(({ reasoningContent }) => (reasoningContent ? [reasoningContent.reasoningText] : []));
    expect(choice?.message.reasoning_content ?? '').toBe(thoughts.map((thought) => thought.text).join(''));
    expect((choice?.message.reasoning_details ?? []).map((detail) => detail.signature ?? undefined)).toEqual(
      thoughts.map((thought) => thought.signature),
    );
    expect(reply.usage?.total_tokens).toBe(native.usage.totalTokens);
    expect(reply.usage?.completion_tokens).toBe(native.usage.outputTokens);
    expect(reply.usage?.prompt_tokens_details).toEqual({
      cached_tokens: native.usage.cacheReadInputTokens ?? 0,
      cache_write_tokens: native.usage.cacheWriteInputTokens ?? 0,
    });
  });
});

describe.each(answered.filter(({ stream }) => stream))('the recorded stream $file', ({ file, model }) => {
  const exchange = readExchange(file);
  const length = recordedBytes(exchange).length;
  const read = async (cuts: readonly number[]) => {
    const bedrock = await upstream(bedrockProvider, replaying(exchange, cuts));
    return chunksOf(
      await bedrock.send({ upstreamModel: model ?? 'us.anthropic.claude-sonnet-4-6', params: { ...plain }, stream: true }),
    );
  };

  it('comes out as OpenAI has it, wherever the bytes are cut', async () => {
    const chunks = await read([]);
    for (const chunk of chunks) expectSchema('CreateChatCompletionStreamResponse', chunk);
    const whole = joined(chunks);
    expect(whole.finishes).toHaveLength(1);
    expect(whole.content + whole.reasoning + whole.calls.map(({ name }) => name).join('')).not.toBe('');
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    for (const call of whole.calls) expect(JSON.parse(call.arguments)).toBeTypeOf('object');
    expect(whole.details.some(({ signature }) => signature)).toBe(exchange.tags.includes('res:signature'));
    expect(whole.usage === undefined).toBe(exchange.tags.includes('usage:absent'));
    const created = chunks[0]?.created;
    for (const seed of [1, 2, 3]) {
      const again = await read(cutsFor(seed, length, 40));
      expect(again.map((chunk) => ({ ...chunk, created }))).toEqual(chunks);
    }
  });
});

describe('what recorded streams say', () => {
  it('keeps text, calls and usage of parallel calls', async () => {
    const file = 'bedrock/converse-stream.converse-stream-with-content-tool-call.0.0b1fd3.json';
    const bedrock = await upstream(bedrockProvider, replaying(readExchange(file)));
    const chunks = await chunksOf(
      await bedrock.send({ upstreamModel: 'amazon.nova-micro-v1:0', params: { ...plain }, stream: true }),
    );
    const { calls, finishes, usage, content } = joined(chunks);
    expect(calls.map(({ name, arguments: json }) => [name, JSON.parse(json)])).toEqual([
      ['get_current_weather', { location: 'Seattle' }],
      ['get_current_weather', { location: 'San Francisco' }],
    ]);
    expect(content).toContain('<thinking>');
    expect(finishes[0]).toMatchObject({ finish_reason: 'tool_calls', native_finish_reason: 'tool_use' });
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
  });

  it('makes the JSON tool’s input the content, and the other calls calls', async () => {
    const tools = [{ type: 'function', function: { name: 'get-weather' } }];
    const params = { ...plain, tools, response_format: { type: 'json_object' } };
    for (const stream of [false, true]) {
      const name = stream
        ? 'converse-stream.amazon-bedrock-json-with-tool-1.0.80ab62'
        : 'converse.amazon-bedrock-json-with-tool-1.0.495c18';
      const bedrock = await upstream(bedrockProvider, replaying(readExchange(`bedrock/${name}.json`)));
      const reply = await bedrock.send({ upstreamModel: 'us.anthropic.claude-sonnet-4-6', params, stream });
      const whole = stream ? joined(await chunksOf(reply)) : undefined;
      const message = whole ?? completionOf(reply).choices[0]?.message;
      expect(JSON.parse(message?.content ?? '')).toEqual({ result: 'data' });
      const calls =
        whole?.calls.map((call) => call.name) ??
        completionOf(reply).choices[0]?.message.tool_calls?.map((call) => call.function.name);
      expect(calls).toEqual(['get-weather']);
    }
  });
});

const ERRORS: Record<string, FailureKind> = {
  'converse.bedrock-error': 'model-unavailable',
  'converse-stream.should-handle-streaming-api-errors-gracefully': 'model-unavailable',
  'converse.real-error-scenarios': 'context-too-long',
  'converse.multimodal-tool-return-matrix': 'request-invalid',
};

describe.each(recordings.filter(({ status }) => status !== 200))('the recorded error $file', ({ file, model, status }) => {
  it('is told by its kind', async () => {
    const exchange = readExchange(file);
    const bedrock = await upstream(bedrockProvider, replaying(exchange));
    const streams = file.includes('converse-stream');
    const error = await bedrock
      .send({ upstreamModel: model, params: { ...plain }, stream: streams })
      .catch((thrown: unknown) => thrown);
    const failure = bedrock.provider.classify(error);
    const expected = Object.entries(ERRORS).find(([prefix]) => file.startsWith(`bedrock/${prefix}`));
    expect(failure).toMatchObject({ kind: expected?.[1], status, reachedProvider: true });
    expect(failure.message).toBe((exchange.response.body as { message: string }).message);
    expect(failure.code).not.toBe('');
  });
});

// What only this translation does: a document's file name loses nothing here, reasoning_config is the caller's own field.
const expressible = answered
  .filter(({ has_request: hasRequest }) => hasRequest)
  .map(({ file, model, stream }) => ({ file, model, stream, exchange: readExchange(file) }))
  .flatMap((entry) => {
    const body = entry.exchange.request?.body as Record<string, unknown>;
    const params = toOpenAi(body);
    return params ? [{ ...entry, body, params }] : [];
  });

it('expresses all recorded requests but two at most in OpenAI’s terms', () => {
  const withRequest = answered.filter(({ has_request: hasRequest }) => hasRequest);
  expect(withRequest.length - expressible.length).toBeLessThanOrEqual(2);
});

describe.each(expressible)('the recorded request of $file', ({ exchange, model, stream, body, params }) => {
  it('is what the same OpenAI params become', async () => {
    const bedrock = await upstream(bedrockProvider, replaying(exchange));
    await bedrock.send({ upstreamModel: model, params, stream });
    expect(normalised(bedrock.sent())).toEqual(normalised(body));
    const path = exchange.request?.path ?? '';
    expect(bedrock.server.requests[0]?.path).toBe(path.replace(/(?<=\/model\/[^/]*):/, '%3A'));
    expect(bedrock.server.requests[0]?.headers.get('authorization')).toBe('Bearer test-key-0123456789');
  });
});

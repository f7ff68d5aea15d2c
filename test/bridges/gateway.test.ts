import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import type { ResponseInput, ResponseInputItem, ResponseOutputItem, Tool } from 'openai/resources/responses/responses';
import { type GatewayConfig, routeOf, StreamInterruptedError, UnsupportedOperationError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { schemaProblems } from '../providers/openai/schema.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { exchangeIndex, readExchange } from '../support/fixtures.ts';
import { anthropicUpstream, events, message, replay, stream } from './support.ts';

const model = 'anthropic/claude-sonnet-4-5';
const Place = zodTextFormat(z.object({ city: z.string() }), 'place');
const look: Tool = { type: 'function', name: 'look', parameters: { type: 'object', properties: {} }, strict: false };

const thinking = [
  { type: 'thinking', thinking: '', signature: '' },
  { type: 'thinking_delta', thinking: 'hm' },
  { type: 'signature_delta', signature: 'c2lnbmVk' },
] as const;
const lookCall = [
  { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} },
  { type: 'input_json_delta', partial_json: '{"at":"sea"}' },
] as const;
const words = (...texts: string[]) =>
  [{ type: 'text', text: '' }, ...texts.map((text) => ({ type: 'text_delta', text }))] as [{ type: 'text'; text: string }];

/** Two providers, tried in order, each at a path of its own. */
function inOrder(first: 'anthropic' | 'openai'): (origin: string) => GatewayConfig {
  return (origin) => ({
    providers: {
      first: { type: first, apiKey: 'a', baseURL: `${origin}/first` },
      second: { type: 'anthropic', apiKey: 'b', baseURL: `${origin}/second` },
    },
    models: { fast: ['first/claude-sonnet-4-5', 'second/claude-sonnet-4-5'] },
  });
}

const isFirst = ({ request }: FaultExchange) => request.path.startsWith('/first');

describe('responses.create', () => {
  it('is answered by a provider that has chat only', async () => {
    const { gateway, server, sent } = await anthropicUpstream((exchange) =>
      exchange.answer(200, message([{ type: 'text', text: 'hi' }])),
    );
    const response = await gateway.responses.create({ model, instructions: 'Be brief.', input: 'hello', max_output_tokens: 100 });
    expect(response.output_text).toBe('hi');
    expect(schemaProblems('Response', response)).toEqual([]);
    expect(response).toMatchObject({
      status: 'completed',
      model: 'claude-sonnet-4-5',
      usage: { input_tokens: 124, output_tokens: 9, total_tokens: 133 },
    });
    expect(server.requests.map(({ path }) => path)).toEqual(['/v1/messages']);
    expect(sent()).toEqual({
      model: 'claude-sonnet-4-5',
      max_tokens: 100,
      system: [{ type: 'text', text: 'Be brief.' }],
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }],
    });
    expect(routeOf(response)).toMatchObject({
      deployment: model,
      usage: { inputTokens: 124, outputTokens: 9, cachedInputTokens: 100, cacheWriteTokens: 4 },
      usageSource: 'reported',
    });
  });

  it('goes on from its own output, with the thinking as it was signed', async () => {
    const answers = [
      message(
        [
          { type: 'thinking', thinking: 'hm', signature: 'c2lnbmVk' },
          { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 'sea' } },
        ],
        { stop_reason: 'tool_use' },
      ),
      message([{ type: 'text', text: 'A ship.' }]),
    ];
    const { gateway, sent } = await anthropicUpstream((exchange) => exchange.answer(200, answers[exchange.index]));
    const input: ResponseInput = [{ role: 'user', content: 'What is there?' }];
    const ask = {
      model,
      tools: [look],
      reasoning: { effort: 'low' as const },
      include: ['reasoning.encrypted_content' as const],
    };
    const first = await gateway.responses.create({ ...ask, input });
    const call = first.output.find((item) => item.type === 'function_call');
    input.push(...(first.output as ResponseInputItem[]), {
      type: 'function_call_output',
      call_id: `${call?.call_id}`,
      output: 'a ship',
    });
    const second = await gateway.responses.create({ ...ask, input });
    expect(second.output_text).toBe('A ship.');
    expect(sent().messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'What is there?' }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: 'c2lnbmVk' },
          { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 'sea' } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'a ship' }] }] },
    ]);
  });

  it('names what no candidate can do, and sends nothing', async () => {
    const { gateway, server } = await anthropicUpstream((exchange) => exchange.answer(200, message([])));
    const refused = async (params: object) =>
      gateway.responses.create({ model, input: 'hello', ...params }).catch((reason: unknown) => reason);
    const error = await refused({ previous_response_id: 'resp_1' });
    expect(error).toBeInstanceOf(UnsupportedOperationError);
    expect(error).toMatchObject({ status: 400, code: 'unsupported_operation', param: 'previous_response_id' });
    expect(await refused({ tools: [{ type: 'web_search' }] })).toMatchObject({ param: 'tools' });
    expect(await refused({ top_p: 0.5, temperature: 0.5, reasoning: { effort: 'high' } })).toMatchObject({
      code: 'unsupported_operation',
    });
    expect(server.requests).toEqual([]);
  });

  it('passes over a candidate whose chat cannot express it', async () => {
    const native = {
      id: 'resp_n',
      object: 'response',
      status: 'completed',
      output: [],
      usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
    };
    const { gateway, server } = await anthropicUpstream(
      (exchange) => exchange.answer(200, native),
      (origin) => ({
        providers: {
          anthropic: { apiKey: 'a', baseURL: `${origin}/bridged` },
          openai: { apiKey: 'b', baseURL: `${origin}/native/v1` },
        },
        models: { fast: ['anthropic/claude-sonnet-4-5', 'openai/gpt-5-mini'] },
      }),
    );
    const response = await gateway.responses.create({ model: 'fast', input: 'hello', previous_response_id: 'resp_0' });
    expect(response.id).toBe('resp_n');
    expect(server.requests.map(({ path }) => path)).toEqual(['/native/v1/responses']);
  });

  it('fails over from a native deployment to a bridged one', async () => {
    const { gateway } = await anthropicUpstream(
      (exchange) =>
        isFirst(exchange)
          ? exchange.answer(503, { error: { message: 'down' } })
          : exchange.answer(200, message([{ type: 'text', text: 'hi' }])),
      inOrder('openai'),
    );
    const response = await gateway.responses.create({ model: 'fast', input: 'hello' });
    expect(response.output_text).toBe('hi');
    expect(routeOf(response)?.attempts.map(({ failure }) => failure?.kind)).toEqual(['overloaded', undefined]);
  });

  it('keeps the class, status and code of what the provider refused', async () => {
    const body = { type: 'error', error: { type: 'invalid_request_error', message: 'no such thing' } };
    const { gateway } = await anthropicUpstream((exchange) => exchange.answer(400, body));
    const error = await gateway.responses.create({ model, input: 'hello' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ status: 400, attempts: [{ failure: { kind: 'request-invalid' } }] });
  });
});

describe('responses.parse', () => {
  it('parses the text by the schema that the provider was given', async () => {
    const { gateway, sent } = await anthropicUpstream((exchange) =>
      exchange.answer(200, message([{ type: 'text', text: '{"city":"Oslo"}' }])),
    );
    const response = await gateway.responses.parse({ model, input: 'Where?', text: { format: Place } });
    expect(response.output_parsed).toEqual({ city: 'Oslo' });
    expect(sent().output_config).toMatchObject({ format: { type: 'json_schema', schema: { required: ['city'] } } });
  });
});

describe('responses.stream', () => {
  it('is put together by OpenAI’s helper: reasoning, text and calls', async () => {
    const { gateway } = await anthropicUpstream((exchange) =>
      stream(exchange, events([thinking, words('{"city":', '"Oslo"}'), lookCall], 'tool_use')),
    );
    const running = gateway.responses.stream({ model, input: 'Where?', tools: [look], text: { format: Place } });
    const deltas: string[] = [];
    running.on('response.output_text.delta', ({ delta, snapshot }) => deltas.push(delta, snapshot));
    const seen: unknown[] = [];
    for await (const event of running) seen.push(event);
    const response = await running.finalResponse();
    expect(deltas).toEqual(['{"city":', '{"city":', '"Oslo"}', '{"city":"Oslo"}']);
    expect(seen.flatMap((event) => schemaProblems('ResponseStreamEvent', event))).toEqual([]);
    expect(response.output_parsed).toEqual({ city: 'Oslo' });
    expect(response.output.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call']);
    expect(response.output.at(-1)).toMatchObject({
      call_id: 'toolu_1',
      name: 'look',
      arguments: '{"at":"sea"}',
      status: 'completed',
    });
    expect(response).toMatchObject({ status: 'completed', usage: { input_tokens: 20, output_tokens: 9 } });
  });

  it('is incomplete where the output limit cut it off', async () => {
    const { gateway } = await anthropicUpstream((exchange) => stream(exchange, events([words('hi')], 'max_tokens')));
    const response = await gateway.responses.stream({ model, input: 'hello', max_output_tokens: 16 }).finalResponse();
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output_text: 'hi',
    });
  });

  it('goes on from a streamed answer, with the thinking as it was signed', async () => {
    const { gateway, sent } = await anthropicUpstream((exchange) =>
      stream(exchange, exchange.index === 0 ? events([thinking, lookCall], 'tool_use') : events([words('A ship.')])),
    );
    const ask = { model, tools: [look], reasoning: { effort: 'low' as const } };
    const first = await gateway.responses.stream({ ...ask, input: 'What is there?' }).finalResponse();
    const history = first.output as ResponseOutputItem[] as ResponseInputItem[];
    const output = { type: 'function_call_output' as const, call_id: 'toolu_1', output: 'a ship' };
    await gateway.responses
      .stream({ ...ask, input: [{ role: 'user', content: 'What is there?' }, ...history, output] })
      .finalResponse();
    expect((sent().messages as unknown[])[1]).toEqual({
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'hm', signature: 'c2lnbmVk' },
        { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 'sea' } },
      ],
    });
  });
});

describe('a bridged stream', () => {
  const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'busy' } };

  it('fails over invisibly before its first content', async () => {
    const whole = events([words('hi')]);
    const { gateway } = await anthropicUpstream(
      (exchange) => stream(exchange, isFirst(exchange) ? [whole[0], { type: 'ping' }, overloaded] : whole),
      inOrder('anthropic'),
    );
    const running = await gateway.responses.create({ model: 'fast', input: 'hello', stream: true });
    const types: string[] = [];
    for await (const event of running) types.push(event.type);
    expect(types.slice(0, 3)).toEqual(['response.created', 'response.in_progress', 'response.output_item.added']);
    expect(types.filter((type) => type === 'response.created')).toHaveLength(1);
    expect(types.at(-1)).toBe('response.completed');
    expect(routeOf(running)).toMatchObject({
      deployment: 'second/claude-sonnet-4-5',
      // The first attempt had told 20 and 1 before it failed.
      usage: { inputTokens: 40, outputTokens: 10 },
      usageSource: 'reported',
    });
  });

  it('is interrupted after it, with what was received', async () => {
    const [start, ...rest] = events([thinking, words('hi', ' there')]);
    const { gateway } = await anthropicUpstream((exchange) => stream(exchange, [start, ...rest.slice(0, -4), overloaded]));
    const running = await gateway.responses.create({ model, input: 'hello', stream: true });
    const read = async () => {
      for await (const _ of running);
    };
    const error = await read().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StreamInterruptedError);
    expect(error).toMatchObject({ partial: { text: 'hi', reasoning: 'hm' } });
  });

  it('closes the upstream when the reader stops', async () => {
    let closed: Promise<void> | undefined;
    const { gateway } = await anthropicUpstream(async (exchange) => {
      closed = exchange.closed;
      await exchange.sseHead();
      await exchange.sse(...events([words('hi')]).slice(0, 3));
    });
    const running = await gateway.responses.create({ model, input: 'hello', stream: true });
    for await (const event of running) if (event.type === 'response.output_text.delta') break;
    await closed;
    expect(routeOf(running)).toMatchObject({ usage: { inputTokens: 20, outputTokens: 1 }, usageSource: 'reported' });
  });

  it('goes over HTTP as named events', async () => {
    const { gateway } = await anthropicUpstream((exchange) => stream(exchange, events([words('hi')])));
    const client = new OpenAI(gateway.clientOptions());
    const response = await client.responses.stream({ model, input: 'hello' }).finalResponse();
    expect(response.output_text).toBe('hi');
    const body = JSON.stringify({ model, input: 'hello', stream: true });
    const raw = await gateway
      .for({ user: 'u' })
      .clientOptions()
      .fetch('http://gateway.test/v1/responses', { method: 'POST', body });
    const lines = (await raw.text()).split('\n');
    expect(lines[0]).toBe('event: response.created');
    expect(lines).toContain('event: response.output_text.delta');
  });
});

const recordings = exchangeIndex().filter(({ file, status }) => file.startsWith('anthropic/messages.') && status === 200);

describe('recorded answers of Anthropic', () => {
  it.each(recordings.map(({ file }) => file))('%s becomes a response of OpenAI’s schema', async (file) => {
    const recorded = readExchange(file);
    const { gateway } = await anthropicUpstream((exchange) => replay(exchange, recorded));
    if (!recorded.stream) {
      expect(schemaProblems('Response', await gateway.responses.create({ model, input: 'hello' }))).toEqual([]);
      return;
    }
    const running = gateway.responses.stream({ model, input: 'hello' });
    const problems: string[] = [];
    running.on('event', (event) => problems.push(...schemaProblems('ResponseStreamEvent', event)));
    const response = await running.finalResponse();
    expect(problems).toEqual([]);
    expect(response.output.length).toBeGreaterThan(0);
  });
});

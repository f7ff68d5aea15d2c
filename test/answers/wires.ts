import { frame } from '../support/event-frames.ts';
import type { FaultExchange } from '../support/fault-server.ts';

/** Usage of 10 tokens in and 5 out, as each wire tells it. */
const OPENAI_USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const HEAD = { id: 'a1', created: 1, model: 'model' };

const ARGUMENTS = ['{"city":', '"Oslo"}'];

/** One event of an upstream: the name of its kind on wires that have names beside the data, and the data. */
export interface UpstreamEvent {
  readonly name: string | undefined;
  readonly data: unknown;
}

/** A wire as an upstream speaks it: a text and one tool call, then the end; the last `marker` events only say that it is over. */
export interface StreamWire {
  readonly type: string;
  readonly model: string;
  readonly operation: 'chat' | 'completions' | 'responses';
  readonly events: readonly UpstreamEvent[];
  readonly markers: number;
}

const named = (data: { type: string }): UpstreamEvent => ({ name: data.type, data });
const plain = (data: unknown): UpstreamEvent => ({ name: undefined, data });
const DONE = plain('[DONE]');

function chunk(delta: object, finish_reason: string | null = null, rest: object = {}): UpstreamEvent {
  return plain({ ...HEAD, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }], ...rest });
}

const CHAT: StreamWire = {
  type: 'openai-compatible',
  model: 'any-model',
  operation: 'chat',
  markers: 1,
  events: [
    chunk({ role: 'assistant', content: '' }),
    chunk({ reasoning_content: 'so ' }),
    chunk({ content: 'Let me ' }),
    chunk({ content: 'see.' }),
    chunk({ tool_calls: [{ index: 0, id: 'call_a', type: 'function', function: { name: 'look', arguments: '' } }] }),
    ...ARGUMENTS.map((text) => chunk({ tool_calls: [{ index: 0, function: { arguments: text } }] })),
    chunk({}, 'tool_calls'),
    plain({ ...HEAD, object: 'chat.completion.chunk', choices: [], usage: OPENAI_USAGE }),
    DONE,
  ],
};

const text = (piece: string, finish_reason: string | null = null) =>
  plain({ ...HEAD, object: 'text_completion', choices: [{ index: 0, text: piece, logprobs: null, finish_reason }] });

const COMPLETIONS: StreamWire = {
  type: 'openai',
  model: 'gpt-3.5-turbo-instruct',
  operation: 'completions',
  markers: 1,
  events: [
    text('Let me '),
    text('see.'),
    text('', 'stop'),
    plain({ ...HEAD, object: 'text_completion', choices: [], usage: OPENAI_USAGE }),
    DONE,
  ],
};

const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed' };
const CALL = { id: 'fc_1', type: 'function_call', call_id: 'call_a', name: 'look', status: 'completed' };
const PART = { type: 'output_text', text: 'Let me see.', annotations: [] };
const RESPONSE = { id: 'resp_1', object: 'response', created_at: 1, model: 'gpt-5', status: 'in_progress', output: [] };

const RESPONSES: StreamWire = {
  type: 'openai',
  model: 'gpt-5',
  operation: 'responses',
  markers: 0,
  events: [
    { type: 'response.created', response: RESPONSE },
    { type: 'response.output_item.added', output_index: 0, item: { ...MESSAGE, status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', output_index: 0, item_id: 'msg_1', content_index: 0, part: { ...PART, text: '' } },
    {
      type: 'response.output_text.delta',
      output_index: 0,
      item_id: 'msg_1',
      content_index: 0,
      delta: 'Let me see.',
      logprobs: [],
    },
    { type: 'response.output_text.done', output_index: 0, item_id: 'msg_1', content_index: 0, text: 'Let me see.', logprobs: [] },
    { type: 'response.content_part.done', output_index: 0, item_id: 'msg_1', content_index: 0, part: PART },
    { type: 'response.output_item.done', output_index: 0, item: { ...MESSAGE, content: [PART] } },
    { type: 'response.output_item.added', output_index: 1, item: { ...CALL, status: 'in_progress', arguments: '' } },
    { type: 'response.function_call_arguments.delta', output_index: 1, item_id: 'fc_1', delta: ARGUMENTS.join('') },
    {
      type: 'response.function_call_arguments.done',
      output_index: 1,
      item_id: 'fc_1',
      name: 'look',
      arguments: ARGUMENTS.join(''),
    },
    { type: 'response.output_item.done', output_index: 1, item: { ...CALL, arguments: ARGUMENTS.join('') } },
    {
      type: 'response.completed',
      response: {
        ...RESPONSE,
        status: 'completed',
        output: [
          { ...MESSAGE, content: [PART] },
          { ...CALL, arguments: ARGUMENTS.join('') },
        ],
        usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
      },
    },
  ].map((event, sequence_number): UpstreamEvent => ({ name: event.type, data: { ...event, sequence_number } })),
};

const ANTHROPIC: StreamWire = {
  type: 'anthropic',
  model: 'claude-sonnet-4-5',
  operation: 'chat',
  markers: 1,
  events: [
    { type: 'message_start', message: { id: 'm1', model: 'claude', content: [], usage: { input_tokens: 10, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Let me ' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'see.' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id: 'call_a', name: 'look', input: {} } },
    ...ARGUMENTS.map((json) => ({
      type: 'content_block_delta',
      index: 1,
      delta: { type: 'input_json_delta', partial_json: json },
    })),
    { type: 'content_block_stop', index: 1 },
    { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ].map(named),
};

const gemini = (parts: object[], finishReason?: string, usageMetadata?: object) =>
  plain({ responseId: 'g1', candidates: [{ index: 0, content: { role: 'model', parts }, finishReason }], usageMetadata });

const GOOGLE: StreamWire = {
  type: 'google',
  model: 'gemini-3-flash-preview',
  operation: 'chat',
  markers: 0,
  events: [
    gemini([{ text: 'so ', thought: true }]),
    gemini([{ text: 'Let me ' }]),
    gemini([{ text: 'see.' }]),
    gemini([{ functionCall: { id: 'call_a', name: 'look', args: { city: 'Oslo' } } }]),
    gemini([], 'STOP', { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 }),
  ],
};

const BEDROCK: StreamWire = {
  type: 'bedrock',
  model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  operation: 'chat',
  markers: 0,
  events: Object.entries({
    messageStart: [{ role: 'assistant' }],
    contentBlockDelta: [
      { contentBlockIndex: 0, delta: { text: 'Let me ' } },
      { contentBlockIndex: 0, delta: { text: 'see.' } },
    ],
    contentBlockStop: [{ contentBlockIndex: 0 }],
    contentBlockStart: [{ contentBlockIndex: 1, start: { toolUse: { toolUseId: 'call_a', name: 'look' } } }],
  })
    .flatMap(([name, payloads]) => payloads.map((data): UpstreamEvent => ({ name, data })))
    .concat([
      ...ARGUMENTS.map((input) => ({
        name: 'contentBlockDelta',
        data: { contentBlockIndex: 1, delta: { toolUse: { input } } },
      })),
      { name: 'contentBlockStop', data: { contentBlockIndex: 1 } },
      { name: 'messageStop', data: { stopReason: 'tool_use' } },
      { name: 'metadata', data: { usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 } } },
    ]),
};

const COHERE: StreamWire = {
  type: 'cohere',
  model: 'command-a-plus-05-2026',
  operation: 'chat',
  markers: 1,
  events: [
    ...[
      { type: 'message-start', id: 'c1' },
      { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Let me ' } } } },
      { type: 'content-delta', index: 0, delta: { message: { content: { text: 'see.' } } } },
      {
        type: 'tool-call-start',
        index: 0,
        delta: { message: { tool_calls: { id: 'call_a', type: 'function', function: { name: 'look', arguments: '' } } } },
      },
      ...ARGUMENTS.map((json) => ({
        type: 'tool-call-delta',
        index: 0,
        delta: { message: { tool_calls: { function: { arguments: json } } } },
      })),
      { type: 'tool-call-end', index: 0 },
      {
        type: 'message-end',
        delta: { finish_reason: 'TOOL_CALL', usage: { tokens: { input_tokens: 10, output_tokens: 5 } } },
      },
    ].map(named),
    DONE,
  ],
};

/** OpenAI's wire at a host that has no Responses API of its own. */
const CHAT_ONLY: StreamWire = { ...CHAT, type: 'mistral', model: 'mistral-large-latest' };

export const STREAM_WIRES: readonly StreamWire[] = [CHAT, CHAT_ONLY, COMPLETIONS, RESPONSES, ANTHROPIC, GOOGLE, BEDROCK, COHERE];

/** Each wire through each surface that it serves; the Responses API over chat wherever the wire has none itself. */
export const SURFACES = STREAM_WIRES.flatMap((wire) => {
  const isBridged = wire.operation === 'chat' && wire !== CHAT;
  return (isBridged ? (['chat', 'responses'] as const) : [wire.operation]).map((as) => ({ wire, as }));
});

/** The bytes of events as the wire frames them. */
export function bytesOf({ type }: StreamWire, events: readonly UpstreamEvent[]): Buffer {
  if (type !== 'bedrock') return Buffer.from(events.map(sseOf).join(''));
  return Buffer.concat(events.map(({ name, data }) => frame({ ':message-type': 'event', ':event-type': name ?? 'other' }, data)));
}

function sseOf({ name, data }: UpstreamEvent): string {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}

/** The head of a stream whose body lasts as long as its connection. */
export function streamHead(exchange: FaultExchange, { type }: StreamWire): Promise<void> {
  const mediaType = type === 'bedrock' ? 'application/vnd.amazon.eventstream' : 'text/event-stream';
  return exchange.head(200, { 'content-type': mediaType });
}

/** The settings of a provider of each type at an origin. */
export function providersOf(origin: string): Record<string, object> {
  const apiKey = 'test-key-0123456789';
  return Object.fromEntries(
    [...new Set(STREAM_WIRES.map(({ type }) => type))].map((type) => [
      type,
      { type, apiKey, baseURL: origin, ...(type === 'bedrock' && { region: 'us-east-1' }) },
    ]),
  );
}

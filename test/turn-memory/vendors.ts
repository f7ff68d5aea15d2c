import { isDeepStrictEqual } from 'node:util';
import type { GatewayConfig } from 'tollgate';
import { bodies, bodyOf, gatewayOf, upstream } from '../public/harness.ts';
import type { FaultExchange, FaultServer } from '../support/fault-server.ts';

type Json = Record<string, unknown>;

/** A vendor that calls a tool in its first answer, and in a second refuses a history that has lost what it wants back. */
export interface Vendor {
  readonly name: string;
  /** Of the one provider, called `vendor`. */
  provider(origin: string): GatewayConfig['providers'][string];
  readonly model: string;
  /** Params that make the model think. */
  readonly params: Json;
  /** The body of a whole answer with the call, and of one with text. */
  readonly call: Json;
  readonly text: Json;
  /** The same as the events of a stream. */
  readonly callEvents: readonly unknown[];
  readonly textEvents: readonly unknown[];
  /** What a request's history has of the call's turn that the vendor wants back. */
  wanted(body: Json): unknown;
}

export const CALL_ID = 'call_1';

const anthropicCall = [
  { type: 'thinking', thinking: 'Look it up.', signature: 'sig-claude' },
  { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Oslo' } },
];

function claudeMessage(content: unknown[], stop_reason: string): Json {
  const usage = { input_tokens: 10, output_tokens: 5 };
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content,
    stop_reason,
    stop_sequence: null,
    usage,
  };
}

function claudeEvents(blocks: readonly (readonly Json[])[], stopReason: string): unknown[] {
  return [
    { type: 'message_start', message: { ...claudeMessage([], stopReason), stop_reason: null } },
    ...blocks.flatMap(([content_block, ...deltas], index) => [
      { type: 'content_block_start', index, content_block },
      ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: stopReason, stop_sequence: null }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ];
}

export const claude: Vendor = {
  name: 'Claude',
  provider: (origin) => ({ type: 'anthropic', apiKey: 'k', baseURL: origin }),
  model: 'claude-sonnet-4-5',
  params: { reasoning_effort: 'low', max_tokens: 8_000 },
  call: claudeMessage(anthropicCall, 'tool_use'),
  text: claudeMessage([{ type: 'text', text: 'Rain.' }], 'end_turn'),
  callEvents: claudeEvents(
    [
      [
        { type: 'thinking', thinking: '', signature: '' },
        { type: 'thinking_delta', thinking: 'Look ' },
        { type: 'thinking_delta', thinking: 'it up.' },
        { type: 'signature_delta', signature: 'sig-claude' },
      ],
      [
        { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} },
        { type: 'input_json_delta', partial_json: '{"city": ' },
        { type: 'input_json_delta', partial_json: '"Oslo"}' },
      ],
    ],
    'tool_use',
  ),
  textEvents: claudeEvents(
    [
      [
        { type: 'text', text: '' },
        { type: 'text_delta', text: 'Rain.' },
      ],
    ],
    'end_turn',
  ),
  wanted({ messages }) {
    const turn = (messages as { role: string; content: Json[] }[]).find(({ role }) => role === 'assistant');
    const [block] = turn?.content ?? [];
    return block?.type === 'thinking' && block.thinking === 'Look it up.' ? block.signature : undefined;
  },
};

function geminiAnswer(parts: unknown[]): Json {
  const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 };
  const candidates = [{ content: { role: 'model', parts }, finishReason: 'STOP', index: 0 }];
  return { candidates, usageMetadata, modelVersion: 'gemini-3-pro-preview', responseId: 'r1' };
}

const geminiCall = geminiAnswer([{ functionCall: { name: 'weather', args: { city: 'Oslo' } }, thoughtSignature: 'sig-gemini' }]);

export const gemini: Vendor = {
  name: 'Gemini',
  provider: (origin) => ({ type: 'google', apiKey: 'k', baseURL: origin }),
  model: 'gemini-3-pro-preview',
  params: { reasoning_effort: 'low' },
  call: geminiCall,
  text: geminiAnswer([{ text: 'Rain.' }]),
  callEvents: [geminiCall],
  textEvents: [geminiAnswer([{ text: 'Rain.' }])],
  wanted({ contents }) {
    const turn = (contents as { role: string; parts: Json[] }[]).find(({ role }) => role === 'model');
    return turn?.parts.find((part) => part.functionCall)?.thoughtSignature;
  },
};

function openaiWire(name: string, type: string, model: string, thoughts: Json, pieces: readonly Json[], field: string): Vendor {
  const base = { id: 'c1', created: 1, model };
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  const called = { id: CALL_ID, type: 'function', function: { name: 'weather', arguments: '{"city": "Oslo"}' } };
  const whole = (message: Json, finish_reason: string) => ({
    ...base,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason }],
    usage,
  });
  const chunk = (delta: Json, finish_reason: string | null = null) => ({
    ...base,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason }],
  });
  return {
    name,
    provider: (origin) => ({ type, apiKey: 'k', baseURL: `${origin}/v1` }),
    model,
    params: {},
    call: whole({ ...thoughts, tool_calls: [called] }, 'tool_calls'),
    text: whole({ content: 'Rain.' }, 'stop'),
    callEvents: [
      chunk({ role: 'assistant', content: '' }),
      ...pieces.map((piece) => chunk(piece)),
      chunk({ tool_calls: [{ index: 0, id: CALL_ID, type: 'function', function: { name: 'weather', arguments: '' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city": "Oslo"}' } }] }),
      chunk({}, 'tool_calls'),
      { ...chunk({}), choices: [], usage },
      '[DONE]',
    ],
    textEvents: [
      chunk({ role: 'assistant', content: 'Rain.' }),
      chunk({}, 'stop'),
      { ...chunk({}), choices: [], usage },
      '[DONE]',
    ],
    wanted({ messages }) {
      const turn = (messages as Json[]).find(({ role }) => role === 'assistant');
      return turn?.[field];
    },
  };
}

const THOUGHTS = [{ reasoning_content: 'Look ' }, { reasoning_content: 'it up.' }];

export const deepseek = openaiWire(
  'DeepSeek',
  'deepseek',
  'deepseek-v4',
  { reasoning_content: 'Look it up.' },
  THOUGHTS,
  'reasoning_content',
);

export const kimi = openaiWire(
  'Kimi',
  'moonshot',
  'kimi-k2-thinking',
  { reasoning_content: 'Look it up.' },
  THOUGHTS,
  'reasoning_content',
);

const block = { type: 'reasoning.text', text: 'Look it up.', signature: 'sig-or', format: 'anthropic-claude-v1', index: 0 };

export const openrouter = openaiWire(
  'OpenRouter',
  'openrouter',
  'anthropic/claude-sonnet-4.5',
  { reasoning: 'Look it up.', reasoning_details: [block] },
  [
    { reasoning: 'Look ', reasoning_details: [{ type: 'reasoning.text', text: 'Look ', format: block.format, index: 0 }] },
    { reasoning: 'it up.', reasoning_details: [{ type: 'reasoning.text', text: 'it up.', format: block.format, index: 0 }] },
    { reasoning_details: [{ type: 'reasoning.text', signature: 'sig-or', format: block.format, index: 0 }] },
  ],
  'reasoning_details',
);

/** Each with what it wants back. */
export const VENDORS: readonly (readonly [string, Vendor, unknown])[] = [
  ['Claude', claude, 'sig-claude'],
  ['Gemini', gemini, 'sig-gemini'],
  ['DeepSeek', deepseek, 'Look it up.'],
  ['Kimi', kimi, 'Look it up.'],
  ['OpenRouter', openrouter, [block]],
];

/** A gateway over a vendor that refuses, as the real one does, a tool result whose turn has lost what it carried. */
export async function stage(vendor: Vendor, wanted: unknown, more: Partial<GatewayConfig> = {}) {
  const server = await upstream(async (exchange) => {
    const body = bodyOf(exchange);
    const isSecond = JSON.stringify(body).includes('sunny');
    if (isSecond && !isDeepStrictEqual(vendor.wanted(body), wanted)) return refuse(exchange);
    const isStream = body.stream === true || exchange.request.path.includes('streamGenerateContent');
    if (!isStream) return exchange.answer(200, isSecond ? vendor.text : vendor.call);
    await exchange.sseHead();
    await exchange.sse(...(isSecond ? vendor.textEvents : vendor.callEvents));
    await exchange.lastChunk();
  });
  const gateway = gatewayOf({ providers: { vendor: vendor.provider(server.origin) }, ...more });
  return { server, gateway, model: `vendor/${vendor.model}` };
}

function refuse(exchange: FaultExchange): Promise<void> {
  const error = {
    type: 'invalid_request_error',
    message: 'the turn with the call has lost its reasoning',
    code: 400,
    status: 'INVALID_ARGUMENT',
  };
  return exchange.answer(400, { type: 'error', error });
}

/** What the last request had of the turn. */
export function lastWanted(vendor: Vendor, server: FaultServer): unknown {
  return vendor.wanted(bodies(server).at(-1) ?? {});
}

export const QUESTION = { role: 'user' as const, content: 'Weather in Oslo?' };

export const TOOLS = [
  {
    type: 'function' as const,
    function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
  },
];

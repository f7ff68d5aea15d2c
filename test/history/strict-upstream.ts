import { bodies, bodyOf } from '../public/harness.ts';
import { chunk, completion, streamText } from '../support/chat-upstream.ts';
import { frame } from '../support/event-frames.ts';
import type { FaultExchange, FaultServer } from '../support/fault-server.ts';

type Json = Record<string, unknown>;
interface Turn {
  readonly role: string;
  readonly content: Json[];
  readonly tool_calls?: Json[];
  readonly reasoning_content?: unknown;
}

/** The signature that the Claude of these tests gives; it refuses every other. */
export const SIGNATURE = 'ErUBsigned';

/** An upstream that answers in the form it is asked in, and refuses the histories that the vendor behind that form refuses. */
export async function strictVendor(exchange: FaultExchange): Promise<void> {
  const body = bodyOf(exchange);
  const { path } = exchange.request;
  const isMessages = path.includes('/messages') || path.includes('awPredict');
  const refusal = path.includes('/converse')
    ? refusalOfConverse(body)
    : isMessages
      ? refusalOfMessages(body)
      : refusalOfChat(body);
  if (refusal)
    return exchange.answer(400, { type: 'error', message: refusal, error: { type: 'invalid_request_error', message: refusal } });
  if (path.endsWith('/converse')) return exchange.answer(200, CONVERSE);
  if (path.includes('/converse-stream')) return streamConverse(exchange);
  if (isMessages)
    return body.stream === true || path.includes('stream') ? streamMessages(exchange) : exchange.answer(200, MESSAGE);
  return body.stream === true ? streamText(exchange, 'ok') : exchange.answer(200, completion('ok'));
}

const EXPECTED =
  'Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block';
const MUST_COME_BACK = 'in the thinking mode must be passed back to the API.';

function refusalOfMessages(body: Json): string | undefined {
  const model = String(body.model ?? 'claude');
  const turns = body.messages as Turn[];
  const { type } = (body.thinking ?? {}) as { type?: string };
  if (!model.includes('claude')) {
    const lacks = turns.some(
      ({ role, content }) => role === 'assistant' && has(content, 'tool_use') && !has(content, 'thinking'),
    );
    return type !== 'disabled' && lacks ? `The content[].thinking ${MUST_COME_BACK}` : undefined;
  }
  const blocks = turns.flatMap(({ content }) => content);
  if (blocks.some((block) => block.type === 'thinking' && block.signature !== SIGNATURE))
    return 'Invalid `signature` in `thinking` block';
  const first = openTurn(turns, 'tool_result')?.content[0]?.type;
  return type === 'enabled' && first !== undefined && !String(first).includes('thinking') ? EXPECTED : undefined;
}

function refusalOfConverse(body: Json): string | undefined {
  const turns = body.messages as Turn[];
  const { thinking } = (body.additionalModelRequestFields ?? {}) as { thinking?: { type: string } };
  const first = openTurn(turns, 'toolResult')?.content[0];
  return thinking?.type === 'enabled' && first && !('reasoningContent' in first) ? EXPECTED : undefined;
}

function refusalOfChat(body: Json): string | undefined {
  const turns = body.messages as Turn[];
  const model = String(body.model);
  const calling = turns.filter(({ tool_calls }) => tool_calls?.length);
  if (model.startsWith('gemini')) {
    const isSigned = ({ tool_calls: [call] = [] }: Turn) =>
      JSON.stringify(call?.extra_content ?? '').includes('thought_signature');
    return calling.every(isSigned) ? undefined : 'Function call is missing a thought_signature in functionCall parts.';
  }
  if (/claude/.test(model)) {
    const isOpen = turns.at(-1)?.role === 'tool' || turns.at(-1)?.role === 'function';
    const first = turns[turns.findLastIndex(({ role }) => role === 'user') + 1] as { reasoning_details?: unknown } | undefined;
    const isMet = !isOpen || /signature|data/.test(JSON.stringify(first?.reasoning_details ?? ''));
    return (body.reasoning_effort || body.reasoning) && !isMet ? EXPECTED : undefined;
  }
  const isOff =
    (body.thinking as Json | undefined)?.type === 'disabled' ||
    body.reasoning_effort === 'none' ||
    body.enable_thinking === false ||
    (body.reasoning as Json | undefined)?.effort === 'none';
  if (!/deepseek|kimi|mimo/i.test(model) || isOff) return undefined;
  const lacks = calling.some(
    ({ reasoning_content, reasoning }: Turn & { reasoning?: unknown }) => typeof (reasoning_content ?? reasoning) !== 'string',
  );
  return lacks ? `The reasoning_content ${MUST_COME_BACK}` : undefined;
}

/** The turn with which the tool loop began that is still open. */
function openTurn(turns: readonly Turn[], result: string): Turn | undefined {
  const start = turns.findLastIndex(({ role, content }) => role === 'user' && !has(content, result));
  return start === turns.length - 1 ? undefined : turns[start + 1];
}

function has(content: readonly Json[], kind: string): boolean {
  return content.some((block) => block.type === kind || kind in block);
}

const MESSAGE = {
  ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_reason: 'end_turn' },
  content: [{ type: 'text', text: 'ok' }],
  usage: { input_tokens: 10, output_tokens: 5 },
};
const CONVERSE = {
  output: { message: { role: 'assistant', content: [{ text: 'ok' }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
};

/** The events of Anthropic's stream. */
export async function streamMessages(exchange: FaultExchange, blocks: readonly [Json, ...Json[]][] = TEXT): Promise<void> {
  await exchange.sseHead();
  await exchange.sse({ type: 'message_start', message: { ...MESSAGE, content: [], stop_reason: null } });
  for (const [index, [content_block, ...deltas]] of blocks.entries()) {
    await exchange.sse({ type: 'content_block_start', index, content_block });
    for (const delta of deltas) await exchange.sse({ type: 'content_block_delta', index, delta });
    await exchange.sse({ type: 'content_block_stop', index });
  }
  const stop_reason = blocks.some(([{ type }]) => type === 'tool_use') ? 'tool_use' : 'end_turn';
  await exchange.sse({ type: 'message_delta', delta: { stop_reason }, usage: { output_tokens: 5 } }, { type: 'message_stop' });
  await exchange.lastChunk();
}

const TEXT: [Json, ...Json[]][] = [
  [
    { type: 'text', text: '' },
    { type: 'text_delta', text: 'ok' },
  ],
];

/** The frames of Converse's stream. */
export async function streamConverse(exchange: FaultExchange, events: readonly [string, Json][] = CONVERSE_TEXT): Promise<void> {
  const all: [string, Json][] = [
    ['messageStart', { role: 'assistant' }],
    ...events,
    ['messageStop', { stopReason: 'end_turn' }],
    ['metadata', { usage: CONVERSE.usage }],
  ];
  const frames = all.map(([type, payload]) => frame({ ':message-type': 'event', ':event-type': type }, payload));
  await exchange.answer(200, Buffer.concat(frames), { 'content-type': 'application/vnd.amazon.eventstream' });
}

const CONVERSE_TEXT: [string, Json][] = [['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'ok' } }]];

/** A whole chat answer that calls a tool, with nothing of its maker's thoughts. */
export function callingCompletion(message: Json = {}): Json {
  const tool_calls = [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } }];
  return completion('', {
    choices: [{ index: 0, message: { role: 'assistant', content: null, tool_calls, ...message }, finish_reason: 'tool_calls' }],
  });
}

export async function streamDeltas(exchange: FaultExchange, ...deltas: Json[]): Promise<void> {
  await exchange.sseHead();
  await exchange.sse(chunk({ role: 'assistant' }), ...deltas.map((delta) => chunk(delta)), chunk({}, 'stop'), '[DONE]');
  await exchange.lastChunk();
}

/** The turn at a place of the history that a request had. */
export function turnOf(server: FaultServer, request: number, place: number): Json {
  const messages = bodies(server)[request]?.messages;
  return Array.isArray(messages) ? messages[place] : {};
}

/** Its blocks. */
export function blocksOf(server: FaultServer, request: number, place: number): Json[] {
  return turnOf(server, request, place).content as Json[];
}

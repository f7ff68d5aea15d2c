import { frame } from '../../support/event-frames.ts';
import type { FaultExchange } from '../../support/fault-server.ts';
import type { Json, SaidTurn } from './turns.ts';

/** A maker's answer in the form of whichever wire asks. `sign` is whose signatures it gives. */
export function answerAs(exchange: FaultExchange, said: SaidTurn, body: Json, sign: string): Promise<void> {
  const { path } = exchange.request;
  if (path.includes('/messages')) return asMessages(exchange, said, body, sign);
  if (path.includes('enerateContent')) return asGemini(exchange, said, sign);
  if (path.includes('/converse')) return asConverse(exchange, said, sign);
  if (path.endsWith('/v2/chat')) return asCohere(exchange, said, body);
  return asChat(exchange, said, body, sign);
}

const inputOf = (written: string): Json => (written === '' ? {} : (JSON.parse(written) as Json));

/** A signature says whose it is, and of which thought. */
function signature(sign: string, { thoughts }: SaidTurn): string {
  return Buffer.from(`${sign}:${thoughts}`).toString('base64url');
}

export function signerOf(signed: unknown): string {
  return Buffer.from(String(signed), 'base64url').toString().split(':')[0] ?? '';
}

/** Whether the signature is that of the thought. */
export function isSignedWith(signed: unknown, thought: unknown): boolean {
  return Buffer.from(String(signed), 'base64url').toString().split(':')[1] === thought;
}

async function asMessages(exchange: FaultExchange, said: SaidTurn, { stream }: Json, sign: string): Promise<void> {
  const blocks: [Json, ...Json[]][] = [];
  const isSigned = sign !== '';
  if (said.thoughts !== undefined && said.redacted) blocks.push([{ type: 'redacted_thinking', data: signature(sign, said) }]);
  else if (said.thoughts !== undefined)
    blocks.push([
      { type: 'thinking', thinking: '', ...(isSigned && { signature: '' }) },
      ...halves(said.thoughts).map((thinking) => ({ type: 'thinking_delta', thinking })),
      ...(isSigned ? [{ type: 'signature_delta', signature: signature(sign, said) }] : []),
    ]);
  if (said.text) blocks.push([{ type: 'text', text: '' }, ...halves(said.text).map((text) => ({ type: 'text_delta', text }))]);
  for (const { id, name, written } of said.calls)
    blocks.push([
      { type: 'tool_use', id: `toolu_${id}`, name, input: {} },
      ...halves(written).map((partial_json) => ({ type: 'input_json_delta', partial_json })),
    ]);
  const stop_reason = said.calls.length > 0 ? 'tool_use' : said.refusal === undefined ? 'end_turn' : 'refusal';
  const head = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', usage: { input_tokens: 10, output_tokens: 5 } };
  if (stream !== true) return exchange.answer(200, { ...head, content: blocks.map(wholeBlock), stop_reason });
  await exchange.sseHead();
  await exchange.sse({ type: 'message_start', message: { ...head, content: [], stop_reason: null } });
  for (const [index, [content_block, ...deltas]] of blocks.entries()) {
    await exchange.sse({ type: 'content_block_start', index, content_block });
    for (const delta of deltas) await exchange.sse({ type: 'content_block_delta', index, delta });
    await exchange.sse({ type: 'content_block_stop', index });
  }
  await exchange.sse({ type: 'message_delta', delta: { stop_reason }, usage: { output_tokens: 5 } }, { type: 'message_stop' });
  await exchange.lastChunk();
}

function wholeBlock([block, ...deltas]: [Json, ...Json[]]): Json {
  const whole: Json = { ...block };
  let written = '';
  for (const delta of deltas) {
    for (const name of ['thinking', 'text', 'signature'])
      if (typeof delta[name] === 'string') whole[name] = `${String(whole[name] ?? '')}${delta[name]}`;
    if (typeof delta.partial_json === 'string') written += delta.partial_json;
  }
  if (written !== '') whole.input = inputOf(written);
  return whole;
}

async function asGemini(exchange: FaultExchange, said: SaidTurn, sign: string): Promise<void> {
  const parts: Json[] = [];
  if (said.thoughts !== undefined) parts.push({ text: said.thoughts, thought: true });
  const thoughtSignature = said.thoughts === undefined ? undefined : signature(sign, said);
  if (said.text) parts.push({ text: said.text, ...(said.calls.length === 0 && { thoughtSignature }) });
  for (const [place, { name, written }] of said.calls.entries())
    parts.push({ functionCall: { name, args: inputOf(written) }, ...(place === 0 && { thoughtSignature }) });
  const finishReason = said.refusal === undefined ? 'STOP' : 'SAFETY';
  const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 };
  const of = (some: readonly Json[], end: Json): Json => ({
    ...{ responseId: `r${said.text ?? ''}`, usageMetadata },
    candidates: [{ index: 0, content: { role: 'model', parts: some }, ...end }],
  });
  if (!exchange.request.path.includes('stream')) return exchange.answer(200, of(parts, { finishReason }));
  await exchange.sseHead();
  for (const part of parts) await exchange.sse(of([part], {}));
  await exchange.sse(of([], { finishReason }));
  await exchange.lastChunk();
}

async function asConverse(exchange: FaultExchange, said: SaidTurn, sign: string): Promise<void> {
  const isClaude = sign !== '';
  const blocks: Json[] = [];
  const events: [string, Json][] = [['messageStart', { role: 'assistant' }]];
  const delta = (place: number, piece: Json) => events.push(['contentBlockDelta', { contentBlockIndex: place, delta: piece }]);
  if (said.thoughts !== undefined && said.redacted && isClaude) {
    const redactedContent = signature(sign, said);
    delta(blocks.length, { reasoningContent: { redactedContent } });
    blocks.push({ reasoningContent: { redactedContent } });
  } else if (said.thoughts !== undefined) {
    for (const text of halves(said.thoughts)) delta(blocks.length, { reasoningContent: { text } });
    const own = isClaude ? { signature: signature(sign, said) } : {};
    if (isClaude) delta(blocks.length, { reasoningContent: own });
    blocks.push({ reasoningContent: { reasoningText: { text: said.thoughts, ...own } } });
  }
  if (said.text) {
    for (const text of halves(said.text)) delta(blocks.length, { text });
    blocks.push({ text: said.text });
  }
  for (const { id, name, written } of said.calls) {
    const toolUse = { toolUseId: `tooluse_${id}`, name };
    events.push(['contentBlockStart', { contentBlockIndex: blocks.length, start: { toolUse } }]);
    for (const input of halves(written)) delta(blocks.length, { toolUse: { input } });
    events.push(['contentBlockStop', { contentBlockIndex: blocks.length }]);
    blocks.push({ toolUse: { ...toolUse, input: inputOf(written) } });
  }
  const stopReason = said.calls.length > 0 ? 'tool_use' : said.refusal === undefined ? 'end_turn' : 'guardrail_intervened';
  const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 15 };
  if (!exchange.request.path.includes('stream'))
    return exchange.answer(200, { output: { message: { role: 'assistant', content: blocks } }, stopReason, usage });
  events.push(['messageStop', { stopReason }], ['metadata', { usage }]);
  const frames = events.map(([type, payload]) => frame({ ':message-type': 'event', ':event-type': type }, payload));
  await exchange.answer(200, Buffer.concat(frames), { 'content-type': 'application/vnd.amazon.eventstream' });
}

async function asCohere(exchange: FaultExchange, said: SaidTurn, { stream }: Json): Promise<void> {
  const finish_reason = said.calls.length > 0 ? 'TOOL_CALL' : said.refusal === undefined ? 'COMPLETE' : 'ERROR_TOXIC';
  const usage = { tokens: { input_tokens: 10, output_tokens: 5 } };
  const calls = said.calls.map(({ id, name, written }) => ({
    ...{ id: `${name}_${id}`, type: 'function' },
    function: { name, arguments: written === '' ? 'null' : written },
  }));
  const thinking = said.thoughts === undefined ? [] : [{ type: 'thinking', thinking: said.thoughts }];
  const text = said.text && calls.length === 0 ? [{ type: 'text', text: said.text }] : [];
  const plan = said.text && calls.length > 0 ? { tool_plan: said.text } : {};
  if (stream !== true) {
    const content = [...thinking, ...text];
    const message = {
      role: 'assistant',
      ...plan,
      ...(content.length > 0 && { content }),
      ...(calls.length > 0 && { tool_calls: calls }),
    };
    return exchange.answer(200, { id: 'c1', message, finish_reason, usage });
  }
  await exchange.sseHead();
  await exchange.sse({ type: 'message-start', id: 'c1' });
  for (const { thinking: piece } of thinking)
    await exchange.sse({ type: 'content-delta', index: 0, delta: { message: { content: { thinking: piece } } } });
  if ('tool_plan' in plan) await exchange.sse({ type: 'tool-plan-delta', delta: { message: plan } });
  for (const { text: piece } of text)
    await exchange.sse({ type: 'content-delta', index: 0, delta: { message: { content: { text: piece } } } });
  for (const [index, { function: called, ...call }] of calls.entries()) {
    const started = { ...call, function: { name: called.name, arguments: '' } };
    await exchange.sse({ type: 'tool-call-start', index, delta: { message: { tool_calls: started } } });
    const delta = { message: { tool_calls: { function: { arguments: called.arguments } } } };
    await exchange.sse({ type: 'tool-call-delta', index, delta }, { type: 'tool-call-end', index });
  }
  await exchange.sse({ type: 'message-end', delta: { finish_reason, usage } }, '[DONE]');
  await exchange.lastChunk();
}

/** The names that hosts of OpenAI's wire have for thinking: by the path that each provider of a test is at. */
async function asChat(exchange: FaultExchange, said: SaidTurn, { stream }: Json, sign: string): Promise<void> {
  const { path } = exchange.request;
  const thoughts: Json = {};
  const hidesThoughts = /\/(?:openai|azure|mistral|perplexity|gemini)\//.test(path);
  if (said.thoughts !== undefined && !hidesThoughts) {
    thoughts[/\/(?:openrouter|vercel|groq)\//.test(path) ? 'reasoning' : 'reasoning_content'] = said.thoughts;
    if (/\/(?:openrouter|vercel)\//.test(path))
      thoughts.reasoning_details = [
        {
          type: 'reasoning.text',
          text: said.thoughts,
          signature: signature(sign, said),
          format: 'anthropic-claude-v1',
          index: 0,
        },
      ];
  }
  const extra = path.includes('/gemini/')
    ? { extra_content: { google: { thought_signature: signature(sign, said) } } }
    : undefined;
  const calls = said.calls.map(({ id, name, written }, place) => ({
    ...{ id: path.includes('/moonshot/') ? `functions.${name}:${place}` : `call_${id}`, type: 'function' },
    function: { name, arguments: written },
    ...(place === 0 && extra),
  }));
  const content = said.text ?? null;
  const refused = said.refusal !== undefined && calls.length === 0 ? { refusal: said.refusal } : {};
  const finish_reason = calls.length > 0 ? 'tool_calls' : 'stop';
  const head = { id: 'a1', created: 1, model: 'm' };
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  if (stream !== true) {
    const message = { role: 'assistant', content, ...thoughts, ...refused, ...(calls.length > 0 && { tool_calls: calls }) };
    return exchange.answer(200, { ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason }], usage });
  }
  const chunk = (delta: Json, finish: string | null = null) => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  await exchange.sseHead();
  await exchange.sse(chunk({ role: 'assistant', content: '' }));
  if (Object.keys(thoughts).length > 0) await exchange.sse(chunk(thoughts));
  for (const piece of halves(content ?? '')) await exchange.sse(chunk({ content: piece }));
  if (refused.refusal) await exchange.sse(chunk(refused));
  for (const [index, { function: called, ...call }] of calls.entries()) {
    await exchange.sse(chunk({ tool_calls: [{ index, ...call, function: { name: called.name, arguments: '' } }] }));
    for (const piece of halves(called.arguments))
      await exchange.sse(chunk({ tool_calls: [{ index, function: { arguments: piece } }] }));
  }
  await exchange.sse(chunk({}, finish_reason), { ...head, object: 'chat.completion.chunk', choices: [], usage }, '[DONE]');
  await exchange.lastChunk();
}

function halves(text: string): string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((half) => half !== '');
}

import { isSignedWith, signerOf } from './answers.ts';
import type { Json } from './turns.ts';

interface Turn {
  readonly role: string;
  readonly content: Json[];
}

/** What the vendor behind a path finds wrong with the history of a request: docs/providers tell what each demands. */
export function wrongWith(path: string, body: Json): string[] {
  const found: string[] = [];
  const wrong = (what: string | false | undefined) => {
    if (what) found.push(what);
  };
  if (path.includes('/messages')) checkMessages(body, wrong);
  else if (path.includes('enerateContent')) checkGemini(path, body, wrong);
  else if (path.includes('/converse')) checkConverse(decodeURIComponent(path), body, wrong);
  else if (path.endsWith('/v2/chat')) checkCohere(body, wrong);
  else checkChat(path, body, wrong);
  return found;
}

type Wrong = (what: string | false | undefined) => void;

function checkMessages(body: Json, wrong: Wrong): void {
  const turns = (body.messages as Turn[]).filter(({ role }) => role !== 'system');
  const isClaude = String(body.model).includes('claude');
  const { type: thinking } = (body.thinking ?? {}) as { type?: string };
  checkTurns(turns, wrong);
  const blocks = turns.flatMap(({ content }) => content);
  checkIds(
    blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => id),
    /^[a-zA-Z0-9_-]+$/,
    wrong,
  );
  for (const [position, { content }] of turns.entries()) {
    const calls = content.filter(({ type }) => type === 'tool_use').map(({ id }) => id);
    checkResults(
      calls,
      turns[position + 1]?.content.map(({ type, tool_use_id }) => type === 'tool_result' && tool_use_id),
      wrong,
    );
    wrong(content.some(({ type, text }) => type === 'text' && String(text).trim() === '') && 'a blank text');
    const first = content.findIndex(({ type }) => type !== 'tool_result');
    wrong(first >= 0 && content.slice(first).some(({ type }) => type === 'tool_result') && 'a result behind other content');
  }
  for (const { type, signature, thinking: thought, data } of blocks) {
    if (type === 'thinking' && isClaude)
      wrong(
        (signerOf(signature) !== 'claude' || !isSignedWith(signature, thought)) && `thinking signed by ${signerOf(signature)}`,
      );
    if (type === 'redacted_thinking') wrong(signerOf(data) !== 'claude' && 'a foreign redacted block');
  }
  const marks = JSON.stringify([body.system, body.tools, body.messages]).match(/cache_control/g)?.length ?? 0;
  wrong(marks > 4 && `${marks} cache marks`);
  const inside = blocks.filter(({ type }) => type === 'tool_result').map(({ content }) => JSON.stringify(content ?? ''));
  wrong(inside.some((content) => content.includes('cache_control')) && 'a cache mark within a result');
  if (isClaude)
    wrong(thinking === 'enabled' && !opensThinking(turns, 'tool_result', /thinking/) && 'an open loop without thinking');
  else {
    const lacking = turns.filter(({ content }) => hasType(content, 'tool_use') && !hasType(content, 'thinking'));
    wrong(thinking !== 'disabled' && lacking.length > 0 && 'calls without their thinking');
  }
}

function hasType(content: readonly Json[], type: string): boolean {
  return content.some((block) => block.type === type);
}

/** Whether the turn with the open tool loop begins with thinking. */
function opensThinking(turns: readonly Turn[], result: string, thinking: RegExp): boolean {
  const isResult = (block: Json) => block.type === result || result in block;
  const start = turns.findLastIndex(({ role, content }) => role === 'user' && !content.some(isResult));
  if (start === turns.length - 1) return true;
  return thinking.test(JSON.stringify(turns[start + 1]?.content[0] ?? {}).slice(0, 40));
}

function checkTurns(turns: readonly { role: string; content: readonly unknown[] }[], wrong: Wrong): void {
  wrong(turns[0]?.role !== 'user' && "the first turn is not the user's");
  for (const [position, { role, content }] of turns.entries()) {
    wrong(role === turns[position + 1]?.role && `two turns of the ${role}`);
    wrong(content.length === 0 && 'an empty turn');
  }
  wrong(turns.at(-1)?.role !== 'user' && "the last turn is the assistant's");
}

function checkIds(ids: readonly unknown[], alphabet: RegExp, wrong: Wrong): void {
  for (const id of ids) wrong(!alphabet.test(String(id)) && `the id ${String(id)}`);
  wrong(new Set(ids).size < ids.length && `an id twice: ${ids.join()}`);
}

/** Each call has its result in what comes next, and nothing else has one there. */
function checkResults(calls: readonly unknown[], next: readonly unknown[] | undefined, wrong: Wrong): void {
  const results = (next ?? []).filter((id) => id !== false && id !== undefined);
  const isSame = [...calls].sort().join() === [...results].sort().join();
  wrong(!isSame && calls.length > 0 && `calls ${calls.join()} with results ${results.join()}`);
}

function checkConverse(path: string, body: Json, wrong: Wrong): void {
  const turns = body.messages as Turn[];
  const isClaude = path.includes('claude');
  checkTurns(turns, wrong);
  const blocks = turns.flatMap(({ content }) => content);
  const idOf = ({ toolUse }: Json) => (toolUse as Json | undefined)?.toolUseId;
  const resultOf = ({ toolResult }: Json) => (toolResult as Json | undefined)?.toolUseId;
  checkIds(blocks.map(idOf).filter(Boolean), /^[a-zA-Z0-9_-]{1,64}$/, wrong);
  for (const [position, { content }] of turns.entries()) {
    checkResults(content.map(idOf).filter(Boolean), turns[position + 1]?.content.map(resultOf), wrong);
    const texts = content.flatMap(({ text, toolResult }) => [
      text,
      ...((toolResult as { content: Json[] } | undefined)?.content.map((part) => part.text) ?? []),
    ]);
    wrong(texts.some((text) => typeof text === 'string' && text.trim() === '') && 'a blank text');
  }
  for (const { reasoningContent } of blocks) {
    if (!reasoningContent) continue;
    const { reasoningText, redactedContent } = reasoningContent as { reasoningText?: Json; redactedContent?: string };
    const signed = reasoningText?.signature ?? redactedContent;
    wrong((!isClaude || signerOf(signed) !== 'claude') && 'a foreign reasoning block');
    wrong(reasoningText && !isSignedWith(signed, reasoningText.text) && 'another thought under a signature');
  }
  wrong(JSON.stringify(blocks).includes('"toolUse"') && !body.toolConfig && 'calls without tools');
  const points = JSON.stringify(body).match(/cachePoint"/g)?.length ?? 0;
  wrong(points > (isClaude ? 4 : 0) && !path.includes('nova') && `${points} cache points`);
  const { thinking } = (body.additionalModelRequestFields ?? {}) as { thinking?: Json };
  wrong(
    thinking?.type === 'enabled' && !opensThinking(turns, 'toolResult', /reasoningContent/) && 'an open loop without thinking',
  );
}

function checkGemini(path: string, body: Json, wrong: Wrong): void {
  const contents = body.contents as { role: string; parts: Json[] }[];
  const namesOf = (parts: readonly Json[] | undefined, kind: string) =>
    (parts ?? []).flatMap((part) => (part[kind] as { name: string } | undefined)?.name ?? []);
  const lastAsked = contents.findLastIndex(({ role, parts }) => role === 'user' && !parts.some((part) => part.functionResponse));
  for (const [position, { role, parts }] of contents.entries()) {
    wrong(parts.length === 0 && 'a content without parts');
    const called = namesOf(parts, 'functionCall');
    const answered = namesOf(contents[position + 1]?.parts, 'functionResponse');
    wrong(called.length > 0 && called.join() !== answered.join() && `calls of ${called.join()}, results of ${answered.join()}`);
    wrong(answered.length > 0 && called.length === 0 && 'results without calls');
    const first = parts.find((part) => part.functionCall);
    const isCurrent = position > lastAsked && path.includes('gemini-3');
    wrong(role === 'model' && isCurrent && first && !first.thoughtSignature && 'a first call without its signature');
    for (const { thoughtSignature, text, functionCall } of parts) {
      if (thoughtSignature === undefined || thoughtSignature === 'skip_thought_signature_validator') continue;
      wrong(signerOf(thoughtSignature) !== 'gemini' && `a signature of ${signerOf(thoughtSignature)}`);
      wrong(text === undefined && !functionCall && 'a signature on nothing');
    }
  }
}

interface ChatTurn extends Json {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_calls?: { id: string; function: { arguments: string } }[];
}

/** Every call's result stands behind it before anyone else speaks, and no result stands elsewhere. */
function checkLoops(messages: readonly ChatTurn[], wrong: Wrong): void {
  let waiting: string[] = [];
  for (const { role, tool_calls, tool_call_id } of messages) {
    if (role === 'tool') {
      wrong(!waiting.includes(String(tool_call_id)) && `a result of ${String(tool_call_id)}, which does not wait`);
      waiting.splice(waiting.indexOf(String(tool_call_id)), 1);
      continue;
    }
    wrong(waiting.length > 0 && `calls without result: ${waiting.join()}`);
    waiting = (tool_calls ?? []).map(({ id }) => id);
    wrong(new Set(waiting).size < waiting.length && 'one id twice in a turn');
  }
  wrong(waiting.length > 0 && `calls without result at the end: ${waiting.join()}`);
}

function checkCohere(body: Json, wrong: Wrong): void {
  const messages = body.messages as ChatTurn[];
  checkLoops(messages, wrong);
  for (const { role, content, tool_calls, tool_plan } of messages) {
    if (role !== 'assistant') continue;
    wrong(!tool_calls && (content === undefined || content === '' || (content as []).length === 0) && 'an empty turn');
    wrong(tool_plan === '' && 'an empty plan');
    wrong(Array.isArray(content) && content.some(({ text }) => text === '') && 'a blank text');
  }
  wrong(/signature|reasoning/.test(JSON.stringify(messages)) && 'reasoning of another maker');
}

function checkChat(path: string, body: Json, wrong: Wrong): void {
  const messages = body.messages as ChatTurn[];
  const at = /^\/(\w+)\//.exec(path)?.[1];
  checkLoops(messages, wrong);
  for (const message of messages) {
    const { role, content, tool_calls, refusal } = message;
    wrong(role === 'assistant' && !tool_calls && !refusal && !content && content !== '' && 'a turn without content');
    wrong(tool_calls?.length === 0 && 'an empty list of calls');
    for (const { id } of tool_calls ?? []) {
      wrong(at === 'mistral' && !/^[a-zA-Z0-9]{9}$/.test(id) && `the id ${id}`);
      wrong((at === 'openai' || at === 'azure' || at === 'openrouter') && id.length > 40 && `an id of ${id.length} characters`);
    }
    wrong(
      at === 'openai' && /reasoning|extra_content|cache_control/.test(JSON.stringify(message)) && 'a field that OpenAI lacks',
    );
    const isMedia = role === 'tool' && Array.isArray(content) && content.some(({ type }) => type !== 'text');
    wrong(at === 'openai' && isMedia && 'media in a result');
    wrong(
      at === 'mistral' && role === 'assistant' && !tool_calls && (!content || (content as []).length === 0) && 'an empty turn',
    );
    for (const { format, signature, text } of (message.reasoning_details ?? []) as Json[]) {
      wrong(format !== 'anthropic-claude-v1' && format !== 'google-gemini-v1' && `a block of ${String(format)}`);
      wrong(
        signature !== undefined &&
          (signerOf(signature) !== 'claude' || !isSignedWith(signature, text)) &&
          'a block signed by another',
      );
    }
  }
  if (at === 'deepseek' || at === 'moonshot') {
    const isOff = (body.thinking as Json | undefined)?.type === 'disabled';
    const lacking = messages.filter(({ tool_calls, reasoning_content }) => tool_calls && typeof reasoning_content !== 'string');
    wrong(!isOff && lacking.length > 0 && 'calls without their thinking');
  }
  if (at === 'gemini') checkSignedCalls(messages, wrong);
}

function checkSignedCalls(messages: readonly ChatTurn[], wrong: Wrong): void {
  const start = messages.findLastIndex(({ role }) => role === 'user');
  for (const { tool_calls } of messages.slice(start + 1)) {
    if (!tool_calls) continue;
    const { extra_content } = tool_calls[0] as { extra_content?: { google?: { thought_signature?: string } } };
    const signed = extra_content?.google?.thought_signature;
    const isSound = signed === 'skip_thought_signature_validator' || (signed !== undefined && signerOf(signed) === 'gemini');
    wrong(!isSound && 'a first call without its signature');
  }
}

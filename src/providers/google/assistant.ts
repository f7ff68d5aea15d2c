import type { AssistantMessage, ContentPart, ToolCall } from '../../core/chat.ts';
import { parseObject } from '../chat/parse-object.ts';
import { GEMINI_FORMAT } from '../chat/reasoning-formats.ts';
import { saidBy } from '../chat/said-by.ts';
import { NO_SIGNATURE } from '../no-signature.ts';
import { RequestInvalid } from '../request-invalid.ts';
import { isWireId, signedSpans } from './signatures.ts';
import type { GeminiPart } from './wire-types.ts';

/** A call of an assistant message; the legacy form has no id. */
export interface EarlierCall {
  readonly id: string | undefined;
  readonly name: string;
  readonly argumentsText: string;
  readonly signature: string | undefined;
}

export function toCalls(message: AssistantMessage, path: string): EarlierCall[] {
  const calls = message.tool_calls ?? [];
  if (calls.length === 0 && message.function_call) {
    const { name, arguments: argumentsText } = message.function_call;
    return [{ id: undefined, name, argumentsText, signature: undefined }];
  }
  return calls.map((call, position) => toCall(call, `${path}.tool_calls[${position}]`));
}

function toCall(call: ToolCall, path: string): EarlierCall {
  if (!call.function) throw new RequestInvalid(`${path}.type`, 'function');
  return {
    id: call.id,
    name: call.function.name,
    argumentsText: call.function.arguments,
    signature: call.extra_content?.google?.thought_signature,
  };
}

/**
 * An assistant message's parts: signed thoughts, text with its signatures on the parts they came on, calls.
 * `needsSignature`: the turn is the current one of a model that refuses a first call without a signature.
 */
export function toAssistantParts(
  message: AssistantMessage,
  calls: readonly EarlierCall[],
  { path, needsSignature }: { path: string; needsSignature: boolean },
): GeminiPart[] {
  const details = (message.reasoning_details ?? []).filter((detail) => detail?.format === GEMINI_FORMAT);
  const parts: GeminiPart[] = [];
  for (const { type, text, signature } of details) {
    // Thoughts without a signature are summaries for people; the wire has no use for them.
    if (type === 'reasoning.text' && signature) parts.push({ text: text ?? '', thought: true, thoughtSignature: signature });
  }
  let start = 0;
  const text = textOf(message, path);
  for (const span of signedSpans(details)) {
    if (span.start < start) continue;
    if (span.start > start) parts.push({ text: text.slice(start, span.start) });
    parts.push({ text: text.slice(span.start, span.end), thoughtSignature: span.signature });
    start = span.end;
  }
  if (start < text.length) parts.push({ text: text.slice(start) });
  for (const [position, call] of calls.entries()) {
    parts.push(toCallPart(call, needsSignature && position === 0 ? NO_SIGNATURE : undefined));
  }
  return parts;
}

function toCallPart({ id, name, argumentsText, signature }: EarlierCall, standIn: string | undefined): GeminiPart {
  const functionCall = { ...(isWireId(id) ? { id } : {}), name, args: toObject(argumentsText) };
  const thoughtSignature = signature ?? standIn;
  return thoughtSignature === undefined ? { functionCall } : { functionCall, thoughtSignature };
}

/** A call's arguments as the object that the wire wants; anything else stands under `arguments`. */
function toObject(text: string): Record<string, unknown> {
  if (saysNothing(text)) return {};
  return parseObject(text) ?? { arguments: text };
}

/** Some models call what takes no arguments with nothing, or with null. */
function saysNothing(text: string): boolean {
  const written = text.trim();
  return written === '' || written === 'null';
}

function textOf(message: AssistantMessage, path: string): string {
  const content = saidBy(message);
  if (typeof content === 'string') return content;
  return content.map((part, position) => textOfPart(part, `${path}.content[${position}]`)).join('');
}

function textOfPart(part: ContentPart, path: string): string {
  if (part.type === 'text') return part.text;
  if (part.type === 'refusal') return part.refusal;
  throw new RequestInvalid(`${path}.type`, 'text or refusal in an assistant message');
}

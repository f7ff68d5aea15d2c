import type { ChatMessage } from '../../core/chat.ts';
import { isRecord } from './wire-types.ts';

/**
 * The conversation without turns of the assistant that say and call nothing, as answers are that were filtered, or cut off
 * while the model thought: OpenAI refuses their `content: null`, others an empty text too ("content or tool_calls must be
 * set" at DeepSeek, "Assistant message must have either content or tool_calls" at Mistral). The same list if there are none.
 */
export function withoutSilentTurns(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  if (!messages.some(isSilent)) return messages;
  const said = messages.filter((message) => !isSilent(message));
  return said.length > 0 ? said : messages;
}

// Whatever else a turn has may be the vendor's own, and have a meaning.
const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  ...['role', 'name', 'content', 'refusal', 'audio', 'annotations', 'tool_calls', 'function_call', 'cache_control'],
  ...['reasoning_content', 'reasoning', 'reasoning_details'],
]);

function isSilent(message: unknown): boolean {
  if (!isRecord(message) || message.role !== 'assistant' || !isEmpty(message.content)) return false;
  const { tool_calls: calls, function_call, refusal, audio } = message;
  if (function_call || refusal || audio || (Array.isArray(calls) ? calls.length > 0 : calls)) return false;
  return Object.entries(message).every(([name, value]) => KNOWN_FIELDS.has(name) || (value ?? null) === null);
}

function isEmpty(content: unknown): boolean {
  if (Array.isArray(content)) return content.every((part) => isRecord(part) && part.type === 'text' && part.text === '');
  return content === undefined || content === null || content === '';
}

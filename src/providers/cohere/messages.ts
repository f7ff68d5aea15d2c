import type { AssistantMessage, ChatMessage, ContentPart, ToolCall, ToolMessage } from '../../core/chat.ts';
import { listOfMessages, readMessage } from '../chat/read-message.ts';
import { COHERE_FORMAT } from '../chat/reasoning-formats.ts';
import { ResultReader } from '../chat/result-reader.ts';
import { saidBy } from '../chat/said-by.ts';
import { RequestInvalid } from '../request-invalid.ts';
import type { CohereMessage, DocumentContent, ImageContent, TextContent, ThinkingContent } from './wire-types.ts';

export function toMessages(messages: readonly ChatMessage[]): CohereMessage[] {
  const history: History = { calls: new Set(), legacyIds: new Map(), results: new ResultReader() };
  const said: CohereMessage[] = [];
  for (const [index, value] of listOfMessages(messages).entries()) {
    const message = toMessage(readMessage(value, index), `messages[${index}]`, history);
    if (!isEmpty(message)) said.push(message);
  }
  if (said.length === 0) throw new RequestInvalid('messages', 'at least one message that is not empty');
  return said;
}

/** What is known of the messages before. */
interface History {
  /** Ids of calls. */
  readonly calls: Set<string>;
  /** Ids of legacy calls by their function's name, as those have none of their own. */
  readonly legacyIds: Map<string, string>;
  readonly results: ResultReader;
}

/** A turn with nothing in it; a user's stays, since there has to be one. */
function isEmpty(message: CohereMessage): boolean {
  if (message.role === 'user' || message.role === 'tool') return false;
  return message.content?.length === 0 || (message.content === undefined && !('tool_calls' in message));
}

function toMessage(message: ChatMessage, path: string, history: History): CohereMessage {
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: toTexts(message.content, path) };
    case 'user':
      return { role: 'user', content: toUserContent(message.content, path) };
    case 'assistant':
      return toAssistant(message, path, history);
    case 'tool':
      if (!history.calls.has(message.tool_call_id))
        throw new RequestInvalid(`${path}.tool_call_id`, 'the id of an earlier tool call');
      return { role: 'tool', tool_call_id: message.tool_call_id, content: toResult(message.content, path, history.results) };
    case 'function': {
      const id = history.legacyIds.get(message.name);
      if (id === undefined) throw new RequestInvalid(`${path}.name`, 'the name of an earlier function call');
      return { role: 'tool', tool_call_id: id, content: message.content ?? '' };
    }
  }
}

/** The name of a part that Cohere has no counterpart of: all but texts, and images of the user in formats that it knows. */
export function lackingPart(part: ContentPart, role: ChatMessage['role']): string | undefined {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return undefined;
    case 'image_url':
      return role === 'user' && IMAGE_ADDRESS.test(part.image_url.url) ? undefined : 'image_url';
    default:
      return (part as { type: string }).type;
  }
}

// Cohere's guide to image inputs: PNG, JPEG, WebP and GIF, as a data URL or at an http address.
const IMAGE_ADDRESS = /^(?:https?:|data:image\/(?:png|jpe?g|webp|gif)[;,])/i;

function toAssistant(message: AssistantMessage, path: string, { calls, legacyIds }: History): CohereMessage {
  const toolCalls = (message.tool_calls ?? []).map((call, index) => {
    if (!call.function) throw new RequestInvalid(`${path}.tool_calls[${index}].type`, 'function');
    calls.add(call.id);
    return { id: call.id, type: 'function' as const, function: toCalled(call.function) };
  });
  if (message.function_call) {
    const { name } = message.function_call;
    const id = `${name}_${path.replace(/\D/g, '')}`;
    legacyIds.set(name, id);
    toolCalls.push({ id, type: 'function', function: toCalled(message.function_call) });
  }
  const texts = toTexts(saidBy(message), path);
  const thoughts = toThinking(message);
  if (toolCalls.length === 0) {
    return { role: 'assistant', content: thoughts.length === 0 ? texts : [...thoughts, ...toParts(texts)] };
  }
  const toolPlan = typeof texts === 'string' ? texts : texts.map(({ text }) => text).join('');
  return {
    role: 'assistant',
    ...(thoughts.length > 0 ? { content: thoughts } : {}),
    ...(toolPlan.trim() !== '' ? { tool_plan: toolPlan } : {}),
    tool_calls: toolCalls,
  };
}

function toCalled({ name, arguments: text }: ToolCall['function']): ToolCall['function'] {
  return { name, arguments: text.trim() === '' || text.trim() === 'null' ? '{}' : text };
}

/** Thinking of this wire's own, whole or in the pieces of a stream. */
function toThinking(message: AssistantMessage): ThinkingContent[] {
  const details = message.reasoning_details?.filter((detail) => detail?.format === COHERE_FORMAT) ?? [];
  const thinking = details.map(({ text }) => text ?? '').join('');
  return thinking === '' ? [] : [{ type: 'thinking', thinking }];
}

function toParts(texts: string | TextContent[]): TextContent[] {
  if (typeof texts !== 'string') return texts;
  return texts === '' ? [] : [{ type: 'text', text: texts }];
}

function toTexts(content: string | ContentPart[], path: string): string | TextContent[] {
  if (typeof content === 'string') return content;
  const texts: TextContent[] = [];
  for (const [index, part] of content.entries()) {
    if (part.type !== 'text' && part.type !== 'refusal')
      throw new RequestInvalid(`${path}.content[${index}].type`, 'a text part');
    const text = part.type === 'text' ? part.text : part.refusal;
    if (text !== '') texts.push({ type: 'text', text });
  }
  return texts;
}

function toUserContent(content: string | ContentPart[], path: string): string | (TextContent | ImageContent)[] {
  if (typeof content === 'string') return content;
  return content.map((part, index) => {
    if (part.type === 'text') return { type: 'text', text: part.text };
    if (part.type === 'image_url') return { type: 'image_url', image_url: part.image_url };
    throw new RequestInvalid(`${path}.content[${index}].type`, 'a text or image_url part');
  });
}

/** One text stays a text; several become documents, which Cohere can cite one by one. */
function toResult(content: ToolMessage['content'], path: string, results: ResultReader): string | DocumentContent[] {
  const texts = toTexts(content, path);
  if (typeof texts === 'string') return texts;
  if (texts.length < 2) return texts[0]?.text ?? '';
  return texts.map(({ text }) => ({ type: 'document', document: { data: results.objectIn(text) ?? { content: text } } }));
}

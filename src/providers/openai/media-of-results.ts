import type { ChatMessage, ContentPart } from '../../core/chat.ts';
import { isRecord } from './wire-types.ts';

/**
 * The conversation with what is no text in results of tools in the user's name, right behind them: "Image URLs are only
 * allowed for messages with role 'user'" (OpenAI's and Azure's 400). The same list if there is no such part.
 */
export function withMediaOfResults(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  if (!messages.some(hasMedia)) return messages;
  const moved: ChatMessage[] = [];
  let media: ContentPart[] = [];
  for (const message of messages) {
    if (message?.role !== 'tool' && media.length > 0) moved.push({ role: 'user', content: media });
    if (message?.role !== 'tool') media = [];
    if (!hasMedia(message)) {
      moved.push(message);
      continue;
    }
    media.push(...message.content.filter((part) => !isText(part)));
    moved.push({ ...message, content: message.content.filter(isText) });
  }
  if (media.length > 0) moved.push({ role: 'user', content: media });
  return moved.map(withoutEmptyList);
}

function hasMedia(message: ChatMessage): message is ChatMessage & { role: 'tool'; content: ContentPart[] } {
  return (
    message?.role === 'tool' && Array.isArray(message.content) && message.content.some((part) => isRecord(part) && !isText(part))
  );
}

function isText(part: ContentPart): boolean {
  return !isRecord(part) || part.type === 'text';
}

/** A result has a text, if an empty one; a list without parts is refused. */
function withoutEmptyList(message: ChatMessage): ChatMessage {
  return message?.role === 'tool' && Array.isArray(message.content) && message.content.length === 0
    ? { ...message, content: '' }
    : message;
}

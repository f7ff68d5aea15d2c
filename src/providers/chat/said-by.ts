import type { AssistantMessage, ContentPart } from '../../core/chat.ts';

/**
 * What an assistant turn says in words, for wires without a field for refusals and without one for the sound of earlier
 * answers: its content, then its refusal; the transcript of a spoken answer if it has no other words.
 */
export function saidBy({ content, refusal, audio }: AssistantMessage): string | ContentPart[] {
  const words = isSilent(content) ? '' : content;
  if (!refusal) return words === '' ? (audio?.transcript ?? '') : words;
  if (words === '') return refusal;
  const parts: ContentPart[] = typeof words === 'string' ? [{ type: 'text', text: words }] : words;
  return [...parts, { type: 'refusal', refusal }];
}

/** Whether all that a turn says is a sound that only its maker can look up. */
export function isSoundAlone(message: AssistantMessage): boolean {
  return Boolean(message.audio) && saidBy(message).length === 0 && !message.tool_calls?.length && !message.function_call;
}

function isSilent(content: AssistantMessage['content']): content is null | undefined | '' {
  if (typeof content !== 'object' || content === null) return !content;
  return content.every((part) => part.type === 'text' && part.text === '');
}

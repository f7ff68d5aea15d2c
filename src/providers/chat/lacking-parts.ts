import type { ChatMessage, ContentPart } from '../../core/chat.ts';
import { isForeignCall, readMessage } from './read-message.ts';
import { isSoundAlone } from './said-by.ts';

/**
 * The name of a part that a wire has no counterpart of, as `drop` and the router know it: the part's type; undefined for
 * one that it takes.
 */
export type LackingPart = (part: ContentPart, role: ChatMessage['role']) => string | undefined;

/**
 * Adds the names of what a conversation holds and a wire lacks: parts by their types, calls of other tools than functions
 * as `tool_calls`, a turn that is nothing but a sound as `audio`. Reads every message, so that a malformed one is told before anything else.
 */
export function addLackingParts(messages: readonly ChatMessage[], lacking: LackingPart, names: Set<string>): void {
  for (let position = 0; position < messages.length; position += 1) {
    const message = readMessage(messages[position], position);
    if (message.role === 'assistant' && message.tool_calls?.some(isForeign)) names.add('tool_calls');
    if (message.role === 'assistant' && isSoundAlone(message)) names.add('audio');
    if (!Array.isArray(message.content)) continue;
    for (const part of message.content) {
      const name = lacking(part, message.role);
      if (name !== undefined) names.add(name);
    }
  }
}

function isForeign(call: object): boolean {
  return isForeignCall(call as Readonly<Record<string, unknown>>);
}

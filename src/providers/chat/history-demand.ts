import type { AssistantMessage, ChatMessage } from '../../core/chat.ts';
import { isRecord } from '../../core/json.ts';

/**
 * What a model demands, while it thinks, of the assistant turns that it is given back. Each wire states it beside its
 * models, and does without thinking, or passes the candidate over, if a history can't meet it.
 */
export type HistoryDemand =
  | 'nothing'
  /** The turn whose tool loop is still open begins with thinking of the model's own maker. */
  | 'thinking-before-open-loop'
  /** Every turn that calls tools has its thinking. */
  | 'thinking-beside-calls';

/** `hasThinking`: whether the wire can give a turn back with thinking that the model takes. */
export function meetsDemand(
  demand: HistoryDemand,
  messages: readonly ChatMessage[],
  hasThinking: (message: AssistantMessage) => boolean,
): boolean {
  switch (demand) {
    case 'nothing':
      return true;
    case 'thinking-before-open-loop':
      return openLoopStarts(messages, hasThinking).every(hasThinking);
    case 'thinking-beside-calls':
      return messages.every((message) => message?.role !== 'assistant' || !callsTools(message) || hasThinking(message));
  }
}

/**
 * The message with which the turn begins whose tool results are the last thing said; none if there is no such turn. What
 * a user says right behind results is one turn with them on the wires that ask this, and ends no loop; if the loop goes
 * on after that, its next message is taken for a beginning too.
 */
function openLoopStarts(
  messages: readonly ChatMessage[],
  hasThinking: (message: AssistantMessage) => boolean,
): readonly AssistantMessage[] {
  let start: AssistantMessage | undefined;
  let afterUser: AssistantMessage | undefined;
  let hasResults = false;
  let isAsked = false;
  for (let position = messages.length - 1; position >= 0; position -= 1) {
    const message = messages[position];
    if (message?.role === 'tool' || message?.role === 'function') hasResults = true;
    else if (message?.role === 'user') isAsked = true;
    else if (message?.role === 'assistant' && (saysSomething(message) || hasThinking(message))) {
      // Assistant messages without anything between them are one turn.
      const isOfTurn = hasResults || (start !== undefined && !isAsked);
      if (!isOfTurn) break;
      if (isAsked) afterUser ??= start;
      start = message;
      hasResults = false;
      isAsked = false;
    }
  }
  return [start, afterUser].filter((message) => message !== undefined);
}

/** Turns that do not are left out of what is sent, and end no loop. */
function saysSomething(message: AssistantMessage): boolean {
  const { content, refusal, audio } = message;
  return callsTools(message) || Boolean(refusal) || Boolean(audio) || hasWords(content);
}

function hasWords(content: unknown): boolean {
  if (typeof content === 'string') return content.trim() !== '';
  return Array.isArray(content) && content.some((part) => !isRecord(part) || part.type !== 'text' || hasWords(part.text));
}

function callsTools({ tool_calls, function_call }: AssistantMessage): boolean {
  return (Array.isArray(tool_calls) && tool_calls.length > 0) || Boolean(function_call);
}

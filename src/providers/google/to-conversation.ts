import type { AssistantMessage, ChatMessage, ContentPart } from '../../core/chat.ts';
import { listOfMessages, readMessage } from '../chat/read-message.ts';
import { ResultReader } from '../chat/result-reader.ts';
import { RequestInvalid } from '../request-invalid.ts';
import { appendResults } from './append-results.ts';
import { toAssistantParts, toCalls } from './assistant.ts';
import type { GeminiModel } from './model.ts';
import { toParts } from './parts.ts';
import type { GeminiContent, GeminiPart } from './wire-types.ts';

/** A conversation in the wire's two fields. */
export interface Conversation {
  readonly systemInstruction: GeminiContent | undefined;
  readonly contents: GeminiContent[];
}

/**
 * OpenAI's messages as `systemInstruction` and `contents`. All system messages go to the instruction, one part each, since
 * the wire knows no such role between turns. Neighbours of one role share a content; results of calls stand alone.
 */
export function toConversation(given: unknown, model: GeminiModel): Conversation {
  const messages = listOfMessages(given).map(readMessage);
  const system: GeminiPart[] = [];
  const contents: GeminiContent[] = [];
  const results = new ResultReader();
  const turnStart = messages.findLastIndex((message) => message.role === 'user');
  let position = 0;
  for (let message = messages[position]; message !== undefined; message = messages[position]) {
    const path = `messages[${position}]`;
    position += 1;
    switch (message.role) {
      case 'system':
      case 'developer':
        system.push(...toInstruction(message.content, path));
        break;
      case 'user':
        append(contents, 'user', toParts(message.content, `${path}.content`));
        break;
      case 'assistant':
        position = appendTurn(message, { messages, position, path, system, contents, model, turnStart, results });
        break;
      default:
        throw new RequestInvalid(path, 'a role that stands here; a tool result follows the assistant message with its call');
    }
  }
  // The wire wants a content beside instructions, and takes an empty one.
  if (contents.length === 0 && system.length > 0) contents.push({ role: 'user', parts: [{ text: '' }] });
  if (contents.length === 0) throw new RequestInvalid('messages', 'at least one message that is not empty');
  if (contents[0]?.role === 'model' && contents[0].parts?.some((part) => part.functionCall)) {
    // A call has to follow a user's turn; a history cut at its start begins with one.
    contents.unshift({ role: 'user', parts: [{ text: ' ' }] });
  }
  return { systemInstruction: system.length > 0 ? { parts: system } : undefined, contents };
}

interface Turn {
  readonly messages: readonly ChatMessage[];
  /** Of the message after the turn's. */
  readonly position: number;
  readonly path: string;
  readonly system: GeminiPart[];
  readonly contents: GeminiContent[];
  readonly model: GeminiModel;
  readonly turnStart: number;
  readonly results: ResultReader;
}

/** An assistant message and the results of its calls; returns the position after them. */
function appendTurn(message: AssistantMessage, turn: Turn): number {
  const { messages, position, path, system, contents, model, turnStart, results } = turn;
  const calls = toCalls(message, path);
  const needsSignature = model.generation >= 3 && position > turnStart;
  append(contents, 'model', toAssistantParts(message, calls, { path, needsSignature }));
  if (calls.length === 0) return position;
  return appendResults(calls, { messages, position, path, contents, model, results }, (content, at) =>
    system.push(...toInstruction(content, at)),
  );
}

function toInstruction(content: string | ContentPart[], path: string): GeminiPart[] {
  const parts = toParts(content, `${path}.content`);
  if (parts.some((part) => part.text === undefined)) throw new RequestInvalid(`${path}.content`, 'text only');
  return parts;
}

function append(contents: GeminiContent[], role: 'user' | 'model', parts: GeminiPart[]): void {
  if (parts.length === 0) return;
  const last = contents.at(-1);
  if (last?.role === role && last.parts && !last.parts.some((part) => part.functionResponse)) last.parts.push(...parts);
  else contents.push({ role, parts });
}

import type { ChatMessage, ContentPart, FunctionMessage, ToolMessage } from '../../core/chat.ts';
import type { ResultReader } from '../chat/result-reader.ts';
import { RequestInvalid } from '../request-invalid.ts';
import type { EarlierCall } from './assistant.ts';
import type { GeminiModel } from './model.ts';
import { toParts } from './parts.ts';
import { isWireId } from './signatures.ts';
import type { GeminiContent, GeminiFunctionResponse, GeminiPart } from './wire-types.ts';

interface Place {
  readonly messages: readonly ChatMessage[];
  /** Of the first message after the one with the calls. */
  readonly position: number;
  /** Of the message with the calls. */
  readonly path: string;
  readonly contents: GeminiContent[];
  readonly model: GeminiModel;
  readonly results: ResultReader;
}

/**
 * The results that follow a message with calls, in one content of their own: exactly one for each call, in the calls' order,
 * by name, which OpenAI's form leaves to the call; or none at all, if the calls wait for them. System messages between
 * them go to `onSystem`. Returns the position after them.
 */
export function appendResults(
  calls: readonly EarlierCall[],
  { messages, position, path, contents, model, results }: Place,
  onSystem: (content: string | ContentPart[], path: string) => void,
): number {
  const responses: (GeminiPart | undefined)[] = calls.map(() => undefined);
  const media: GeminiPart[] = [];
  let next = position;
  for (let message = messages[next]; message !== undefined; message = messages[next]) {
    const at = `messages[${next}]`;
    if (message.role === 'tool' || message.role === 'function') {
      const index = indexOfCall(message, calls, responses);
      const call = calls[index];
      if (call === undefined) throw new RequestInvalid(at, `the result of a call of ${path} that has none yet`);
      responses[index] = toResult(message, call, { at, model, media, results });
    } else if (message.role === 'system' || message.role === 'developer') onSystem(message.content, at);
    else break;
    next += 1;
  }
  const parts = responses.filter((part) => part !== undefined);
  if (parts.length === 0) return next;
  if (parts.length < responses.length) {
    const missing = responses.indexOf(undefined);
    throw new RequestInvalid(`${path}.tool_calls[${missing}]`, 'a tool message with its result, as the other calls have');
  }
  contents.push({ role: 'user', parts });
  if (media.length > 0) contents.push({ role: 'user', parts: media });
  return next;
}

/** Calls of one name, or of one id if a history has it twice, are told apart by their order. */
function indexOfCall(
  message: ToolMessage | FunctionMessage,
  calls: readonly EarlierCall[],
  responses: readonly (GeminiPart | undefined)[],
): number {
  return calls.findIndex((call, index) => {
    if (responses[index] !== undefined) return false;
    return message.role === 'tool' ? call.id === message.tool_call_id : call.name === message.name;
  });
}

function toResult(
  message: ToolMessage | FunctionMessage,
  { id, name }: EarlierCall,
  { at, model, media, results }: { at: string; model: GeminiModel; media: GeminiPart[]; results: ResultReader },
): GeminiPart {
  const parts = toParts(message.content, `${at}.content`);
  const text = parts.map((part) => part.text ?? '').join('');
  const files = parts.filter((part) => part.text === undefined);
  const said = results.objectIn(text);
  // Google's reference of FunctionResponse: the key `error` holds the details of one.
  const hasFailed = message.role === 'tool' && message.is_error === true;
  const response = hasFailed ? { error: said ?? text } : (said ?? { result: text });
  const functionResponse: GeminiFunctionResponse = { name, response };
  if (isWireId(id)) functionResponse.id = id;
  // Before Gemini 3 a result has no place for media, so that it follows in the user's name.
  if (files.length > 0 && model.generation >= 3) functionResponse.parts = files;
  else media.push(...files);
  return { functionResponse };
}

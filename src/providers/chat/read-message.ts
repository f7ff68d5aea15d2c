import type { ChatMessage } from '../../core/chat.ts';
import { isRecord, type JsonRecord } from '../../core/json.ts';
import { RequestInvalid } from '../request-invalid.ts';
import { checkParts } from './check-parts.ts';
import { isAbsent, isRecordOrAbsent, isTextOrAbsent, type Problem } from './records.ts';

/**
 * The one place that knows OpenAI's forms of a message: what every native wire reads of them is checked here, so that a
 * translation can go by the types. Returns the same object, unless thinking comes under its other name, `reasoning`; a message
 * in order costs no more than a look at each field. Throws `RequestInvalid` with the path of the first that has another form.
 */
export function readMessage(value: unknown, position: number): ChatMessage {
  if (!isRecord(value)) throw new RequestInvalid(`messages[${position}]`, 'a message');
  checkFields(value, position);
  const problem = problemOf(value);
  if (problem) throw new RequestInvalid(`messages[${position}]${problem.at}`, problem.expected);
  if (value.role === 'assistant' && typeof value.reasoning === 'string' && isAbsent(value.reasoning_content))
    return { ...value, reasoning_content: value.reasoning } as unknown as ChatMessage;
  return value as unknown as ChatMessage;
}

/** Messages of a call; throws if there are none. Each is still to be read. */
export function listOfMessages(messages: unknown): readonly unknown[] {
  if (!Array.isArray(messages) || messages.length === 0) throw new RequestInvalid('messages', 'a list with at least one message');
  return messages;
}

function checkFields(message: JsonRecord, position: number): void {
  switch (message.role) {
    case 'system':
    case 'developer':
    case 'user':
    case 'tool':
      if (typeof message.content !== 'string') checkContent(message.content, position);
      return;
    case 'assistant':
      if (!isTextOrAbsent(message.content)) checkContent(message.content, position);
      if (!isAbsent(message.tool_calls)) checkEach(message, 'tool_calls', problemOfCall, position);
      if (!isAbsent(message.reasoning_details)) checkEach(message, 'reasoning_details', problemOfDetail, position);
      return;
  }
}

function checkContent(content: unknown, position: number): void {
  if (!Array.isArray(content)) throw new RequestInvalid(`messages[${position}].content`, 'text or a list of content parts');
  checkParts(content, position);
}

function checkEach(
  message: JsonRecord,
  field: string,
  problemOfValue: (value: unknown) => Problem | undefined,
  position: number,
): void {
  const values = message[field];
  if (!Array.isArray(values)) throw new RequestInvalid(`messages[${position}].${field}`, 'a list');
  for (let place = 0; place < values.length; place += 1) {
    const problem = problemOfValue(values[place]);
    if (problem) throw new RequestInvalid(`messages[${position}].${field}[${place}]${problem.at}`, problem.expected);
  }
}

const NO_ROLE: Problem = { at: '.role', expected: 'system, developer, user, assistant, tool or function' };
const NO_CALL_ID: Problem = { at: '.tool_call_id', expected: 'the id of a tool call' };
const NO_NAME: Problem = { at: '.name', expected: 'the name of a function' };
const NO_TEXT: Problem = { at: '.content', expected: 'text' };
const NO_REFUSAL: Problem = { at: '.refusal', expected: 'text' };
const NO_AUDIO: Problem = { at: '.audio', expected: 'an object with the id of a spoken answer' };
const NO_TRANSCRIPT: Problem = { at: '.audio.transcript', expected: 'text' };
const NO_REASONING: Problem = { at: '.reasoning_content', expected: 'text' };
const NO_MARK: Problem = { at: '.cache_control', expected: 'an object' };
const NO_CALLED_NAME: Problem = { at: '.function_call.name', expected: 'the name of a function' };
const NO_CALLED_ARGUMENTS: Problem = { at: '.function_call.arguments', expected: 'the arguments as a string of JSON' };

/** What is wrong with the fields of a message beside its lists. */
function problemOf(message: JsonRecord): Problem | undefined {
  if (!isRecordOrAbsent(message.cache_control)) return NO_MARK;
  switch (message.role) {
    case 'system':
    case 'developer':
    case 'user':
      return undefined;
    case 'assistant':
      if (!isTextOrAbsent(message.refusal)) return NO_REFUSAL;
      if (!isTextOrAbsent(message.reasoning_content)) return NO_REASONING;
      return problemOfAudio(message.audio) ?? problemOfLegacyCall(message.function_call);
    case 'tool':
      return typeof message.tool_call_id === 'string' ? undefined : NO_CALL_ID;
    case 'function':
      if (!isName(message.name)) return NO_NAME;
      return isTextOrAbsent(message.content) ? undefined : NO_TEXT;
    default:
      return NO_ROLE;
  }
}

function problemOfLegacyCall(call: unknown): Problem | undefined {
  if (isAbsent(call)) return undefined;
  if (!isRecord(call) || !isName(call.name)) return NO_CALLED_NAME;
  return typeof call.arguments === 'string' ? undefined : NO_CALLED_ARGUMENTS;
}

function problemOfAudio(audio: unknown): Problem | undefined {
  if (isAbsent(audio)) return undefined;
  if (!isRecord(audio)) return NO_AUDIO;
  return isTextOrAbsent(audio.transcript) ? undefined : NO_TRANSCRIPT;
}

const NO_CALL: Problem = { at: '', expected: 'a tool call' };
const NO_ID: Problem = { at: '.id', expected: 'a string' };
const NO_FUNCTION: Problem = { at: '.function.name', expected: 'the name of a function' };
const NO_ARGUMENTS: Problem = { at: '.function.arguments', expected: 'the arguments as a string of JSON' };

function problemOfCall(call: unknown): Problem | undefined {
  if (!isRecord(call)) return NO_CALL;
  // Calls of other types than functions have forms of their own; no native wire has a place for them.
  if (isForeignCall(call)) return undefined;
  if (!isRecord(call.function) || !isName(call.function.name)) return NO_FUNCTION;
  if (typeof call.function.arguments !== 'string') return NO_ARGUMENTS;
  if (typeof call.id !== 'string') return NO_ID;
  return isRecordOrAbsent(call.cache_control) ? undefined : NO_MARK;
}

/** A call of a tool that is no function, such as one of OpenAI's custom tools. */
export function isForeignCall(call: JsonRecord): boolean {
  return typeof call.type === 'string' && call.type !== 'function';
}

const NO_DETAIL: Problem = { at: '', expected: 'an object' };
const NO_DETAIL_TEXT: Problem = { at: '.text', expected: 'text' };
const NO_SUMMARY: Problem = { at: '.summary', expected: 'text' };
const NO_DATA: Problem = { at: '.data', expected: 'text' };
const NO_SIGNATURE: Problem = { at: '.signature', expected: 'text' };

/** A hole is passed over: some clients leave one for a detail that they do not know. */
function problemOfDetail(detail: unknown): Problem | undefined {
  if (isAbsent(detail)) return undefined;
  if (!isRecord(detail)) return NO_DETAIL;
  if (!isTextOrAbsent(detail.text)) return NO_DETAIL_TEXT;
  if (!isTextOrAbsent(detail.summary)) return NO_SUMMARY;
  if (!isTextOrAbsent(detail.data)) return NO_DATA;
  return isTextOrAbsent(detail.signature) ? undefined : NO_SIGNATURE;
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

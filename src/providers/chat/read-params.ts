import type { ChatParams } from '../../core/chat.ts';
import { isRecord } from '../../core/json.ts';
import type { Params } from '../../core/params.ts';
import { RequestInvalid } from '../request-invalid.ts';
import { checkTools, type NativeForms } from './read-tools.ts';
import { isAbsent, isRecordOrAbsent, isTextOrAbsent } from './records.ts';

/**
 * The params of a chat call as a native wire may read them: every field that one of those wires translates has OpenAI's
 * form, down to tools and choice; the messages are read one by one by `readMessage`. Throws `RequestInvalid` with the
 * path of the first that has not. OpenAI's own wire does not come here: there every form goes to the vendor as it is.
 */
export function readChatParams(params: Params, native: NativeForms): ChatParams {
  for (const name in params) {
    const value = params[name];
    if (isAbsent(value)) continue;
    const form = FORMS.get(name);
    if (form !== undefined && !form.fits(value)) throw new RequestInvalid(name, form.expected);
  }
  if (!Array.isArray(params.messages)) throw new RequestInvalid('messages', 'a list of messages');
  if (!isAbsent(params.stop) || !isAbsent(params.stop_sequences)) checkStops(params);
  if (!isAbsent(params.response_format)) checkFormat(params.response_format);
  checkTools(params, native);
  return params as unknown as ChatParams;
}

interface Form {
  readonly expected: string;
  fits(value: unknown): boolean;
}

const NUMBER: Form = { expected: 'a number', fits: (value) => typeof value === 'number' };
const BOOLEAN: Form = { expected: 'true or false', fits: (value) => typeof value === 'boolean' };
const TEXT: Form = { expected: 'a string', fits: (value) => typeof value === 'string' };
const OBJECT: Form = { expected: 'an object', fits: isRecord };
const TEXTS: Form = {
  expected: 'a list of strings',
  fits: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
};

const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ...named(NUMBER, ['temperature', 'top_p', 'top_k', 'frequency_penalty', 'presence_penalty', 'seed', 'n', 'top_logprobs']),
  ...named(NUMBER, ['max_tokens', 'max_completion_tokens']),
  ...named(BOOLEAN, ['logprobs', 'parallel_tool_calls']),
  ...named(TEXT, ['reasoning_effort', 'service_tier', 'verbosity', 'user', 'safety_identifier', 'continuationToken']),
  ...named(OBJECT, ['logit_bias', 'metadata', 'response_format']),
  ['modalities', TEXTS],
  // Fields of the wires' own that are taken apart here, not handed on whole.
  ...named(OBJECT, ['thinking', 'output_config', 'generationConfig', 'toolConfig', 'additionalModelRequestFields']),
]);

function named(form: Form, names: readonly string[]): [string, Form][] {
  return names.map((name) => [name, form]);
}

function checkStops({ stop, stop_sequences }: Params): void {
  checkTexts(stop, 'stop');
  checkTexts(stop_sequences, 'stop_sequences');
}

function checkTexts(value: unknown, path: string): void {
  if (isTextOrAbsent(value)) return;
  if (!Array.isArray(value)) throw new RequestInvalid(path, 'a string or a list of strings');
  const position = value.findIndex((item) => typeof item !== 'string');
  if (position >= 0) throw new RequestInvalid(`${path}[${position}]`, 'a string');
}

function checkFormat(format: unknown): void {
  if (!isRecord(format) || typeof format.type !== 'string')
    throw new RequestInvalid('response_format.type', 'the type of a format');
  if (format.type !== 'json_schema') return;
  const described = format.json_schema;
  if (!isRecord(described)) throw new RequestInvalid('response_format.json_schema', 'an object');
  if (!isRecordOrAbsent(described.schema)) throw new RequestInvalid('response_format.json_schema.schema', 'a JSON schema');
  for (const field of ['name', 'description'] as const) {
    if (!isTextOrAbsent(described[field])) throw new RequestInvalid(`response_format.json_schema.${field}`, 'a string');
  }
}

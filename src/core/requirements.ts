import type { Capabilities } from './capabilities.ts';
import type { Operation } from './operation.ts';
import type { Params } from './params.ts';

/** A capability that can be there or not; the output limit is none of them. */
export type BooleanCapability = Exclude<keyof Capabilities, 'maxOutputTokens'>;

/** Something that params can ask for, and the capability it takes. */
export interface Requirement {
  readonly bit: number;
  readonly capability: BooleanCapability;
  /** The param, or the type of the content part, in chat's words. */
  readonly parameter: string;
  readonly what: string;
}

const TOOLS = 1;
const PARALLEL_TOOLS = 2;
const VISION = 4;
const DOCUMENTS = 8;
const AUDIO_INPUT = 16;
const JSON_SCHEMA = 32;
const REASONING = 64;
const STREAMING = 128;
const PREFILL = 256;

export const REQUIREMENTS: readonly Requirement[] = [
  { bit: TOOLS, capability: 'tools', parameter: 'tools', what: 'tools' },
  { bit: PARALLEL_TOOLS, capability: 'parallelTools', parameter: 'parallel_tool_calls', what: 'parallel tool calls' },
  { bit: VISION, capability: 'vision', parameter: 'image_url', what: 'image input' },
  { bit: DOCUMENTS, capability: 'documents', parameter: 'file', what: 'file input' },
  { bit: AUDIO_INPUT, capability: 'audioInput', parameter: 'input_audio', what: 'audio input' },
  { bit: JSON_SCHEMA, capability: 'jsonSchema', parameter: 'response_format', what: 'a JSON schema' },
  { bit: REASONING, capability: 'reasoning', parameter: 'reasoning_effort', what: 'reasoning' },
  { bit: STREAMING, capability: 'streaming', parameter: 'stream', what: 'streaming' },
  { bit: PREFILL, capability: 'prefill', parameter: 'messages', what: 'a trailing assistant message' },
];

/** The bits of what a request asks for; malformed params ask for nothing. */
export function requiredBits(operation: Operation, params: Params, stream: boolean): number {
  let bits = stream ? STREAMING : 0;
  if (operation !== 'chat' && operation !== 'responses') return bits;
  if (isFilledList(params.tools) || isFilledList(params.functions)) {
    bits |= TOOLS;
    if (params.parallel_tool_calls === true) bits |= PARALLEL_TOOLS;
  }
  const format = operation === 'chat' ? params.response_format : record(params.text)?.format;
  if (record(format)?.type === 'json_schema') bits |= JSON_SCHEMA;
  const effort = operation === 'chat' ? params.reasoning_effort : record(params.reasoning)?.effort;
  if (typeof effort === 'string' && effort !== 'none') bits |= REASONING;
  const messages = operation === 'chat' ? params.messages : params.input;
  return Array.isArray(messages) ? bits | bitsOfMessages(messages) : bits;
}

function bitsOfMessages(messages: readonly unknown[]): number {
  let bits = 0;
  for (const message of messages) {
    const item = record(message);
    // A result of a function has its parts under `output` in the Responses API.
    const content = item?.content ?? item?.output;
    if (Array.isArray(content)) bits |= bitsOfParts(content);
  }
  return isPrefill(record(messages.at(-1))) ? bits | PREFILL : bits;
}

/** A turn that ends with calls waits for their results; there is nothing in it to continue. */
function isPrefill(last: Readonly<Record<string, unknown>> | undefined): boolean {
  return last?.role === 'assistant' && !isFilledList(last.tool_calls) && !last.function_call;
}

function bitsOfParts(parts: readonly unknown[]): number {
  let bits = 0;
  for (const part of parts) {
    const type = record(part)?.type;
    if (typeof type === 'string') bits |= BITS_BY_PART.get(type) ?? 0;
  }
  return bits;
}

const BITS_BY_PART: ReadonlyMap<string, number> = new Map([
  ['image_url', VISION],
  ['input_image', VISION],
  ['file', DOCUMENTS],
  ['input_file', DOCUMENTS],
  ['input_audio', AUDIO_INPUT],
]);

function isFilledList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}

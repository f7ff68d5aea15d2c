import type { Call } from '../core/call.ts';
import type { Capabilities } from '../core/capabilities.ts';
import type { Deployment } from '../core/deployment.ts';
import { ALL_LIMIT_NAMES, largestLimit, limitNames } from '../core/output-limit.ts';
import type { Params } from '../core/params.ts';

/** What a deployment is known not to be able to honour. */
export interface UnmetRequirement {
  /** `context-window`: another candidate with a larger window, or a `contextWindow` fallback, may serve the call. */
  readonly kind: 'capability' | 'output-limit' | 'context-window';
  /** The param, or the type of the content part, as the caller gave it. */
  readonly parameter: string;
  readonly reason: string;
}

/**
 * The first thing the call asks that the deployment is known not to do; undefined where all is possible or unknown.
 * A param that the provider's `drop` names rules nothing out. `estimateInputTokens` is what is expected, not a bound:
 * a bound by bytes would rule out windows that are large enough.
 */
export function unmetRequirement(
  call: Call,
  deployment: Deployment,
  estimateInputTokens: number | undefined,
  required: Requirements = requirementsOf(call),
): UnmetRequirement | undefined {
  const { capabilities, contextWindow } = deployment;
  if (contextWindow !== undefined && estimateInputTokens !== undefined && estimateInputTokens > contextWindow) {
    const reason = `about ${estimateInputTokens} input tokens exceed the context window of ${contextWindow}`;
    return { kind: 'context-window', parameter: call.operation === 'responses' ? 'input' : 'messages', reason };
  }
  if (required.bits === 0 && required.maxOutput === undefined) return undefined;
  const drop = call.plan.providers.get(deployment.provider)?.options.drop ?? [];
  for (const { bit, capability, parameter, what } of REQUIREMENTS) {
    if ((required.bits & bit) === 0 || capabilities[capability] !== false || drop.includes(parameter)) continue;
    return { kind: 'capability', parameter, reason: `does not support ${what}` };
  }
  return exceededOutput(required.maxOutput, capabilities.maxOutputTokens, drop);
}

type BooleanCapability = Exclude<keyof Capabilities, 'maxOutputTokens'>;

interface Requirement {
  readonly bit: number;
  readonly capability: BooleanCapability;
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

const REQUIREMENTS: readonly Requirement[] = [
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

/** What a call asks for; the same for all deployments that are sent the same. */
export interface Requirements {
  readonly bits: number;
  readonly maxOutput: OutputLimit | undefined;
}

interface OutputLimit {
  /** The param. */
  readonly name: string;
  readonly tokens: number;
}

/** `params`: those that are sent. */
export function requirementsOf(call: Call, params: Params = call.params): Requirements {
  // A limit in another operation's words bounds nothing, and says all the same how much is wanted.
  const any = largestLimit(ALL_LIMIT_NAMES, params);
  const own = any && largestLimit(limitNames(call.operation) ?? [], params);
  return { bits: requiredBits(call, params), maxOutput: own ?? any };
}

function requiredBits({ operation, stream }: Call, params: Params): number {
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
    const content = record(message)?.content;
    if (Array.isArray(content)) bits |= bitsOfParts(content);
  }
  return record(messages.at(-1))?.role === 'assistant' ? bits | PREFILL : bits;
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

function exceededOutput(
  asked: OutputLimit | undefined,
  limit: number | undefined,
  drop: readonly string[],
): UnmetRequirement | undefined {
  if (!asked || limit === undefined || asked.tokens <= limit || drop.includes(asked.name)) return undefined;
  const reason = `${asked.name} ${asked.tokens} exceeds the output limit of ${limit}`;
  return { kind: 'output-limit', parameter: asked.name, reason };
}

function isFilledList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}

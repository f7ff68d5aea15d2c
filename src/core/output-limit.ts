import type { Deployment } from './deployment.ts';
import type { Operation } from './operation.ts';
import type { Params } from './params.ts';

/**
 * The params by which an operation bounds each answer, as OpenAI's API reference has them; the native wires of chat read
 * the same two. A field of another operation goes out as an unknown one, and bounds nothing. The gateway's own bound goes
 * under the first.
 */
const LIMIT_NAMES: Partial<Record<Operation, readonly string[]>> = {
  chat: ['max_completion_tokens', 'max_tokens'],
  responses: ['max_output_tokens'],
  completions: ['max_tokens'],
};

/** The same of all operations. */
export const ALL_LIMIT_NAMES: readonly string[] = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'];

/** Undefined if the operation's output is not text. */
export function limitNames(operation: Operation): readonly string[] | undefined {
  return LIMIT_NAMES[operation];
}

/** What budgets make of the limits of a call, in tokens of each answer. */
export interface OutputBound {
  /** Sent if nothing else bounds an answer; at most what the model's vendor states. Undefined: nothing is. */
  readonly fill?: number | undefined;
  /** No larger limit is sent, and this one if there is none. Undefined: limits stay as they are. */
  readonly most?: number | undefined;
}

/** Output bound if neither the params nor the deployment name one; every chat model in use accepts it. */
export const DEFAULT_OUTPUT_TOKENS = 4_096;
/** No larger bound is sent if none was asked for, so that one call does not hold a budget's whole room. */
export const LARGEST_FILL = 32_768;

/** The limit that goes out: the largest of those that the operation reads. Undefined if none of them is a count. */
export function outputLimitOf(operation: Operation, params: Params): number | undefined {
  const names = LIMIT_NAMES[operation];
  if (names === undefined) return undefined;
  let largest: number | undefined;
  for (const name of names) {
    const value = params[name];
    if (value !== undefined && isCount(value) && (largest === undefined || value > largest)) largest = value;
  }
  return largest;
}

/** The largest limit under one of the names, with its name. */
export function largestLimit(
  names: readonly string[],
  params: Params,
): { readonly name: string; readonly tokens: number } | undefined {
  let largest: { name: string; tokens: number } | undefined;
  for (const name of names) {
    const value = params[name];
    if (value !== undefined && isCount(value) && (largest === undefined || value > largest.tokens)) {
      largest = { name, tokens: value };
    }
  }
  return largest;
}

/** A limit under the bound that budgets set. Undefined if nothing bounds the answer. */
export function boundedLimit(
  limit: number | undefined,
  { fill, most }: OutputBound,
  { capabilities, vendor }: Deployment,
  operation: Operation,
): number | undefined {
  let bounded = limit === undefined || isHeeded(limit, vendor, operation) ? limit : 1;
  if (bounded === undefined && fill !== undefined)
    bounded = Math.min(fill, capabilities.maxOutputTokens ?? DEFAULT_OUTPUT_TOKENS);
  if (most === undefined) return bounded;
  return bounded === undefined ? most : Math.min(bounded, most);
}

/**
 * Whether a limit bounds the answer. One of 0 does if it is documented to mean no output: by Anthropic (`max_tokens` in its SDK: "set to `0` to populate the
 * prompt cache without generating a response") and by OpenAI for completions (`minimum: 0` in its OpenAPI description).
 * Some servers take it for no limit: if budgets bound the answer, they get the least that all keep to.
 */
export function isHeeded(limit: number, vendor: string, operation: Operation): boolean {
  if (limit > 0) return true;
  return vendor === 'anthropic' ? operation === 'chat' : vendor === 'openai' && operation === 'completions';
}

/** The params with the limit of each answer under `name`, and no other. */
export function withLimit(params: Params, operation: Operation, name: string, limit: number, most: number | undefined): Params {
  const limited: Record<string, unknown> = { ...params };
  for (const other of LIMIT_NAMES[operation] ?? []) if (limited[other] !== undefined) delete limited[other];
  limited[name] = limit;
  if (most !== undefined && (nativeLimitOf(params) ?? 0) > most) withoutNativeLimits(limited);
  return limited;
}

/**
 * Least thinking that Anthropic takes: its wire raises a smaller limit by as much if the caller asks for thinking, so
 * that there is room for an answer beside it (docs.claude.com, extended thinking: `budget_tokens` from 1,024).
 */
export const LEAST_THINKING_TOKENS = 1_024;

/** Tokens that an answer under a limit may have by what the deployment's wire makes of the params. */
export function answerTokens(limit: number, most: number | undefined, params: Params, deployment: Deployment): number {
  const raised = limit < 2 * LEAST_THINKING_TOKENS && mayRaise(params, deployment) ? limit + LEAST_THINKING_TOKENS : limit;
  const native = nativeLimitOf(params) ?? 0;
  return most !== undefined && native > most ? raised : Math.max(raised, native);
}

/** The largest limit under which an answer keeps to so many tokens; less than 1 if none does. */
export function limitWithin(tokens: number, params: Params, deployment: Deployment): number {
  return tokens < 2 * LEAST_THINKING_TOKENS && mayRaise(params, deployment) ? tokens - LEAST_THINKING_TOKENS : tokens;
}

function mayRaise({ reasoning_effort: effort, reasoning }: Params, { vendor, upstreamModel }: Deployment): boolean {
  if (vendor !== 'anthropic' && !(vendor === 'gcp.vertex_ai' && upstreamModel.startsWith('claude'))) return false;
  return isEffort(effort) || isEffort(field(reasoning, 'effort'));
}

function isEffort(effort: unknown): boolean {
  return effort !== undefined && effort !== null && effort !== 'none';
}

/**
 * The limit in words of the upstream's own that it puts over the operation's, and an unknown field everywhere else: Gemini's
 * `generationConfig`, as its wire hands it on, and llama.cpp's `n_predict`, if a negative number is none
 * (`oaicompat_chat_params_parse` of its server).
 */
export function nativeLimitOf({ generationConfig, n_predict: predict }: Params): number | undefined {
  if (generationConfig === undefined && predict === undefined) return undefined;
  let largest = typeof predict === 'number' && predict < 0 ? Number.MAX_SAFE_INTEGER : toNumber(predict);
  for (const name of GEMINI_LIMIT_NAMES) largest = Math.max(largest, toNumber(field(generationConfig, name)));
  return largest > 0 ? Math.ceil(largest) : undefined;
}

// Google's APIs take a field's name in both spellings, and a number as a text.
const GEMINI_LIMIT_NAMES = ['maxOutputTokens', 'max_output_tokens'];

function toNumber(value: unknown): number {
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : 0;
  return Number.isFinite(number) ? number : 0;
}

function withoutNativeLimits(params: Record<string, unknown>): void {
  delete params.n_predict;
  if (typeof params.generationConfig !== 'object' || params.generationConfig === null) return;
  const config: Record<string, unknown> = { ...params.generationConfig };
  for (const name of GEMINI_LIMIT_NAMES) delete config[name];
  params.generationConfig = config;
}

/** Whether a value is a number of tokens that an upstream can keep to. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

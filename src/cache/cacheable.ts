import type { Call } from '../core/call.ts';
import { isRecord } from '../core/json.ts';
import type { Operation } from '../core/operation.ts';
import type { Params } from '../core/params.ts';
import { vendorToolsIn } from '../core/vendor-tools.ts';

/** Operations whose answers can be kept. The rest changes something at the provider, or sends files. */
const OPERATIONS: ReadonlySet<Operation> = new Set([
  'chat',
  'responses',
  'completions',
  'embeddings',
  'moderations',
  'images.generate',
  'audio.speech',
]);

/** Operations whose streams can be made of a whole answer and the other way round. */
const STREAMED: ReadonlySet<Operation> = new Set(['chat', 'responses', 'completions', 'audio.speech']);

/**
 * Whether a call's answer may come from a cache at all. A call that acts is made each time it is asked for: one that adds to
 * a conversation or a store at the provider, goes on in the background, or lets the provider run tools, be it by its own
 * params, by those that are configured, or by the model behind it.
 */
export function isCacheable({ operation, params, form, upload, stream, passthrough, modelPlan }: Call): boolean {
  if (!OPERATIONS.has(operation) || form !== undefined || upload !== undefined || passthrough !== undefined) return false;
  if (stream && !STREAMED.has(operation)) return false;
  for (const deployment of modelPlan.deployments) {
    const hasDefaults = modelPlan.params !== undefined || deployment.params !== undefined;
    const sent = hasDefaults ? { ...modelPlan.params, ...deployment.params, ...params } : params;
    if (acts(sent, operation, deployment.upstreamModel)) return false;
  }
  return true;
}

function acts(params: Params, operation: Operation, upstreamModel: string): boolean {
  if (params.store === true || vendorToolsIn(params, upstreamModel).length > 0) return true;
  if (operation !== 'responses') return false;
  return isGiven(params.conversation) || isGiven(params.previous_response_id) || params.background === true;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Whether a whole answer may be kept: complete, not filtered, no refusal, and still true tomorrow. */
export function isFit(body: unknown, operation: Operation): boolean {
  if (!isRecord(body) || isGiven(body.error)) return false;
  switch (operation) {
    case 'chat':
    case 'completions':
      return isList(body.choices) && body.choices.every(isFitChoice);
    case 'responses':
      return isFitResponse(body);
    case 'embeddings':
      return isList(body.data);
    case 'moderations':
      return isList(body.results);
    case 'images.generate':
      // An address of an image is good for an hour (OpenAI's reference, `images.generate`, `url`).
      return isList(body.data) && body.data.every((image) => isRecord(image) && typeof image.b64_json === 'string');
    default:
      return false;
  }
}

const FINISHES: ReadonlySet<unknown> = new Set(['stop', 'length', 'tool_calls', 'function_call']);

/**
 * When what an answer names at its provider is gone, in milliseconds since the epoch: what a chat has spoken can be named by
 * its id in the next turn until then (OpenAI's reference, `message.audio.expires_at`). Undefined: nothing of it goes.
 */
export function goneAtMs(body: unknown): number | undefined {
  if (!isRecord(body) || !Array.isArray(body.choices)) return undefined;
  let soonest: number | undefined;
  for (const choice of body.choices as readonly unknown[]) {
    const message = isRecord(choice) && isRecord(choice.message) ? choice.message : undefined;
    const audio = message !== undefined && isRecord(message.audio) ? message.audio : undefined;
    const seconds = audio?.expires_at;
    if (typeof seconds === 'number' && seconds > 0) soonest = Math.min(soonest ?? Number.POSITIVE_INFINITY, seconds * 1_000);
  }
  return soonest;
}

function isFitChoice(choice: unknown): boolean {
  if (!isRecord(choice) || !FINISHES.has(choice.finish_reason) || isGiven(choice.error)) return false;
  return !isRecord(choice.message) || !choice.message.refusal;
}

function isFitResponse({ status, incomplete_details: incomplete, output }: Readonly<Record<string, unknown>>): boolean {
  const isCut = status === 'incomplete' && isRecord(incomplete) && incomplete.reason === 'max_output_tokens';
  if (status !== 'completed' && !isCut) return false;
  return Array.isArray(output) && !output.some(isRefusal);
}

function isRefusal(item: unknown): boolean {
  return isRecord(item) && Array.isArray(item.content) && item.content.some((part) => isRecord(part) && part.type === 'refusal');
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0;
}

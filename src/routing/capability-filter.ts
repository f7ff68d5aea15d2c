import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import { ALL_LIMIT_NAMES, largestLimit, limitNames } from '../core/output-limit.ts';
import { chatName, responsesName } from '../core/param-names.ts';
import type { Params } from '../core/params.ts';
import { REQUIREMENTS, requiredBits } from '../core/requirements.ts';

/** What a deployment is known not to be able to honour. */
export interface UnmetRequirement {
  /** `context-window`: another candidate with a larger window, or a `contextWindow` fallback, may serve the call. */
  readonly kind: 'capability' | 'output-limit' | 'context-window';
  /** The param, or the type of the content part, as the caller gave it. */
  readonly parameter: string;
  readonly reason: string;
}

/**
 * The first thing the call asks that the deployment is known not to do; undefined if all is possible or unknown.
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
  const exceeds = contextWindow !== undefined && estimateInputTokens !== undefined && estimateInputTokens > contextWindow;
  if (exceeds && !hasWindowApart(call)) {
    const reason = `about ${estimateInputTokens} input tokens exceed the context window of ${contextWindow}`;
    return { kind: 'context-window', parameter: call.operation === 'responses' ? 'input' : 'messages', reason };
  }
  if (required.bits === 0 && required.maxOutput === undefined) return undefined;
  if (required.bits !== 0) {
    for (const { bit, capability, parameter, what } of REQUIREMENTS) {
      if ((required.bits & bit) === 0 || capabilities[capability] !== false) continue;
      if (isNamed(dropOf(call, deployment), parameter)) continue;
      return { kind: 'capability', parameter, reason: `does not support ${what}` };
    }
  }
  return exceededOutput(required.maxOutput, deployment, call);
}

/**
 * Whether all that is sent says nothing of the window: each input of a list of embeddings or moderations has it to itself,
 * recordings and images are taken by the size of their files, and sound is heard piece by piece.
 */
function hasWindowApart({ operation, params }: Call): boolean {
  if (operation.startsWith('audio.') || operation.startsWith('images.')) return true;
  return (operation === 'embeddings' || operation === 'moderations') && Array.isArray(params.input);
}

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
  return { bits: requiredBits(call.operation, params, call.stream), maxOutput: own ?? any };
}

/** What is configured for the deployment itself is taken to be right, whatever is known of its model. */
function exceededOutput(asked: OutputLimit | undefined, deployment: Deployment, call: Call): UnmetRequirement | undefined {
  const { capabilities, params } = deployment;
  const limit = capabilities.maxOutputTokens;
  if (!asked || limit === undefined || asked.tokens <= limit) return undefined;
  if (isNamed(dropOf(call, deployment), asked.name)) return undefined;
  if (params?.[asked.name] === asked.tokens) return undefined;
  const reason = `${asked.name} ${asked.tokens} exceeds the output limit of ${limit}`;
  return { kind: 'output-limit', parameter: asked.name, reason };
}

function dropOf({ plan }: Call, { provider }: Deployment): readonly string[] {
  return plan.providers.get(provider)?.options.drop ?? [];
}

/** `drop` may speak in the words of either API. */
function isNamed(drop: readonly string[], parameter: string): boolean {
  if (drop.length === 0) return false;
  return drop.includes(parameter) || drop.includes(responsesName(parameter)) || drop.includes(chatName(parameter));
}

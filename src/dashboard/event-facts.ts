import type { Caller } from '../core/caller.ts';
import type { RouteFailure } from '../core/route.ts';
import type { EventMap } from '../events/event-map.ts';
import type { AttemptFacts, CallFacts, FailureFacts, GuardFacts, StepFacts, Values } from './facts.ts';

/** In UTF-16 units; a model's name is whatever a caller wrote. */
const LONGEST_WORD = 200;
/** Codes are names; anything else that an upstream puts in their place may be a text of its own. */
const CODE = /^[\w.:-]{1,64}$/;

const NO_RUNS: readonly string[] = Object.freeze([]);
const NOBODY: Values = Object.freeze({});
const valuesOf = new WeakMap<Caller, Values>();

/** Cut to what a cell of a table holds. */
export function word(text: string): string {
  return text.length <= LONGEST_WORD ? text : `${text.slice(0, LONGEST_WORD)}…`;
}

/** The dimensions of a caller; `key` is the id of a virtual key and not the key. */
export function callerValues(caller: Caller): Values {
  const known = valuesOf.get(caller);
  if (known !== undefined) return known;
  const found = Object.entries(caller).filter(([name, value]) => typeof value === 'string' && name !== 'priority');
  const values = found.length === 0 ? NOBODY : (Object.fromEntries(found) as Values);
  valuesOf.set(caller, values);
  return values;
}

export function failureFacts({ kind, code, status }: RouteFailure): FailureFacts {
  return { kind, code: codeOf(code), status };
}

export function toAttempt(event: EventMap['attempt.end']): AttemptFacts {
  const { attempt, deployment, at, durationMs, costUsd, failure } = event;
  return { attempt, deployment, startedAt: at - durationMs, durationMs, costUsd, failure: failure && failureFacts(failure) };
}

export function toGuard(event: EventMap['guard.block' | 'guard.redact' | 'guard.flag']): GuardFacts {
  const { type, at, guard, on, findings } = event;
  const action = type.slice('guard.'.length) as GuardFacts['action'];
  return { kind: 'guard', at, guard, on, action, findings: findings.map(({ kind, count }) => ({ kind: word(kind), count })) };
}

interface Gathered {
  readonly attempts: readonly AttemptFacts[];
  readonly steps: readonly StepFacts[];
  readonly reason?: string;
  readonly isUnpriced?: boolean;
}

export function toCall(event: EventMap['request.end'], caller: Values, gathered: Gathered): CallFacts {
  const { usage, error, outcome } = event;
  return {
    id: event.requestId,
    at: event.at,
    caller,
    model: word(event.model),
    operation: event.operation,
    outcome,
    deployment: event.deployment,
    inputTokens: usage?.inputTokens,
    outputTokens: usage?.outputTokens,
    cachedInputTokens: usage?.cachedInputTokens,
    isEstimated: event.usageSource === 'estimated',
    costUsd: event.costUsd,
    durationMs: event.durationMs,
    firstTokenMs: event.firstTokenMs,
    finishReason: event.finishReason,
    // A refusal is in the gateway's own words; what an upstream answered may repeat the prompt.
    error: error && {
      code: codeOf(error.code),
      status: error.status,
      reason: outcome === 'denied' ? word(gathered.reason ?? error.message.replace(/^\d{3} /, '')) : undefined,
    },
    isUnpriced: gathered.isUnpriced === true,
    cache: event.cache,
    downgradedTo: event.downgradedTo,
    askedFor: event.askedFor,
    runs: event.runs?.map(word) ?? NO_RUNS,
    attempts: gathered.attempts,
    steps: gathered.steps,
  };
}

function codeOf(code: string): string {
  return CODE.test(code) ? code : 'other';
}

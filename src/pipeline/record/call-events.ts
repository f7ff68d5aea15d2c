import type { KeptAnswer } from '../../cache/kept-answer.ts';
import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import { nanoToUsd } from '../../core/money.ts';
import type { RouteAttempt } from '../../core/route.ts';
import type { Usage } from '../../core/usage.ts';
import { eventBase } from '../../events/event-base.ts';
import type {
  AttemptEndEvent,
  AttemptStartEvent,
  RequestEndEvent,
  RequestStartEvent,
  UsageUnpricedEvent,
} from '../../events/event-map.ts';
import { attemptFields } from './attempt-fields.ts';
import type { CacheMiss } from './cache-miss.ts';
import type { AttemptEnd, CallUse } from './call-use.ts';
import { failuresAmong, toEventFailure } from './to-event-failure.ts';
import { toFinishReason } from './to-finish-reason.ts';

export type CallOutcome = RequestEndEvent['outcome'];

/** An attempt of a call, and its number, from 1. */
export interface NumberedAttempt {
  readonly deployment: Deployment;
  readonly attempt: number;
}

/** What is known of a call when it ends. */
export interface EndedCall {
  readonly call: Call;
  readonly use: CallUse;
  readonly attempts: readonly RouteAttempt[];
  readonly deployment: Deployment | undefined;
  readonly firstTokenMs: number | undefined;
  readonly finishReason: string | undefined;
  readonly chunks: number | undefined;
  readonly output: unknown;
  readonly cache: CacheMiss | KeptAnswer | undefined;
  readonly downgradedTo: string | undefined;
  readonly durationMs: number;
}

function requestStart(call: Call, at: number): RequestStartEvent {
  return {
    type: 'request.start',
    ...eventBase(call, at),
    stream: call.stream,
    ...(call.question !== undefined && { askedFor: call.question.of }),
    ...(call.plan.captureContent ? { input: call.params } : undefined),
  };
}

function attemptStart(
  call: Call,
  { deployment, attempt }: NumberedAttempt,
  times: { readonly at: number; readonly startedAfterMs: number },
  origin: string | undefined,
): AttemptStartEvent {
  return {
    type: 'attempt.start',
    ...eventBase(call, times.at),
    ...attemptFields(deployment, attempt),
    vendor: deployment.vendor,
    origin,
    startedAfterMs: times.startedAfterMs,
  };
}

// Written out, as is the end of the request: copying the common fields costs more than all the rest of an event.
function attemptEnd(
  call: Call,
  { deployment, attempt }: NumberedAttempt,
  end: AttemptEnd,
  times: { readonly at: number; readonly durationMs: number },
): AttemptEndEvent {
  return {
    type: 'attempt.end',
    at: times.at,
    requestId: call.requestId,
    caller: call.caller,
    model: call.model,
    operation: call.operation,
    deployment: deployment.id,
    provider: deployment.provider,
    upstreamModel: deployment.upstreamModel,
    attempt,
    durationMs: times.durationMs,
    failure: end.failure && toEventFailure(end.failure, call),
    usage: end.usage,
    costUsd: end.costNanoUsd === undefined ? undefined : nanoToUsd(end.costNanoUsd),
  };
}

function usageUnpriced(call: Call, { deployment, attempt }: NumberedAttempt, usage: Usage, at: number): UsageUnpricedEvent {
  return { type: 'usage.unpriced', ...eventBase(call, at), ...attemptFields(deployment, attempt), usage };
}

function requestEnd(ended: EndedCall, outcome: CallOutcome, error: RequestEndEvent['error'], at: number): RequestEndEvent {
  const { call, use, deployment, attempts, cache, downgradedTo } = ended;
  const event: RequestEndEvent = {
    type: 'request.end',
    at,
    requestId: call.requestId,
    caller: call.caller,
    model: call.model,
    operation: call.operation,
    outcome,
    deployment: deployment?.id,
    provider: deployment?.provider,
    upstreamModel: deployment?.upstreamModel,
    attempts: attempts.length,
    usage: use.usage,
    costUsd: use.costUsd,
    usageSource: use.source,
    durationMs: ended.durationMs,
    firstTokenMs: ended.firstTokenMs,
    finishReason: toFinishReason(ended.finishReason),
    chunks: ended.chunks,
    failures: failuresAmong(attempts),
    error,
    ...(cache && { cache: cache.use.hit ? 'hit' : 'miss' }),
    ...(downgradedTo !== undefined && { downgradedTo }),
    ...(call.question !== undefined && { askedFor: call.question.of }),
    ...(call.runs && { runs: [...new Set(call.runs.map(({ id }) => id))] }),
  };
  return call.plan.captureContent ? { ...event, output: ended.output } : event;
}

/** The events of a call, made of its facts. */
export const callEvents = { requestStart, attemptStart, attemptEnd, usageUnpriced, requestEnd } as const;

import type { EventMap } from '../index.ts';

export type Level = 'debug' | 'info' | 'warn' | 'error';

type RequestEnd = EventMap['request.end'];

/** Undefined for a call that succeeded at once, which may be left out. */
export function levelOf(event: RequestEnd): Level | undefined {
  const { outcome, failures, attempts, error } = event;
  // Refused for what it asked, or a model said: whoever calls could fill the log otherwise.
  const isRefusal = attempts === 0 || (outcome === 'denied' && failures === undefined);
  const isCallersFault = error?.code === 'content_blocked' || (isRefusal && (error?.status ?? 500) < 500);
  if ((outcome === 'error' || outcome === 'denied') && !isCallersFault) return 'error';
  if (outcome !== 'success') return 'info';
  return failures === undefined ? undefined : 'warn';
}

/** The fields of a call's line: codes, counts and names, with `captureContent` too. */
export function lineOf(event: RequestEnd) {
  const { requestId, caller, model, operation, outcome, deployment, provider, upstreamModel, attempts, failures } = event;
  const { usage, costUsd, usageSource, durationMs, firstTokenMs, finishReason, cache, downgradedTo, askedFor, runs, error } =
    event;
  return {
    event: 'request.end',
    ...{ requestId, caller, model, operation, outcome, deployment, provider, upstreamModel, attempts, failures },
    ...{ usage, costUsd, usageSource, durationMs, firstTokenMs, finishReason, cache, downgradedTo, askedFor, runs },
    // Not `error` with its words: with `captureContent` they are an upstream's, and may repeat the prompt.
    errorCode: error?.code,
    errorStatus: error?.status,
  };
}

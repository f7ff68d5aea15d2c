import type { Context, HrTime, Span } from '@opentelemetry/api';
import type { AttemptMessage, RequestMessage } from '../index.ts';

/** A call until it has ended; spans are there once somebody needed them. */
export interface FollowedCall {
  readonly message: RequestMessage;
  /** The context in which its span starts. */
  readonly madeIn: Context;
  /** In the order of their starts. */
  readonly attempts: AttemptMessage[];
  span: Span | undefined;
  /** Of attempts whose spans somebody needed before the call ended. */
  attemptSpans: Map<AttemptMessage, Span> | undefined;
  /** What the call waited for by itself: queues and backoff, in milliseconds. */
  waitedMs: number;
}

/** The attempt that answered, else the last one. */
export function lastAttemptOf({ message, attempts }: FollowedCall): AttemptMessage | undefined {
  for (let index = attempts.length - 1; index >= 0; index -= 1) {
    const attempt = attempts[index];
    if (attempt?.deployment === message.deployment) return attempt;
  }
  return attempts.at(-1);
}

/** What the call took beside its attempts and its waits: the gateway's own time, in milliseconds. */
export function overheadMs({ message, attempts, waitedMs }: FollowedCall): number {
  let attemptsMs = 0;
  let untilMs = 0;
  // By their starts: hedges overlap.
  for (const attempt of attempts) {
    const endMs = attempt.startedAfterMs + (attempt.durationMs ?? 0);
    attemptsMs += Math.max(0, endMs - Math.max(untilMs, attempt.startedAfterMs));
    untilMs = Math.max(untilMs, endMs);
  }
  return Math.max(0, (message.durationMs ?? 0) - attemptsMs - waitedMs);
}

/** A wall-clock time and what has passed since, in milliseconds: a number alone would be read as of another clock. */
export function toTime(wallMs: number, elapsedMs = 0): HrTime {
  const ms = wallMs + elapsedMs;
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((wallMs - seconds * 1000 + elapsedMs) * 1e6)];
}

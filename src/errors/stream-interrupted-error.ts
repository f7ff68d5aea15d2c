import { APIConnectionError } from 'openai';
import type { RouteAttempt, RouteFailure } from '../core/route.ts';
import type { Usage } from '../core/usage.ts';

/** What of an answer was handed over before its stream broke; tool calls may be incomplete. */
export interface PartialAnswer {
  readonly text: string;
  readonly reasoning: string;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
}

type InterruptionFacts = Pick<StreamInterruptedError, 'partial' | 'usage' | 'resumable' | 'failure' | 'attempts'>;

/** A stream broke after its commit, so that no other deployment could answer in its place unnoticed. */
export class StreamInterruptedError extends APIConnectionError {
  override readonly name = 'StreamInterruptedError';
  override readonly code = 'stream_interrupted';
  readonly partial: PartialAnswer;
  /** What the broken attempt used, as reported or estimated. */
  readonly usage: Usage;
  /** True if only text was delivered, so that a new call could go on from it. */
  readonly resumable: boolean;
  readonly failure: RouteFailure;
  /** All attempts of the call, the broken one included. */
  readonly attempts: readonly RouteAttempt[];

  constructor(facts: InterruptionFacts, cause?: unknown) {
    super({ message: `the stream was interrupted: ${facts.failure.message}`, cause: cause instanceof Error ? cause : undefined });
    this.partial = facts.partial;
    this.usage = facts.usage;
    this.resumable = facts.resumable;
    this.failure = facts.failure;
    this.attempts = facts.attempts;
  }
}

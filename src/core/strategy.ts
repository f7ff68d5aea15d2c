import type { CallFacts } from './call-facts.ts';
import type { Deployment } from './deployment.ts';
import type { Failure } from './failure.ts';
import type { RetryPolicy } from './policies.ts';
import type { Random } from './random.ts';

/** What a routing strategy may know of the deployments' state. Reading it changes nothing. */
export interface HealthView {
  readonly random: Random;
  /** Attempts under way. */
  inFlight(deploymentId: string): number;
  /** Exponentially weighted time to first token in milliseconds; undefined before the first answer. */
  firstTokenMs(deploymentId: string): number | undefined;
  /** Monotonic time of the last finished attempt; undefined before the first. */
  lastUsedMs(deploymentId: string): number | undefined;
  nowMs(): number;
  /** Share of rpm and tpm that is left, 0 to 1; 1 if the deployment has no such limit. */
  headroom(deploymentId: string): number;
  /** Estimated cost of this call at a deployment in nano-dollars; undefined if no price is known. */
  costNanoUsd(deploymentId: string, call: CallFacts): number | undefined;
  /** How many calls of this model were ordered before this one; makes round-robin a pure function. */
  turn(model: string): number;
}

/** Decides in which order the candidates are tried. Pure: the same inputs give the same order. */
export interface RoutingStrategy {
  readonly name: string;
  order(candidates: readonly Deployment[], health: HealthView, call: CallFacts): readonly Deployment[];
}

/** What is known when an attempt has failed. */
export interface FailoverState {
  readonly failure: Failure;
  /** Attempts of the call so far, this one included; and of them those at this deployment. */
  readonly attempts: number;
  readonly attemptsAtDeployment: number;
  /** Candidates not yet tried in this round that are usable now. */
  readonly untriedCandidates: number;
  /** Candidates whose failure was worth repeating and that have attempts left, this one included. */
  readonly repeatableCandidates: number;
  /** The shortest wait that a repeatable candidate's provider asked for; undefined if one may be tried after backoff. */
  readonly soonestRetryAfterMs: number | undefined;
  /** Other credentials of this provider that are usable now. */
  readonly otherCredentials: number;
  /** Rounds through the candidates that are complete. */
  readonly rounds: number;
  readonly retry: RetryPolicy;
  /** Milliseconds left until the call's deadline. */
  readonly remainingMs: number;
  /** False when the deployment's retry budget is spent. */
  readonly retryBudgetLeft: boolean;
  readonly random: Random;
}

/**
 * `retry`: the same deployment again after a wait. `next`: the next candidate, after a wait if the round starts
 * over. `stop`: the failure is final.
 */
export type FailoverDecision =
  | { readonly action: 'retry'; readonly afterMs: number }
  | { readonly action: 'next'; readonly afterMs: number }
  | { readonly action: 'stop' };

/** Decides what follows a failed attempt; undefined leaves it to the next strategy. Pure. */
export interface FailoverStrategy {
  readonly name: string;
  decide(state: FailoverState): FailoverDecision | undefined;
}

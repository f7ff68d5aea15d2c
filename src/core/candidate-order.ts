import type { Deployment } from './deployment.ts';

/** Candidates in the order to try them. A call that the first one answers never asks for the order. */
export interface CandidateOrder {
  /** Undefined: there is none. */
  readonly first: Deployment | undefined;
  readonly count: number;
  /** All, the first included; worked out when it is first asked for. */
  readonly order: readonly Deployment[];
}

export function inOrder(order: readonly Deployment[]): CandidateOrder {
  return { first: order[0], count: order.length, order };
}

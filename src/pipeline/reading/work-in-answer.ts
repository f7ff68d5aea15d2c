import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Failure } from '../../core/failure.ts';
import type { Plan } from '../../core/plan.ts';
import { endOf, type Work, workOf, worksIn } from '../../core/work.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { UpstreamError } from '../../providers/upstream-error.ts';
import { asksForWork } from '../record/asks-for-work.ts';
import type { Used } from './used.ts';

/** The work in a whole answer that was paid for; undefined if the answer is all there is. */
export function workInAnswer({ operation, cost }: Call, body: unknown): Work | undefined {
  return operation === 'responses' || (operation === 'passthrough' && cost !== 'free') ? workOf(body) : undefined;
}

/** Ended work that a failure tells of: the response in a stream's last event. */
export function workInFailure({ cause }: Failure): Work | undefined {
  const work = cause instanceof UpstreamError && cause.reason === 'error-in-stream' ? workOf(cause.body) : undefined;
  return work?.ended ? work : undefined;
}

/** Settles the work that an answer which was read shows at its end. A promise if the store is away from the process. */
export function settleEnded(body: unknown, { provider }: Deployment, plan: Plan, ledger: Ledger): Promise<unknown> | undefined {
  let pending: Promise<void>[] | undefined;
  for (const work of worksIn(body)) {
    const settled = work.ended ? ledger.background.settle(provider, endOf(work), plan) : undefined;
    if (settled) pending = [...(pending ?? []), settled];
  }
  return pending && Promise.all(pending);
}

/** All that was reserved for a call at a deployment. */
export function reservedFor(call: Call, deployment: Deployment, ledger: Ledger): Used {
  const { usage, costNanoUsd } = ledger.estimate(call, [deployment]);
  return { usage, source: 'estimated', served: undefined, costNanoUsd };
}

/**
 * Work that was asked for by a request whose answer did not arrive may go on unseen, so that all that was reserved for it
 * counts; so may whatever else is not billed by its answer: a session that was begun.
 */
export function workUnseen(failure: Failure, call: Call, deployment: Deployment, ledger: Ledger): Used | undefined {
  if (!failure.reachedProvider || !(asksForWork(call) || call.cost === 'unpriced')) return undefined;
  const isUnseen = failure.status === undefined || failure.status < 300;
  return isUnseen ? reservedFor(call, deployment, ledger) : undefined;
}

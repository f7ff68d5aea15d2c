import type { Deployment } from '../core/deployment.ts';
import type { Admission, Denial } from '../ledger/ledger.ts';
import type { Permit } from '../pacing/pacing.ts';
import type { AttemptHold } from './attempt.ts';
import type { AttemptsContext } from './attempts.ts';
import type { Walk } from './walk.ts';

/** Why a candidate cannot be tried now, and when it may be. */
export interface Refused {
  readonly refusedBy: string;
  readonly retryAfterMs: number;
  /** True where the wait was already tried: a queue that is full or was too slow. */
  readonly final: boolean;
  /** The ledger's own words, where it refused. */
  readonly denial?: Denial | undefined;
}

/**
 * Everything an attempt at a deployment needs: permit, the deployment's rpm and tpm, credential; or who refuses it.
 * `among`: the call's candidates, the last usable of which is not refused for its cooldown.
 */
export async function holdFor(
  deployment: Deployment,
  among: readonly Deployment[],
  context: AttemptsContext,
): Promise<AttemptHold | Refused> {
  const { call, runtime, estimate } = context;
  const acquired = runtime.pacing.acquire(deployment, call);
  const permit = acquired instanceof Promise ? await acquired : acquired;
  if ('retryAfterMs' in permit) return refused(`the queue of '${deployment.id}'`, permit.retryAfterMs, true);
  const reserving = runtime.ledger.reserveAttempt(call, deployment, estimate);
  const admission = reserving instanceof Promise ? await orRelease(permit, reserving) : reserving;
  if (!admission.admitted) {
    permit.release();
    const { denial } = admission;
    const limited = denial.reason === 'budget';
    return { ...refused(`the limits of '${deployment.id}'`, limited ? denial.retryAfterMs : 0, !limited), denial };
  }
  const { reservation } = admission;
  const giveBack = () => {
    permit.release();
    reservation?.release();
  };
  // Cancelled while it waited: nothing may be sent any more.
  if (call.cancellation.cancelled) {
    giveBack();
    throw call.cancellation.reason;
  }
  if (!runtime.health.admits(deployment, among)) {
    giveBack();
    return refused(`the cooldown of '${deployment.id}'`, 0, true);
  }
  const account = runtime.accountOf(call.plan, deployment.provider);
  return { deployment, account, credential: account.credentials.pick(), permit, reservation };
}

async function orRelease(permit: Permit, reserving: Promise<Admission>): Promise<Admission> {
  try {
    return await reserving;
  } catch (error) {
    permit.release();
    throw error;
  }
}

/**
 * What a hedged second attempt needs: another candidate with room now, an attempt left, and room for a second estimate
 * in every budget. It waits in no queue, and where anything is missing there is no hedge.
 */
export async function reserveHedge(walk: Walk, context: AttemptsContext): Promise<AttemptHold | undefined> {
  const { call, estimate, record, runtime } = context;
  const [deployment] = walk.peek();
  if (deployment === undefined || record.attempts.length >= call.modelPlan.retry.maxAttempts) return undefined;
  if (runtime.pacing.isFull(deployment)) return undefined;
  const admission = await runtime.ledger.reserveCall({ ...call, requestId: `${call.requestId}-hedge` }, estimate);
  if (!admission.admitted) return undefined;
  if (admission.reservation) record.holdForHedge(admission.reservation);
  if (call.cancellation.cancelled || record.ended) return undefined;
  const hold = await holdFor(deployment, walk.deployments, context);
  return 'refusedBy' in hold ? undefined : hold;
}

/** Gives back what an attempt that does not start would have used. */
export function abandonHold({ deployment, permit, reservation }: AttemptHold, { runtime }: AttemptsContext): void {
  permit.release();
  reservation?.release();
  runtime.health.abandonProbe(deployment);
}

function refused(refusedBy: string, retryAfterMs: number, final: boolean): Refused {
  return { refusedBy, retryAfterMs, final };
}

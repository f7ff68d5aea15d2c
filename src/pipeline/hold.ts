import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Walk } from '../failover/walk.ts';
import type { Admission, Denial, Estimate } from '../ledger/ledger.ts';
import type { Permit, Refusal } from '../pacing/pacing.ts';
import { boundOutput } from './admission.ts';
import type { AttemptHold } from './attempt-hold.ts';
import type { AttemptsContext } from './attempts-context.ts';
import { hasNobodyElse } from './candidates.ts';
import type { Runtime } from './runtime.ts';

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
 * `walk`: knows what else the call may try, for one that is cooling.
 * A promise only where something is waited for.
 */
export function holdFor(
  deployment: Deployment,
  walk: Walk,
  context: AttemptsContext,
): AttemptHold | Refused | Promise<AttemptHold | Refused> {
  const acquired = context.runtime.pacing.acquire(deployment, context.call);
  if (acquired instanceof Promise) return acquired.then((permit) => withPermit(permit, deployment, walk, context));
  return withPermit(acquired, deployment, walk, context);
}

function withPermit(
  permit: Permit | Refusal,
  deployment: Deployment,
  walk: Walk,
  context: AttemptsContext,
): AttemptHold | Refused | Promise<AttemptHold | Refused> {
  if (!permit.granted) return refused(`the queue of '${deployment.id}'`, permit.retryAfterMs, true);
  const reserving = reserveAt(deployment, context);
  if (!(reserving instanceof Promise)) return withRoom(reserving, permit, deployment, walk, context);
  return orRelease(permit, reserving).then((reserved) => withRoom(reserved, permit, deployment, walk, context));
}

function withRoom(
  { admission, call }: Reserved,
  permit: Permit,
  deployment: Deployment,
  walk: Walk,
  context: AttemptsContext,
): AttemptHold | Refused {
  const { runtime } = context;
  if (!admission.admitted) {
    permit.release();
    const { denial } = admission;
    const limited = denial.reason === 'budget';
    return { ...refused(`the limits of '${deployment.id}'`, limited ? denial.retryAfterMs : 0, !limited), denial };
  }
  const { reservation } = admission;
  // Cancelled while it waited: nothing may be sent any more.
  const { cancelled } = call.cancellation;
  if (cancelled || !(runtime.health.admits(deployment) || hasNobodyElse(walk, context))) {
    permit.release();
    reservation?.release();
    if (cancelled) throw call.cancellation.reason;
    return refused(`the cooldown of '${deployment.id}'`, 0, true);
  }
  const account = runtime.accountOf(call.plan, deployment.provider);
  return { call, deployment, account, credential: account.credentials.pick(), permit, reservation };
}

/** What the limits of a deployment say to an attempt, and the call with the output that they leave it. */
interface Reserved {
  readonly admission: Admission;
  readonly call: Call;
}

/** The deployment's rpm and tpm, and first whatever the call has not reserved yet. */
function reserveAt(deployment: Deployment, context: AttemptsContext): Reserved | Promise<Reserved> {
  const estimate = estimateAt(deployment, context);
  if (isCovered(estimate, context)) return reserveAttempt(context.call, deployment, estimate, context.runtime);
  return coverAttempt(estimate, deployment, context);
}

function reserveAttempt(
  call: Call,
  deployment: Deployment,
  estimate: Estimate,
  { ledger }: Runtime,
): Reserved | Promise<Reserved> {
  const reserving = ledger.reserveAttempt(call, deployment, estimate);
  if (reserving instanceof Promise) return reserving.then((admission) => toReserved(admission, call, estimate));
  return toReserved(reserving, call, estimate);
}

function toReserved(admission: Admission, call: Call, estimate: Estimate): Reserved {
  return { admission, call: admission.admitted ? boundOutput(call, admission, estimate) : call };
}

/** The call's estimate, or one of its own where it asks for more, or a deployment is not the model's. */
function estimateAt(deployment: Deployment, { call, estimate, furtherEstimate, runtime }: AttemptsContext): Estimate {
  if (!call.modelPlan.deployments.includes(deployment)) return runtime.ledger.estimate(call, [deployment]);
  return furtherEstimate ?? estimate;
}

/** Whether what the call has reserved is enough: not where broken answers have used some of it, or a fallback is dearer. */
function isCovered(own: Estimate, { estimate, record }: AttemptsContext): boolean {
  if (record.hasUsage) return false;
  if (own === estimate) return true;
  const { usage, totalTokens } = own;
  const cost = own.costNanoUsd ?? Number.POSITIVE_INFINITY;
  const isLess = usage.inputTokens <= estimate.usage.inputTokens && usage.outputTokens <= estimate.usage.outputTokens;
  return isLess && totalTokens <= estimate.totalTokens && cost <= (estimate.costNanoUsd ?? Number.NEGATIVE_INFINITY);
}

/** Holds room for a further estimate until the end of the call, then the deployment's own; the refusal where either has none. */
async function coverAttempt(own: Estimate, deployment: Deployment, context: AttemptsContext): Promise<Reserved> {
  const { call, record, runtime } = context;
  const cover = await runtime.ledger.reserveFurther(call, own);
  if (!cover.admitted) return { admission: cover, call };
  if (cover.reservation) record.holdFurther(cover.reservation);
  const bounded = boundOutput(call, cover, own);
  const { maxOutputTokens } = cover;
  const clamped = maxOutputTokens === undefined ? own : own.clampedTo(maxOutputTokens);
  const reserved = await reserveAttempt(bounded, deployment, clamped, runtime);
  if (!reserved.admission.admitted) cover.reservation?.release();
  return reserved;
}

async function orRelease<T>(permit: Permit, reserving: Promise<T>): Promise<T> {
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
  const admission = await runtime.ledger.reserveFurther(call, estimate);
  if (!admission.admitted) return undefined;
  if (admission.reservation) record.holdFurther(admission.reservation);
  if (call.cancellation.cancelled || record.ended) return undefined;
  const hold = await holdFor(deployment, walk, clampedBy(admission, context));
  return 'refusedBy' in hold ? undefined : hold;
}

/** The context of an attempt that was admitted with less output than the call's own. */
function clampedBy(admission: Admission & { admitted: true }, context: AttemptsContext): AttemptsContext {
  const { maxOutputTokens } = admission;
  if (maxOutputTokens === undefined) return context;
  const { call, estimate } = context;
  return { ...context, call: boundOutput(call, admission, estimate), estimate: estimate.clampedTo(maxOutputTokens) };
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

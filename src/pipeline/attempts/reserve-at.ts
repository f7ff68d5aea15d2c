import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { Admission, Estimate } from '../../ledger/ledger.ts';
import { boundOutput } from '../admission/bound-output.ts';
import type { AttemptableCall } from '../candidates/attemptable-call.ts';
import type { Runtime } from '../runtime.ts';

/** What the limits of a deployment say to an attempt, and the call with the output that they leave it. */
export interface ReservedAttempt {
  readonly admission: Admission;
  readonly call: Call;
}

/** The deployment's rpm and tpm, and first whatever the call has not reserved yet. */
export function reserveAt(deployment: Deployment, context: AttemptableCall): MaybePromise<ReservedAttempt> {
  const estimate = estimateAt(deployment, context);
  if (isCovered(estimate, context)) return reserveAttempt(context.call, deployment, estimate, context.runtime);
  return coverAttempt(estimate, deployment, context);
}

function reserveAttempt(
  call: Call,
  deployment: Deployment,
  estimate: Estimate,
  { ledger }: Runtime,
): MaybePromise<ReservedAttempt> {
  const reserving = ledger.reserveAttempt(call, deployment, estimate);
  if (reserving instanceof Promise) return reserving.then((admission) => reservedAs(admission, call, estimate));
  return reservedAs(reserving, call, estimate);
}

function reservedAs(admission: Admission, call: Call, estimate: Estimate): ReservedAttempt {
  return { admission, call: admission.admitted ? boundOutput(call, admission, estimate) : call };
}

/** The call's estimate, or one of its own if it asks for more, or a deployment is not the model's. */
function estimateAt(deployment: Deployment, { call, estimate, furtherEstimate, runtime }: AttemptableCall): Estimate {
  if (!call.modelPlan.deployments.includes(deployment)) return runtime.ledger.estimate(call, [deployment]);
  return furtherEstimate ?? estimate;
}

/** Whether what the call has reserved is enough: not if broken answers have used some of it, or a fallback is dearer. */
function isCovered(own: Estimate, { estimate, record }: AttemptableCall): boolean {
  if (record.use.isSome) return false;
  if (own === estimate) return true;
  const { usage, totalTokens } = own;
  const cost = own.costNanoUsd ?? Number.POSITIVE_INFINITY;
  const isLess = usage.inputTokens <= estimate.usage.inputTokens && usage.outputTokens <= estimate.usage.outputTokens;
  return isLess && totalTokens <= estimate.totalTokens && cost <= (estimate.costNanoUsd ?? Number.NEGATIVE_INFINITY);
}

/** Holds room for a further estimate until the end of the call, then the deployment's own; the refusal if either has none. */
async function coverAttempt(own: Estimate, deployment: Deployment, context: AttemptableCall): Promise<ReservedAttempt> {
  const { call, record, runtime } = context;
  const cover = await runtime.ledger.reserveFurther(call, own);
  if (!cover.admitted) return { admission: cover, call };
  if (cover.reservation) record.account.cover(cover.reservation);
  const bounded = boundOutput(call, cover, own);
  const { maxOutputTokens } = cover;
  const clamped = maxOutputTokens === undefined ? own : own.clampedTo(maxOutputTokens);
  const reserved = await reserveAttempt(bounded, deployment, clamped, runtime);
  if (!reserved.admission.admitted) cover.reservation?.release();
  return reserved;
}

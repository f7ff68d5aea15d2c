import type { KeptAnswer } from '../../cache/kept-answer.ts';
import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { RouteAttempt } from '../../core/route.ts';
import { NO_USAGE } from '../../core/usage.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { promptCacheSavingNanoUsd } from '../../ledger/prompt-cache-saving.ts';
import type { AttemptReport } from '../../ledger/usage-entry.ts';
import type { Runtime } from '../runtime.ts';
import type { CallOutcome } from './call-events.ts';
import type { AttemptEnd } from './call-use.ts';

interface Reported {
  readonly call: Call;
  readonly attempts: readonly RouteAttempt[];
  readonly firstTokenMs: number | undefined;
  readonly downgradedTo: string | undefined;
}

/** An attempt that has ended, as the usage report gets to know it. */
interface EndedAttempt {
  readonly deployment: Deployment;
  readonly attempt: number;
  readonly durationMs: number;
  readonly end: AttemptEnd;
  readonly at: number;
  /** Whether it came to the provider. */
  readonly reached: boolean;
  readonly unpriced: boolean;
}

/** Adds an attempt to the usage report. What goes on at the provider is told when it ends. */
export function recordAttempt(reported: Reported, ended: EndedAttempt, ledger: Ledger): void {
  const { deployment, end, at, reached, unpriced } = ended;
  ledger.record({
    at,
    caller: reported.call.caller,
    model: reported.call.model,
    deployment: deployment.id,
    provider: deployment.provider,
    requests: reached ? 1 : 0,
    failure: end.failure?.kind,
    usage: end.isOpen ? NO_USAGE : (end.usage ?? NO_USAGE),
    costNanoUsd: end.isOpen ? undefined : end.costNanoUsd,
    unpriced,
    source: end.source ?? 'reported',
    report: attemptReport(reported, ended, ledger),
  });
}

/** What is told beside its usage; times are those of attempts that were answered. */
function attemptReport(reported: Reported, ended: EndedAttempt, ledger: Ledger): AttemptReport {
  const { call, attempts, firstTokenMs, downgradedTo } = reported;
  const { deployment, attempt, durationMs, end } = ended;
  const { usage, failure, served } = end;
  const answered = failure === undefined;
  return {
    isFailover: tookOver(attempts, attempt),
    durationMs: answered ? durationMs : undefined,
    firstTokenMs: answered ? firstTokenMs : undefined,
    promptCacheSavedNanoUsd: usage && promptCacheSavingNanoUsd(ledger, call.plan, deployment, usage, served),
    downgradeSavedNanoUsd: downgradedTo !== undefined ? downgradeSavingNanoUsd(call, end, ledger) : undefined,
  };
}

/** By the first deployment of the model that was asked for whose price is known; 0 if none is. */
function downgradeSavingNanoUsd({ plan, modelPlan }: Call, { usage, costNanoUsd }: AttemptEnd, ledger: Ledger): number {
  if (usage === undefined || costNanoUsd === undefined) return 0;
  for (const deployment of modelPlan.deployments) {
    const asked = ledger.costNanoUsd(plan, deployment, usage);
    if (asked !== undefined) return Math.max(asked - costNanoUsd, 0);
  }
  return 0;
}

/** A call failed for good: told at the deployment of its last attempt, if there was one. */
export function recordError({ call, attempts }: Reported, runtime: Runtime): void {
  const last = attempts.at(-1)?.deployment;
  if (last !== undefined) recordBeside(call, last, { requests: 0, report: { isError: true } }, runtime);
}

/** A call was answered from the cache: told at the deployment that the answer is of. What a guard blocked saved nothing. */
export function recordKept(
  { call }: Reported,
  { deployment, costNanoUsd }: KeptAnswer,
  outcome: CallOutcome,
  runtime: Runtime,
): void {
  const requests = call.plan.cache?.countHits ? 1 : 0;
  const saved = outcome === 'success' && costNanoUsd ? costNanoUsd : undefined;
  if (requests === 0 && saved === undefined) return;
  recordBeside(call, deployment, { requests, report: { responseCacheSavedNanoUsd: saved } }, runtime);
}

interface ToldBeside {
  readonly requests: number;
  readonly report: AttemptReport;
}

/** What is told of a call beside its attempts. */
function recordBeside(call: Call, deployment: string, { requests, report }: ToldBeside, { ledger, clock }: Runtime): void {
  const known = call.modelPlan.deployments.find(({ id }) => id === deployment);
  ledger.record({
    at: clock.now(),
    caller: call.caller,
    model: call.model,
    deployment,
    provider: known?.provider ?? deployment.slice(0, Math.max(deployment.indexOf('/'), 0)),
    requests,
    failure: undefined,
    usage: NO_USAGE,
    costNanoUsd: undefined,
    unpriced: false,
    source: 'reported',
    report,
  });
}

/** Whether the attempt before it had failed at another deployment. */
function tookOver(attempts: readonly RouteAttempt[], attempt: number): boolean {
  const before = attempts[attempt - 2];
  return before?.failure !== undefined && before.deployment !== attempts[attempt - 1]?.deployment;
}

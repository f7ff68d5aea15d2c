import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { RouteAttempt } from '../../core/route.ts';
import { NO_USAGE } from '../../core/usage.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { promptCacheSavingNanoUsd } from '../../ledger/prompt-cache-saving.ts';
import type { AttemptReport } from '../../ledger/usage-entry.ts';
import type { Runtime } from '../runtime.ts';
import type { AttemptEnd } from './call-use.ts';

interface Reported {
  readonly call: Call;
  readonly attempts: readonly RouteAttempt[];
  readonly firstTokenMs: number | undefined;
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
function attemptReport({ call, attempts, firstTokenMs }: Reported, ended: EndedAttempt, ledger: Ledger): AttemptReport {
  const { deployment, attempt, durationMs, end } = ended;
  const { usage, failure, served } = end;
  const answered = failure === undefined;
  return {
    isFailover: tookOver(attempts, attempt),
    durationMs: answered ? durationMs : undefined,
    firstTokenMs: answered ? firstTokenMs : undefined,
    promptCacheSavedNanoUsd: usage && promptCacheSavingNanoUsd(ledger, call.plan, deployment, usage, served),
  };
}

/** Adds a call that was answered from the cache to the usage report, at the deployment that made the answer. */
export function recordHit({ caller, model }: Call, { id, provider }: Deployment, { ledger, clock }: Runtime): void {
  ledger.record({
    at: clock.now(),
    caller,
    model,
    deployment: id,
    provider,
    requests: 1,
    failure: undefined,
    usage: NO_USAGE,
    costNanoUsd: 0,
    unpriced: false,
    source: 'reported',
  });
}

/** A call failed for good: told at the deployment of its last attempt, if there was one. */
export function recordError({ call, attempts }: Reported, { ledger, clock }: Runtime): void {
  const last = attempts.at(-1)?.deployment;
  const deployment = call.modelPlan.deployments.find(({ id }) => id === last);
  if (last === undefined) return;
  ledger.record({
    at: clock.now(),
    caller: call.caller,
    model: call.model,
    deployment: last,
    provider: deployment?.provider ?? last.slice(0, Math.max(last.indexOf('/'), 0)),
    requests: 0,
    failure: undefined,
    usage: NO_USAGE,
    costNanoUsd: undefined,
    unpriced: false,
    source: 'reported',
    report: { isError: true },
  });
}

/** Whether the attempt before it had failed at another deployment. */
function tookOver(attempts: readonly RouteAttempt[], attempt: number): boolean {
  const before = attempts[attempt - 2];
  return before?.failure !== undefined && before.deployment !== attempts[attempt - 1]?.deployment;
}

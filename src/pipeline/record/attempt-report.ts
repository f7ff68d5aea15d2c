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

/** What the usage report is told of an attempt beside its usage; times are those of attempts that were answered. */
export function attemptReport(
  { call, attempts, firstTokenMs }: Reported,
  deployment: Deployment,
  attempt: number,
  durationMs: number,
  { usage, failure, served }: AttemptEnd,
  ledger: Ledger,
): AttemptReport {
  const answered = failure === undefined;
  return {
    isFailover: tookOver(attempts, attempt),
    durationMs: answered ? durationMs : undefined,
    firstTokenMs: answered ? firstTokenMs : undefined,
    promptCacheSavedNanoUsd: usage && promptCacheSavingNanoUsd(ledger, call.plan, deployment, usage, served),
  };
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

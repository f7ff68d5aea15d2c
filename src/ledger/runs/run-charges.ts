import type { BudgetUnit } from '../../core/budget.ts';
import type { Call } from '../../core/call.ts';
import { nanoToUsd, usdToNano } from '../../core/money.ts';
import type { Run } from '../../core/run.ts';
import { RUN_LIMITS, type RunLimit } from '../../core/run-limits.ts';
import type { Charge } from '../../stores/store.ts';
import type { OutputLimit } from '../bound-limit.ts';
import { actualOf } from '../charges.ts';
import type { Estimate, Settlement } from '../ledger.ts';

/** How long the counters of a named run are kept from its start on, in milliseconds: a week. */
const KEPT_MS = 7 * 86_400_000;

/** What a call holds of one limit of one run. */
export interface RunCharge {
  readonly run: Run;
  readonly limit: RunLimit;
  readonly unit: BudgetUnit | 'toolCalls';
  readonly charge: Charge;
}

const COUNTED = [
  ['maxCalls', 'requests'],
  ['maxToolCalls', 'toolCalls'],
  ['maxTokens', 'tokens'],
  ['maxUsd', 'usd'],
] as const;

/** The charges of a call to its runs, the innermost first. `further`: the call has been counted as one before. */
export function runCharges(runs: readonly Run[], call: Call, estimate: Estimate, further: boolean): RunCharge[] {
  const charges: RunCharge[] = [];
  for (const run of runs) {
    for (const [limit, unit] of COUNTED) {
      const max = run.limits[limit];
      if (max === undefined || (call.cost === 'free' && unit !== 'requests') || (further && unit === 'requests')) continue;
      const charge = {
        counter: counterOf(run, unit),
        amount: 0,
        limit: toUnits(limit, max),
        enforced: true,
        window: windowOf(run),
      };
      if (unit === 'requests') charge.amount = 1;
      else if (unit === 'tokens') charge.amount = estimate.strict.totalTokens;
      else if (unit === 'usd') charge.amount = estimate.strict.costNanoUsd ?? 0;
      // How many an answer calls is known by the answer alone: the next call is refused when the limit has been reached.
      else charge.limit -= 1;
      addCharge(charges, { run, limit, unit, charge });
    }
  }
  return charges;
}

/** Of a run that was begun once more inside of itself the call is one, and the lowest of its limits holds. */
function addCharge(charges: RunCharge[], added: RunCharge): void {
  const same = added.run.isNamed ? charges.findIndex(({ charge }) => charge.counter === added.charge.counter) : -1;
  if (same === -1) charges.push(added);
  else if (added.charge.limit < (charges[same] as RunCharge).charge.limit) charges[same] = added;
}

/** What was used of each. Usage without a known price is charged what was held. */
export function usedOfRuns(charges: readonly RunCharge[], settlement: Settlement): number[] {
  return charges.map(({ unit, charge }) => {
    if (unit === 'toolCalls') return settlement.tools?.length ?? 0;
    return actualOf([{ unit }], [charge], settlement)[0] ?? 0;
  });
}

/** As users write it: dollars for money. */
export function inLimit(limit: RunLimit, amount: number): number {
  return limit === 'maxUsd' ? nanoToUsd(amount) : amount;
}

/** The run among these that limits money. */
export function moneyRun(runs: readonly Run[] | undefined): Run | undefined {
  return runs?.find(({ limits }) => limits.maxUsd !== undefined);
}

/** The limits on tokens and money of runs, in the ledger's units. */
export function boundsOfRuns(runs: readonly Run[]): OutputLimit[] {
  return runs.flatMap(({ limits }) =>
    RUN_LIMITS.flatMap((name) => {
      const max = limits[name];
      if (max === undefined || (name !== 'maxUsd' && name !== 'maxTokens')) return [];
      return [{ unit: name === 'maxUsd' ? 'usd' : 'tokens', limit: toUnits(name, max), short: false }];
    }),
  );
}

function toUnits(limit: RunLimit, max: number): number {
  return limit === 'maxUsd' ? usdToNano(max) : max;
}

function counterOf({ id }: Run, unit: string): string {
  return `run|${id.replaceAll('%', '%25').replaceAll('|', '%7C')}|${unit}`;
}

function windowOf({ startedAt }: Run): Charge['window'] {
  return { kind: 'calendar', endsAt: startedAt + KEPT_MS };
}

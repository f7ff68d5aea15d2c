import type { Call } from '../../core/call.ts';
import type { Run } from '../../core/run.ts';
import type { Denial, Estimate } from '../ledger.ts';
import { withoutRoom } from './memory-hold.ts';
import { inLimit, moneyRun, type RunCharge } from './run-charges.ts';

/** Why a call is refused by what this process knows of its runs; `own`: the charges of runs that are counted here. */
export function denialAtHand(
  call: Call,
  runs: readonly Run[],
  own: readonly RunCharge[],
  estimate: Estimate,
  now: number,
): Denial | undefined {
  const late = runs.find(({ limits, startedAt }) => limits.maxMs !== undefined && now - startedAt >= limits.maxMs);
  if (late !== undefined) return denialOf(late, 'maxMs', now - late.startedAt, 0);
  const money = call.cost === 'free' ? undefined : moneyRun(runs);
  const unpriced = money && unpricedAt(estimate);
  if (unpriced !== undefined) return { reason: 'unpriced', deployment: unpriced, budget: nameOf(money) };
  const full = withoutRoom(own);
  if (full === undefined) return undefined;
  const { held, spent } = full.run.counters[full.limit];
  return withoutRoomIn(full, held + spent);
}

/** The denial of a charge, of whose limit so much is used. */
export function withoutRoomIn({ run, limit, charge }: RunCharge, used: number): Denial {
  return denialOf(run, limit, inLimit(limit, used), inLimit(limit, charge.amount));
}

/** What a limit allows; of tool calls one is kept back, see `runCharges`. */
export function maxOf({ limit, charge }: Pick<RunCharge, 'limit' | 'charge'>): number {
  return limit === 'maxToolCalls' ? charge.limit + 1 : charge.limit;
}

export function nameOf(run: Run | undefined): string {
  return `run ${run?.id ?? ''}`;
}

function denialOf(run: Run, limit: keyof Run['counters'], spent: number, needed: number): Denial {
  return { reason: 'run', run, limit, max: run.limits[limit] ?? 0, spent, needed };
}

function unpricedAt({ strict }: Estimate): string | undefined {
  if (strict.costNanoUsd !== undefined) return undefined;
  for (const [id, cost] of strict.costByDeployment) if (cost === undefined) return id;
  return undefined;
}

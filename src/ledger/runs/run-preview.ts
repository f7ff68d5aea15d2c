import type { Call } from '../../core/call.ts';
import type { Run } from '../../core/run.ts';
import type { Denial, Estimate } from '../ledger.ts';
import type { StorePort } from '../store-port.ts';
import { type RunCharge, runCharges } from './run-charges.ts';
import { denialAtHand, withoutRoomIn } from './run-denials.ts';
import { startKey, takeStart } from './run-start.ts';

/** Whether the runs of a call would refuse it now, and why. Holds nothing, and begins no run. */
export async function previewOfRuns(port: StorePort, call: Call, estimate: Estimate, now: number): Promise<Denial | undefined> {
  const runs = call.runs ?? [];
  const charges = runCharges(runs, call, estimate, false);
  const own = charges.filter(({ run }) => !run.isNamed);
  await Promise.all(runs.map((run) => learnStart(port, run, now)));
  const denial = denialAtHand(call, runs, own, estimate, now);
  const named = charges.filter(({ run }) => run.isNamed);
  if (denial !== undefined || named.length === 0) return denial;
  return withoutRoomInStore(port, named, now);
}

async function withoutRoomInStore(port: StorePort, named: readonly RunCharge[], now: number): Promise<Denial | undefined> {
  const counters = named.map(({ charge }) => charge.counter);
  const balances = await port.read('balances', (store) => store.balances({ counters }, now));
  const used = new Map(balances.map(({ counter, spent, reserved }) => [counter, spent + reserved]));
  const usedOf = ({ charge }: RunCharge) => used.get(charge.counter) ?? 0;
  const full = named.find((of) => usedOf(of) + of.charge.amount > of.charge.limit);
  return full && withoutRoomIn(full, usedOf(full));
}

/** A run that another process began has its time from there. What is not noted yet is left to the first call. */
async function learnStart(port: StorePort, run: Run, now: number): Promise<void> {
  if (run.isStartKnown || run.limits.maxMs === undefined) return;
  const noted = await port.read('readNote', async (store) => store.readNote?.(startKey(run), now));
  takeStart(run, noted);
}

import type { Budget } from '../../src/core/budget.ts';
import type { Call } from '../../src/core/call.ts';
import type { Deployment } from '../../src/core/deployment.ts';
import type { Plan } from '../../src/core/plan.ts';
import { Emitter } from '../../src/events/emitter.ts';
import { createLedger } from '../../src/ledger/create-ledger.ts';
import type { Admission, Ledger, Reservation, Settlement } from '../../src/ledger/ledger.ts';
import { MemoryStore } from '../../src/stores/memory.ts';
import type { Charge, Extended, Released, Reserved, Settled } from '../../src/stores/store.ts';
import { callOf, deploymentOf, planOf } from '../support/ledger-plan.ts';
import { TestClock } from '../support/test-clock.ts';

export const NOON = Date.UTC(2026, 10, 25, 12);
export const mini = deploymentOf({});
/** $10 in and $20 out per million tokens, so that amounts are easy to see. */
export const dear = deploymentOf({ upstreamModel: 'dear', price: { input: 10, output: 20 } });
export const unknown = deploymentOf({ upstreamModel: 'my-own' });

/** Keeps what it was asked; can be told what to answer. */
export class AskedStore extends MemoryStore {
  readonly asked: { id: string; charges: readonly Charge[]; leaseMs: number }[] = [];
  /** Verbs other than `reserve`, in their order. */
  readonly verbs: string[] = [];
  answer: Reserved | undefined;

  override reserve(id: string, charges: readonly Charge[], leaseMs: number, at: number): Reserved {
    this.asked.push({ id, charges, leaseMs });
    return this.answer ?? super.reserve(id, charges, leaseMs, at);
  }

  override settle(id: string, actual: readonly number[], at: number): Settled {
    this.verbs.push('settle');
    return super.settle(id, actual, at);
  }

  override release(id: string, at: number): Released {
    this.verbs.push('release');
    return super.release(id, at);
  }

  override extend(id: string, leaseMs: number, at: number, spent?: readonly number[]): Extended {
    this.verbs.push('extend');
    return super.extend(id, leaseMs, at, spent);
  }
}

export let clock: TestClock;
export let events: Emitter;
export let store: AskedStore;
export let ledger: Ledger;

/** A ledger over an empty store, at noon; before each test. */
export function openLedger(): void {
  clock = new TestClock(NOON);
  events = new Emitter();
  store = new AskedStore();
  ledger = createLedger({ store, clock, events, countTokens: () => 100 });
}

export const used = (inputTokens: number, outputTokens: number, costNanoUsd?: number): Settlement => ({
  requests: 1,
  usage: { inputTokens, outputTokens, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
  costNanoUsd,
});

/** 100 tokens of input by the user's own count, and `max_tokens` of output. */
export function ask(
  budgets: Budget[],
  params: Record<string, unknown> = {},
  more: Partial<Call> & { of?: Partial<Plan> } = {},
): Call {
  const { of, ...call } = more;
  return callOf({
    plan: planOf({ budgets, ...of }),
    params: { model: 'fast', max_tokens: 50, messages: [], ...params },
    ...call,
  });
}

function now(admission: Admission | Promise<Admission>): Admission {
  if (admission instanceof Promise) throw new Error('the memory store answered later');
  return admission;
}

export const reserve = (call: Call, deployments: Deployment[] = [dear]) =>
  now(ledger.reserveCall(call, ledger.estimate(call, deployments)));
export const attempt = (call: Call, at: Deployment, among: Deployment[] = [at]) =>
  now(ledger.reserveAttempt(call, at, ledger.estimate(call, among)));
export const denialOf = (admission: Admission) => (admission.admitted ? undefined : admission.denial);
export const held = (admission: Admission): Reservation => {
  if (!admission.admitted || admission.reservation === undefined) throw new Error(JSON.stringify(admission));
  return admission.reservation;
};
export async function amounts(call: Call) {
  const [found] = await ledger.balances(call.plan, undefined);
  return { spent: found?.spent, reserved: found?.reserved };
}

export const ALL = { requests: 9, tokens: 9_000, inputTokens: 9_000, outputTokens: 9_000, usd: 1_000_000_000 };

import type { Clock } from '../../core/clock.ts';
import type { Deployment } from '../../core/deployment.ts';
import { nanoToUsd } from '../../core/money.ts';
import type { Plan } from '../../core/plan.ts';
import type { Usage } from '../../core/usage.ts';
import type { WorkEnd } from '../../core/work.ts';
import type { Emitter } from '../../events/emitter.ts';
import { eventBase } from '../../events/event-base.ts';
import type { MaybePromise, Store } from '../../stores/store.ts';
import type { Announcements } from '../announcements.ts';
import type { BudgetBook } from '../bound-budgets.ts';
import { actualOf } from '../charges.ts';
import type { Ledger } from '../ledger.ts';
import { chargeAnew } from '../reservation.ts';
import { UsageBatch } from '../usage-batch.ts';
import { following, inTurn } from './in-turn.ts';
import { type Spent, settlementOf, spentBy, toDeployment } from './spent.ts';
import type { HeldForWork, NotedDeployment, OpenWork } from './work-note.ts';

export interface SettlementParts {
  readonly clock: Clock;
  readonly events: Emitter;
  readonly announcements: Announcements;
  readonly book: BudgetBook;
  readonly ledger: Pick<Ledger, 'costNanoUsd' | 'pricesUnits'>;
  /** Tokens of a text by its length, at a deployment. */
  tokensOf(deployment: Deployment, characters: number): number;
}

/** Charges what ended work used, each reservation and the usage report once however often it is done. */
export class WorkSettlement {
  readonly #parts: SettlementParts;

  constructor(parts: SettlementParts) {
    this.#parts = parts;
  }

  settle(store: Store, note: OpenWork, end: WorkEnd, plan: Plan, now: number): MaybePromise<void> {
    const { ledger, tokensOf } = this.#parts;
    const costNanoUsd = (deployment: Deployment, usage: Usage) => ledger.costNanoUsd(plan, deployment, usage, end.served);
    const pricesUnits = (deployment: Deployment) => ledger.pricesUnits(plan, deployment);
    const spent = spentBy(note, end, { costNanoUsd, pricesUnits, tokensOf });
    const settling: Settling = { store, note, spent, plan, now, isFirst: note.held.length === 0 };
    return inTurn([
      ...note.held.map((held) => () => this.#settleHeld(held, settling)),
      () => store.record(`work:${note.call.requestId}`, reportOf(note, spent, now), now),
      () => (settling.isFirst ? this.#tell(note, end, spent) : undefined),
    ]);
  }

  #settleHeld(held: HeldForWork, settling: Settling): MaybePromise<void> {
    const { store, note, spent, now } = settling;
    const settlement = settlementOf(held, note, spent);
    // A settlement to nothing gives back what a lapse has charged, which a release does not.
    const actual = settlement === undefined ? held.charges.map(() => 0) : actualOf(held.charges, held.charges, settlement);
    return following(store.settle(held.id, actual, now), (settled) => {
      // The store has lost it with its counters.
      if (settled.state === 'unknown' && now < note.lapsesAt) {
        settling.isFirst = true;
        return chargeAnew(store, held.id, held.charges, actual, now);
      }
      if (settled.state !== 'settled' && settled.state !== 'late') return;
      settling.isFirst = true;
      this.#announce(held.charges, settling, settled.spent, actual);
    });
  }

  #announce(
    charges: HeldForWork['charges'],
    { note, plan, now }: Settling,
    spent: readonly number[],
    actual: readonly number[],
  ): void {
    const { announcements, book } = this.#parts;
    const { caller, model } = note.call;
    const ofAttempt = book.ofAttempt(plan, caller, model, toDeployment(note.deployment));
    const bound = [...book.ofCall(plan, caller, model).limits, ...ofAttempt.limits];
    const limits = charges.map(({ counter }) => bound.find((limit) => limit.counter(now) === counter));
    announcements.settled(note.call, limits, charges, spent, actual);
  }

  #tell({ call, deployment }: OpenWork, end: WorkEnd, { usage, costNanoUsd, source }: Spent): void {
    const { clock, events } = this.#parts;
    events.emit('background.settle', () => ({
      type: 'background.settle',
      ...eventBase(call, clock.now()),
      deployment: deployment.id,
      provider: deployment.provider,
      upstreamModel: deployment.upstreamModel,
      status: end.status,
      usage,
      costUsd: costNanoUsd === undefined ? undefined : nanoToUsd(costNanoUsd),
      usageSource: source,
    }));
  }
}

interface Settling {
  readonly store: Store;
  readonly note: OpenWork;
  readonly spent: Spent;
  readonly plan: Plan;
  readonly now: number;
  /** Whether anything was settled that was not before. */
  isFirst: boolean;
}

/** The row of the usage report; the request was counted when the work began. */
function reportOf({ call, deployment, models }: OpenWork, { usage, costNanoUsd, source }: Spent, now: number) {
  const batch = new UsageBatch();
  batch.add({
    at: now,
    caller: call.caller,
    model: call.model,
    deployment: idOf(deployment, models),
    provider: deployment.provider,
    requests: 0,
    failure: undefined,
    usage,
    costNanoUsd,
    unpriced: costNanoUsd === undefined && usage.inputTokens + usage.outputTokens > 0,
    source,
  });
  return batch.take();
}

function idOf({ id, provider }: NotedDeployment, models: OpenWork['models']): string {
  const [only, second] = models;
  return only !== undefined && second === undefined ? `${provider}/${only.upstreamModel}` : id;
}

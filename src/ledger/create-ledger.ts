import type { Call } from '../core/call.ts';
import type { Caller } from '../core/caller.ts';
import type { Clock } from '../core/clock.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Params } from '../core/params.ts';
import type { Plan } from '../core/plan.ts';
import type { AppliedPrice, PriceUpdate } from '../core/price.ts';
import { type Random, systemRandom } from '../core/random.ts';
import type { Served } from '../core/served.ts';
import { NO_USAGE, type Usage } from '../core/usage.ts';
import type { Emitter } from '../events/emitter.ts';
import type { Store } from '../stores/store.ts';
import { AdjustBudgets } from './adjustments/adjust-budgets.ts';
import { Adjustments } from './adjustments/adjustments.ts';
import { Admissions } from './admissions.ts';
import { Announcements } from './announcements.ts';
import { BackgroundWork } from './background/background-work.ts';
import { BudgetBook, requestsAlone, withoutRequests } from './bound-budgets.ts';
import type { BudgetBalance } from './budget-balance.ts';
import { CallEstimate } from './call-estimate.ts';
import type { Delivered } from './delivered.ts';
import { type CountTokens, Estimator } from './estimate.ts';
import { Headroom } from './headroom.ts';
import type { Admission, BudgetPreview, Estimate, Ledger, UsageQuery, UsageRow } from './ledger.ts';
import { ZERO_RATES } from './listed-rates.ts';
import { NO_ESTIMATE } from './no-estimate.ts';
import { batchEstimate, freeEstimate, limitsFor, unpricedEstimate } from './operation-cost.ts';
import { Outbox } from './outbox.ts';
import { cachedIsCheaper, costOf } from './price.ts';
import { filled } from './price-override.ts';
import { Prices, unknownRates } from './prices.ts';
import type { Rates } from './rates.ts';
import { type BalanceSource, balancesOf, previewOf } from './report.ts';
import { RunAdmissions } from './runs/run-admissions.ts';
import { moneyRun } from './runs/run-charges.ts';
import { previewOfRuns } from './runs/run-preview.ts';
import type { SliceBook } from './slices/slice-book.ts';
import { sliceCode } from './slices/slice-code.ts';
import type { SliceOptions } from './slices/slice-options.ts';
import { StorePort } from './store-port.ts';
import { feeOf, knownFeeOf, usesInAll } from './tool-fees.ts';
import { ratesWithUnits } from './unit-rates.ts';
import { unreportedUsage } from './unreported-usage.ts';
import type { UsageEntry } from './usage-entry.ts';
import { UsageReport } from './usage-report.ts';

export interface LedgerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random?: Random | undefined;
  readonly events: Emitter;
  /** Counts input tokens instead of the built-in bound; must not be below the real count. */
  readonly countTokens?: CountTokens | undefined;
  /** Whether `close` closes the store too. Default true; false for a store that others use. */
  readonly ownsStore?: boolean | undefined;
  /** Lends amounts ahead of need from a store that offers it, with `sliceCode` loaded. Default: each call is held in the store. */
  readonly slices?: SliceOptions | undefined;
}

/** Makes the ledger over a store. With the memory store every answer is synchronous. */
export function createLedger(options: LedgerOptions): Ledger {
  return new StoreLedger(options);
}

class StoreLedger implements Ledger {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ownsStore: boolean;
  readonly #prices = new Prices();
  readonly #book = new BudgetBook();
  readonly #headroom: Headroom;
  readonly #estimator: Estimator;
  readonly #port: StorePort;
  readonly #outbox: Outbox;
  readonly #admissions: Admissions;
  readonly #runs: RunAdmissions;
  readonly #report: UsageReport;
  readonly background: BackgroundWork;
  readonly hand: AdjustBudgets;
  readonly #slices: SliceBook | undefined;
  readonly #adjustments: Adjustments;

  constructor({ store, clock, random, events, countTokens, ownsStore, slices }: LedgerOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#ownsStore = ownsStore ?? true;
    this.#headroom = new Headroom(clock);
    this.#estimator = new Estimator(this.#prices, this.#book, countTokens);
    this.#port = new StorePort(store, clock, events);
    this.#outbox = new Outbox(this.#port, clock, random ?? systemRandom);
    const announcements = new Announcements(clock, events);
    const lends = slices !== undefined && store.exchange !== undefined;
    const ofSlices = { port: this.#port, clock, events, announcements };
    this.#slices = lends ? new sliceCode.value.SliceBook({ ...ofSlices, options: slices }) : undefined;
    this.#report = new UsageReport({ port: this.#port, outbox: this.#outbox, clock, isShared: lends });
    const holder = { clock, outbox: this.#outbox, announcements, headroom: this.#headroom };
    this.#adjustments = new Adjustments(this.#port, clock);
    this.#admissions = new Admissions(this.#port, holder, this.#slices, this.#adjustments);
    this.hand = new AdjustBudgets({
      port: this.#port,
      clock,
      events,
      book: this.#book,
      adjustments: this.#adjustments,
      flush: () => this.#flush(),
    });
    this.#runs = new RunAdmissions({ port: this.#port, outbox: this.#outbox, clock, events });
    this.background = new BackgroundWork({
      port: this.#port,
      outbox: this.#outbox,
      clock,
      events,
      announcements,
      book: this.#book,
      ledger: this,
      tokensOf: (deployment, characters) => this.#estimator.tokensOf(deployment, characters),
    });
  }

  estimate(call: Call, deployments: readonly Deployment[]): Estimate {
    if (call.cost === 'free') return freeEstimate(deployments);
    if (call.batch !== undefined) return batchEstimate(call.batch, deployments);
    const estimate = new CallEstimate(call, deployments, this.#estimator, call.startedAt);
    return call.cost === 'unpriced' ? unpricedEstimate(estimate, deployments) : estimate;
  }

  estimateCall(call: Call): Estimate {
    const { deployments } = call.modelPlan;
    const estimate = this.estimate(call, deployments);
    if (call.cost === 'unpriced' || call.batch !== undefined) return estimate;
    if (!this.#mayLimitMoney(call) || estimate.strict.costNanoUsd !== undefined) return estimate;
    const unpriced = new Map<Deployment, string>();
    for (const deployment of deployments) {
      if (estimate.strict.costAt(deployment.id) !== undefined) continue;
      const budget = this.#moneyBudget(call, deployment);
      if (budget !== undefined) unpriced.set(deployment, budget);
    }
    if (unpriced.size === 0) return estimate;
    const others = deployments.filter((deployment) => !unpriced.has(deployment));
    return new CallEstimate(call, others.length > 0 ? others : deployments, this.#estimator, call.startedAt, unpriced);
  }

  reserveCall(call: Call, estimate: Estimate): Admission | Promise<Admission> {
    const bound = limitsFor(call, this.#book.ofCall(call.plan, call.caller, call.model));
    if (call.runs === undefined) return this.#admissions.admit(call, bound, estimate, undefined);
    return this.#runs.admit(call, estimate, false, () => this.#admissions.admit(call, bound, estimate, undefined));
  }

  reserveFurther(call: Call, estimate: Estimate): Admission | Promise<Admission> {
    const bound = withoutRequests(limitsFor(call, this.#book.ofCall(call.plan, call.caller, call.model)));
    if (call.runs === undefined) return this.#admissions.admit(call, bound, estimate, undefined);
    return this.#runs.admit(call, estimate, true, () => this.#admissions.admit(call, bound, estimate, undefined));
  }

  reserveHit(call: Call): Admission | Promise<Admission> {
    const bound = requestsAlone(limitsFor(call, this.#book.ofCall(call.plan, call.caller, call.model)));
    return this.#admissions.admit(call, bound, NO_ESTIMATE, undefined);
  }

  reserveAttempt(call: Call, deployment: Deployment, estimate: Estimate): Admission | Promise<Admission> {
    const bound = limitsFor(call, this.#book.ofAttempt(call.plan, call.caller, call.model, deployment));
    return this.#admissions.admit(call, bound, estimate, deployment);
  }

  costNanoUsd(plan: Plan, deployment: Deployment, usage: Usage, served?: Served): number | undefined {
    const rates = this.#ratesOf(plan, deployment, usage, served);
    const ofTokens = rates === undefined ? undefined : costOf(rates, usage);
    if (usage.toolUses === undefined || ofTokens === undefined) return ofTokens;
    const fee = feeOf(plan, deployment.provider, usage.toolUses);
    return fee === undefined ? undefined : ofTokens + fee;
  }

  leastCostNanoUsd(plan: Plan, deployment: Deployment, usage: Usage, served?: Served): number {
    const standard = served?.model === undefined ? undefined : { model: served.model };
    const rates = this.#ratesOf(plan, deployment, usage, standard);
    const ofTokens = rates === undefined ? 0 : (costOf(filled(rates, ZERO_RATES), usage) ?? 0);
    return usage.toolUses === undefined ? ofTokens : ofTokens + knownFeeOf(plan, deployment.provider, usage.toolUses);
  }

  priceOf(plan: Plan, deployment: Deployment, usage: Usage, served?: Served): AppliedPrice | undefined {
    return this.#prices.applied(plan, deployment, this.#clock.now(), usage.inputTokens, served);
  }

  updatePrices(update: PriceUpdate): void {
    this.#prices.update(update, this.#clock.now());
  }

  cachedInputIsCheaper(plan: Plan, deployment: Deployment): boolean {
    const rates = this.#prices.ratesOf(plan, deployment, this.#clock.now());
    return rates !== undefined && cachedIsCheaper(rates);
  }

  estimateUsage(call: Call, deployment: Deployment, delivered: Delivered): Usage {
    return call.cost === 'free' ? NO_USAGE : unreportedUsage(call, deployment, delivered, this.#estimator);
  }

  withToolsOf(usage: Usage, params: Params, deployment: Deployment, call: Call): Usage {
    const toolUses = usesInAll(usage.toolUses, { ...call, params }, deployment);
    return toolUses === usage.toolUses ? usage : { ...usage, toolUses };
  }

  withUnitsOf(usage: Usage, call: Call, deployment: Deployment, delivered: Delivered | undefined, failed: boolean): Usage {
    if (call.cost === 'free' || !this.pricesUnits(call.plan, deployment)) return usage;
    const units = this.#estimator.unitsOf(call, delivered, failed);
    return units === undefined ? usage : { ...usage, units };
  }

  pricesUnits(plan: Plan, deployment: Deployment): boolean {
    return this.#prices.ratesOf(plan, deployment, this.#clock.now())?.units !== undefined;
  }

  calibrate(call: Call, deployment: Deployment, usage: Usage): void {
    // What paths answer that are handed through is not like the answers of their models.
    if (call.operation !== 'passthrough') this.#estimator.learn(call, deployment, usage);
  }

  record(entry: UsageEntry): void {
    this.#report.add(entry);
  }

  headroom(deploymentId: string): number {
    return this.#headroom.share(deploymentId, this.#clock.now());
  }

  headroomOf(deployments: readonly Deployment[]): Float64Array {
    return this.#headroom.sharesOf(deployments);
  }

  forgetLists(): void {
    this.#headroom.forgetLists();
  }

  usage(query: UsageQuery): Promise<UsageRow[]> {
    return this.#report.read(query);
  }

  async balances(plan: Plan, caller: Caller | undefined): Promise<BudgetBalance[]> {
    await this.#flush();
    return balancesOf(this.#sources(), plan, caller, this.#clock.now());
  }

  async preview(call: Call, estimate: Estimate): Promise<BudgetPreview> {
    await this.#slices?.flush();
    const now = this.#clock.now();
    const preview = await previewOf(this.#sources(), call, estimate, now);
    const denial = call.runs && (await previewOfRuns(this.#port, call, estimate, now));
    return denial === undefined ? preview : { ...preview, denial };
  }

  async close(deadlineMs: number): Promise<void> {
    this.#report.send();
    const untilMs = this.#clock.monotonicMs() + deadlineMs;
    await this.#outbox.flush(deadlineMs);
    await this.#slices?.close(Math.max(untilMs - this.#clock.monotonicMs(), 0));
    this.#outbox.stop();
    if (this.#ownsStore) await this.#store.close();
  }

  #sources(): BalanceSource {
    return { port: this.#port, book: this.#book, slices: this.#slices, adjustments: this.#adjustments };
  }

  /** Tells the store what this process has used until now. */
  async #flush(): Promise<void> {
    await this.#outbox.settled();
    await this.#slices?.flush();
  }

  /** The rates of what was used, with its other units than tokens. */
  #ratesOf(plan: Plan, deployment: Deployment, { units }: Usage, served: Served | undefined): Rates | undefined {
    const rates = this.#prices.ratesOf(plan, deployment, this.#clock.now(), served);
    if (rates?.units === undefined) return rates;
    return ratesWithUnits(rates, units, 'any') ?? ratesWithUnits(unknownRates(plan), units, 'any');
  }

  /** False if no money budget can apply, whichever the deployment. */
  #mayLimitMoney({ plan, caller, model, runs }: Call): boolean {
    if (moneyRun(runs) !== undefined) return true;
    if (!this.#book.limitsMoney(plan)) return false;
    return this.#book.limitsAttempts(plan) || this.#book.ofCall(plan, caller, model).money !== undefined;
  }

  /** Name of the money budget over the call, or over its attempts at a deployment. */
  #moneyBudget({ plan, caller, model, runs }: Call, deployment: Deployment): string | undefined {
    const run = moneyRun(runs);
    if (run !== undefined) return `run ${run.id}`;
    const { money } = this.#book.ofCall(plan, caller, model);
    return (money ?? this.#book.ofAttempt(plan, caller, model, deployment).money)?.budget.name;
  }
}

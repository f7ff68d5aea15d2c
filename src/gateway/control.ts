import { normaliseCaller } from '../access/caller.ts';
import { assertIsObject } from '../core/assert-argument.ts';
import type { BudgetAdjustment, BudgetRaise, RaisedBudget, ResetBudget } from '../core/budget-adjustment.ts';
import type { Call } from '../core/call.ts';
import type { Caller } from '../core/caller.ts';
import type { Deployment } from '../core/deployment.ts';
import { nanoToUsd } from '../core/money.ts';
import type { AppliedPrice } from '../core/price.ts';
import type { Run } from '../core/run.ts';
import type { RunReport } from '../core/run-limits.ts';
import { sentParams } from '../core/sent-params.ts';
import { servingAsked } from '../core/served.ts';
import type { Usage } from '../core/usage.ts';
import { GatewayClosedError } from '../errors/gateway-closed-error.ts';
import type { BudgetBalance } from '../ledger/budget-balance.ts';
import type { Ledger, UsageQuery, UsageRow } from '../ledger/ledger.ts';
import type { CallPreview } from '../pipeline/preview.ts';
import type { HealthReport } from '../routing/health.ts';
import { StoreError } from '../stores/store-error.ts';
import { readHeaders } from './doors/read-headers.ts';
import type { GatewayCore } from './gateway-core.ts';

/** What `control.plan` answers: how a call would go now. Money is in dollars. */
export interface PlanReport {
  /** Whether the call would be made. */
  readonly verdict: 'allow' | 'deny';
  /** Why it would be refused; undefined if it would be made. */
  readonly reason?: string | undefined;
  /** The most that it may use and cost. */
  readonly estimate: Usage & { readonly costUsd: number | undefined };
  /** Budgets that would be charged: what each has left, and what would be held, by unit. */
  readonly budgets: readonly {
    readonly name: string;
    readonly remaining: Record<string, number>;
    readonly wouldCharge: Record<string, number>;
  }[];
  /** Every deployment of the model, in the order to try, then those that are skipped. */
  readonly deployments: readonly PlannedDeployment[];
}

/**
 * A deployment as a call would meet it: its place in the order to try, or why it is skipped. `costUsd` is the estimate of
 * what the call costs there, in dollars; undefined if no price is known.
 */
export type PlannedDeployment = {
  readonly id: string;
  readonly costUsd: number | undefined;
  /** What the call would be charged by, of the tier that its estimate reaches; undefined if no price is known. */
  readonly price: AppliedPrice | undefined;
} & ({ readonly place: number } | { readonly skipped: string });

/**
 * Looks into a gateway and changes its configuration. Once `close` has ended the last call, what would change something throws
 * `GatewayClosedError`, and so does what would read a store that is closed too (SQLite); all else tells what it last knew.
 */
export interface Control {
  /** Dry run of a chat completion, or of a response if the params have `input`: sends nothing, charges nothing. */
  plan(params: object): Promise<PlanReport>;
  /** Requests, tokens and cost by any of team, app, user, key, model, deployment, provider and day. */
  usage(query?: UsageQuery): Promise<UsageRow[]>;
  /** Each budget's counters; those that apply to a caller if one is given. */
  budgets(caller?: Caller): Promise<BudgetBalance[]>;
  /**
   * Raises a budget for a time: this window, some windows, or until a time. Kept in the store: other processes see it within
   * seconds. Throws `TypeError` or `RangeError` for a budget that is not there and for amounts that are none.
   */
  raiseBudget(name: string, raise: BudgetRaise): Promise<RaisedBudget>;
  /** Lets what was spent in this window count no longer, as `raiseBudget` does; of calendar windows. */
  resetBudget(name: string, reset?: BudgetAdjustment): Promise<ResetBudget>;
  health(): HealthReport[];
  /** The runs with limits that have begun in this process and not ended; a caller's own for a clone of its. */
  runs(): RunReport[];
  /** Puts a configuration in force for the calls to come. Throws `ConfigurationError` and changes nothing if it is invalid. */
  update(config: unknown): void;
}

/** The control of a gateway or of a clone that is bound to a caller, and to a run if it has limits of its own. */
export function controlOf(core: GatewayCore, caller: Caller | undefined, run?: Run): Control {
  const { runtime } = core.composition;
  const current = () => caller ?? core.ambientCaller.getStore();
  return {
    async plan(params) {
      assertIsObject(params, 'control.plan', 'the params of a call');
      const asking = current();
      const stream = 'stream' in params && params.stream === true;
      const path = !('messages' in params) && 'input' in params ? '/responses' : '/chat/completions';
      const request = {
        method: 'POST',
        path,
        body: params,
        stream,
        asBytes: false,
        headers: readHeaders(),
        signal: undefined,
        timeoutMs: undefined,
        run,
      };
      return read(core, async () => {
        const call = core.toCall(request, asking);
        const preview = await core.composition.line.preview(call, runtime);
        return toReport(preview, (deployment) => priceOf(runtime.ledger, call, deployment, preview));
      });
    },
    usage: (query = {}) => read(core, () => runtime.ledger.usage(query)),
    async budgets(of) {
      const whose = of === undefined ? current() : normaliseCaller(of);
      return read(core, () => runtime.ledger.balances(core.snapshot.plan, whose));
    },
    raiseBudget: (name, raise) => change(core, () => runtime.ledger.hand.raise(core.snapshot.plan, name, raise)),
    resetBudget: (name, reset = {}) => change(core, () => runtime.ledger.hand.reset(core.snapshot.plan, name, reset)),
    health: () => runtime.health.report(new Set([...core.snapshot.plan.models.values()].flatMap((model) => model.deployments))),
    runs: () => core.runs.list(caller),
    update: (config) => core.lifecycle.update(config),
  };
}

/** Also of a closed gateway, as long as its store answers: a closed one is not the store's fault. */
async function read<T>(core: GatewayCore, ask: () => Promise<T>): Promise<T> {
  if (!core.snapshot.isComplete) await core.completed();
  try {
    return await ask();
  } catch (error) {
    throw core.lifecycle.isOver && error instanceof StoreError ? new GatewayClosedError() : error;
  }
}

async function change<T>(core: GatewayCore, ask: () => Promise<T>): Promise<T> {
  if (core.lifecycle.isOver) throw new GatewayClosedError();
  return read(core, ask);
}

function toReport(
  { verdict, reason, estimate, budgets, order, skipped }: CallPreview,
  priceAt: (deployment: Deployment) => AppliedPrice | undefined,
): PlanReport {
  const facts = (deployment: Deployment) => ({
    id: deployment.id,
    costUsd: toUsd(estimate.costAt(deployment.id)),
    price: priceAt(deployment),
  });
  return {
    verdict,
    reason,
    estimate: { ...estimate.usage, costUsd: toUsd(estimate.costNanoUsd) },
    budgets,
    deployments: [
      ...order.map((deployment, index) => ({ ...facts(deployment), place: index + 1 })),
      ...skipped.map(({ deployment, reason: why }) => ({ ...facts(deployment), skipped: why })),
    ],
  };
}

function priceOf(ledger: Ledger, call: Call, deployment: Deployment, { estimate }: CallPreview): AppliedPrice | undefined {
  const asked = servingAsked(sentParams(call, deployment));
  return ledger.priceOf(call.plan, deployment, estimate.usage, asked);
}

function toUsd(nanoUsd: number | undefined): number | undefined {
  return nanoUsd === undefined ? undefined : nanoToUsd(nanoUsd);
}

import { type Environment, readEnvironment } from '../config/environment.ts';
import { validate } from '../config/normalise.ts';
import { toClock } from '../core/clock.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Plan } from '../core/plan.ts';
import { systemRandom } from '../core/random.ts';
import type { FailoverStrategy } from '../core/strategy.ts';
import type { Transport } from '../core/transport.ts';
import { Emitter } from '../events/emitter.ts';
import { RetryBudget } from '../failover/retry-budget.ts';
import { failoverStrategies } from '../failover/strategies/index.ts';
import { spread } from '../failover/strategies/spread.ts';
import { createLedger } from '../ledger/create-ledger.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { Pacing } from '../pacing/pacing.ts';
import type { ProviderAccount, Runtime } from '../pipeline/runtime.ts';
import { Affinity } from '../routing/affinity.ts';
import { Health } from '../routing/health.ts';
import { resolveModel, type UndeclaredModelParts } from '../routing/models.ts';
import { proxySecrets } from '../transport/proxy-secrets.ts';
import { createTransport } from '../transport/undici-transport.ts';
import { TurnMemory } from '../turn-memory/turn-memory.ts';
import { openStore } from './open-store.ts';
import { accountOf, makeDeployment, planOf, REGISTRY } from './plan-of-config.ts';
import { PriceRefresh } from './price-refresh.ts';

/** A configuration in force, with the provider accounts made of it. */
export interface Snapshot extends UndeclaredModelParts {
  readonly plan: Plan;
  readonly accounts: ReadonlyMap<string, ProviderAccount>;
}

/** Everything that a gateway is made of. The only place that constructs. */
export class Composition {
  readonly runtime: Runtime;
  /** Whether the file of the configuration is watched for changes. */
  readonly watches: boolean;
  readonly #transport: Transport;
  readonly #ledger: Ledger;
  readonly #environment: Environment;
  readonly #snapshots = new WeakMap<Plan, Snapshot>();
  readonly #priceRefresh: PriceRefresh;
  #snapshot: Snapshot;

  constructor(config: unknown) {
    this.#environment = readEnvironment();
    const valid = validate(config, this.#environment, REGISTRY, warn);
    this.watches = valid.watch ?? false;
    const clock = toClock(valid.clock);
    const random = valid.random ?? systemRandom;
    const events = new Emitter();
    this.#transport = createTransport({
      dispatcher: valid.dispatcher,
      maxBodyBytes: valid.maxBodyBytes,
      connectMs: valid.timeouts?.connectMs,
      proxy: proxySettings(this.#environment),
    });
    this.#ledger = createLedger({ store: openStore(valid, warn), clock, random, events, countTokens: valid.countTokens });
    const ledger = this.#ledger;
    const health = new Health({ clock, random, events, headroom: (deploymentId) => ledger.headroom(deploymentId) });
    this.runtime = {
      clock,
      random,
      events,
      ledger,
      health,
      pacing: new Pacing({ clock, events }),
      retryBudget: new RetryBudget(clock),
      affinity: new Affinity(),
      turnMemory: new TurnMemory(clock),
      accountOf: (plan, provider) => accountOf(this.#snapshots.get(plan)?.accounts, provider),
      modelOf: (plan, name) => {
        const snapshot = this.#snapshots.get(plan);
        return snapshot && resolveModel(plan, name, snapshot);
      },
    };
    this.#snapshot = this.#toSnapshot(config, 1);
    this.#priceRefresh = new PriceRefresh({ clock, events, ledger, transport: this.#transport, renew: () => this.#renew() });
    this.#priceRefresh.follow(this.#snapshot.plan.priceUpdates);
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Puts a configuration in force for the calls to come. Throws `ConfigurationError` and changes nothing if it is invalid. */
  update(config: unknown): Snapshot {
    validate(config, this.#environment, REGISTRY, warn);
    const snapshot = this.#toSnapshot(config, this.#snapshot.plan.version + 1);
    this.#snapshot = snapshot;
    const ids = new Set(
      [...snapshot.plan.models.values()].flatMap((model) => model.deployments.map((deployment) => deployment.id)),
    );
    this.runtime.health.retain(ids);
    this.runtime.retryBudget.retain(ids);
    if (snapshot.plan.turnMemory === undefined) this.runtime.turnMemory.clear();
    this.#priceRefresh.follow(snapshot.plan.priceUpdates);
    return snapshot;
  }

  /** The same configuration as a plan of its own: a running call keeps its plan, and the prices that go with it. */
  #renew(): void {
    const plan: Plan = Object.freeze({ ...this.#snapshot.plan });
    this.#snapshot = { ...this.#snapshot, plan };
    this.#snapshots.set(plan, this.#snapshot);
  }

  async close(deadlineMs: number): Promise<void> {
    this.#priceRefresh.stop();
    await this.#ledger.close(deadlineMs);
    this.runtime.events.flush();
    await this.#transport.close(true);
  }

  #toSnapshot(config: unknown, version: number): Snapshot {
    const { clock, health } = this.runtime;
    const { plan, accounts } = planOf(config, this.#environment, version, {
      transport: this.#transport,
      clock,
      isCooling: (id) => health.isCooling('credential', id),
      secrets: proxySecrets(proxySettings(this.#environment) ?? {}),
    });
    const snapshot: Snapshot = {
      plan,
      accounts,
      makeDeployment: (provider, model) => withTimeouts(makeDeployment(accountOf(accounts, provider), model), plan),
      failover: defaultFailover(plan),
    };
    this.#snapshots.set(plan, snapshot);
    return snapshot;
  }
}

/** For what an operator must know once and no event fits. */
function warn(message: string): void {
  process.emitWarning(message, { type: 'TollgateWarning' });
}

function defaultFailover(plan: Plan): FailoverStrategy {
  return failoverStrategies.get(plan.defaults.retry.order) ?? spread;
}

/** An undeclared model takes the limits of its provider, as declared ones have theirs already. */
function withTimeouts(deployment: Deployment, plan: Plan): Deployment {
  const own = plan.providers.get(deployment.provider)?.options.timeouts;
  return own === undefined ? deployment : Object.freeze({ ...deployment, timeouts: { ...plan.defaults.timeouts, ...own } });
}

function proxySettings(environment: Environment) {
  const httpProxy = environment.http_proxy ?? environment.HTTP_PROXY;
  const httpsProxy = environment.https_proxy ?? environment.HTTPS_PROXY;
  if (!httpProxy && !httpsProxy) return undefined;
  return { httpProxy, httpsProxy, noProxy: environment.no_proxy ?? environment.NO_PROXY };
}

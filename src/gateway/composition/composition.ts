import type { ResponseCache } from '../../cache/response-cache.ts';
import { validate } from '../../config/by-schema.ts';
import { type Environment, readEnvironment } from '../../config/environment.ts';
import type { ValidConfig } from '../../config/schema.ts';
import type { AskModel } from '../../core/asking.ts';
import { toClock } from '../../core/clock.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Part } from '../../core/part.ts';
import type { Plan } from '../../core/plan.ts';
import { assertPlatform } from '../../core/platform.ts';
import { systemRandom } from '../../core/random.ts';
import { RunsAround } from '../../core/runs-around.ts';
import type { FailoverStrategy } from '../../core/strategy.ts';
import type { ConfigurationIssue } from '../../errors/configuration-error.ts';
import { Emitter } from '../../events/emitter.ts';
import { RetryBudget } from '../../failover/retry-budget.ts';
import { failoverStrategies } from '../../failover/strategies/index.ts';
import { spread } from '../../failover/strategies/spread.ts';
import { sliceCode } from '../../ledger/slices/slice-code.ts';
import { CallsUnderWay } from '../../pipeline/record/calls-under-way.ts';
import type { ProviderAccount, Runtime } from '../../pipeline/runtime.ts';
import { Affinity } from '../../routing/affinity.ts';
import { Health } from '../../routing/health.ts';
import { resolveModel, type UndeclaredModelParts } from '../../routing/models.ts';
import type { Store } from '../../stores/store.ts';
import { undici } from '../../transport/undici.ts';
import { TurnMemory } from '../../turn-memory/turn-memory.ts';
import { askModel } from './ask-model.ts';
import { cacheCode } from './cache-code.ts';
import { accountOf, declaredPlan, partsOf, REGISTRY, undescribed } from './declared-plan.ts';
import { GuardParts } from './guard-parts.ts';
import { lineCode } from './line-code.ts';
import type { LineOfCalls } from './line-of-calls.ts';
import { openStore, slicesOf } from './open-store.ts';

/** A configuration in force, with the provider accounts made of it. */
export interface Snapshot extends UndeclaredModelParts {
  readonly plan: Plan;
  readonly accounts: ReadonlyMap<string, ProviderAccount>;
  /** False as long as what its calls need has not been loaded: vendors' facts and the accounts are missing then. */
  readonly isComplete: boolean;
}

/** What a call runs with. Ledger, pacing and cache come with the line of calls, so that only calls may ask for them. */
type GatewayRuntime = Omit<Runtime, LaterPart> & { -readonly [Part in LaterPart]: Runtime[Part] };
type LaterPart = 'ledger' | 'pacing' | 'cache';

/** Everything that a gateway is made of. The only place that constructs; what only calls need is made at the first. */
export class Composition {
  readonly runtime: Runtime;
  /** Whether the file of the configuration is watched for changes. */
  readonly watches: boolean;
  readonly #environment: Environment;
  readonly #config: ValidConfig;
  readonly #store: Store;
  readonly #ask: AskModel = (question, asking) =>
    askModel(question, asking, this.runtime, (call) => this.line.run(call, this.runtime));
  readonly #guards = new GuardParts(this.#ask);
  readonly #snapshots = new WeakMap<Plan, Snapshot>();
  readonly #runtime: GatewayRuntime;
  #line: LineOfCalls | undefined;
  /** Of the first configuration that has a cache: there is one cache for the life of a gateway. */
  #cacheConfig: ValidConfig['cache'];
  #snapshot: Snapshot;
  #completing: Promise<void> | undefined;

  constructor(config: unknown, environment: Environment = readEnvironment()) {
    assertPlatform();
    this.#environment = environment;
    this.#config = validate(config, this.#environment, REGISTRY, warnOfConfig);
    this.watches = this.#config.watch ?? false;
    this.#store = openStore(this.#config, warn);
    this.#cacheConfig = this.#config.cache;
    this.#runtime = this.#createRuntime(this.#config);
    this.runtime = this.#runtime;
    this.#snapshot = this.#toSnapshot(declaredPlan(config, this.#environment, 1));
    this.runtime.turnMemory.bound(this.#snapshot.plan.turnMemory);
    this.#followPrices();
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** There from the first call on. */
  get line(): LineOfCalls {
    if (this.#line === undefined) throw new Error('the line of calls has not been loaded');
    return this.#line;
  }

  /** Puts a configuration in force for the calls to come. Throws `ConfigurationError` and changes nothing if it is invalid. */
  update(config: unknown): Snapshot {
    const { cache } = validate(config, this.#environment, REGISTRY, warnOfConfig);
    const declared = declaredPlan(config, this.#environment, this.#snapshot.plan.version + 1);
    this.#cacheConfig ??= cache;
    const snapshot = this.#toSnapshot(declared);
    this.#snapshot = snapshot;
    const ids = new Set(
      [...snapshot.plan.models.values()].flatMap((model) => model.deployments.map((deployment) => deployment.id)),
    );
    this.runtime.health.retain(ids);
    this.#line?.ledger.forgetLists();
    this.runtime.retryBudget.retain(ids);
    this.runtime.turnMemory.bound(snapshot.plan.turnMemory);
    this.#followPrices();
    return snapshot;
  }

  /** Loads what calls need under the configuration in force. Rejects if a package is missing or does not run here. */
  complete(): Promise<void> {
    this.#completing ??= this.#complete().finally(() => {
      this.#completing = undefined;
    });
    return this.#completing;
  }

  /** Resolves, whatever it comes to, when what is being loaded has been. */
  get completing(): Promise<unknown> | undefined {
    return this.#completing?.catch(() => undefined);
  }

  async close(deadlineMs: number): Promise<void> {
    if (this.#line !== undefined) return this.#line.close(deadlineMs);
    await this.#store.close();
    this.runtime.events.flush();
  }

  async #complete(): Promise<void> {
    while (!this.#snapshot.isComplete) {
      const { plan } = this.#snapshot;
      await Promise.all(this.#partsOf(plan).map((part) => part.load()));
      if (this.#snapshot.plan === plan) this.#snapshot = this.#toSnapshot(plan);
    }
    this.#followPrices();
  }

  #partsOf(plan: Plan): Part<unknown>[] {
    const own = this.#config.dispatcher ? [lineCode] : [lineCode, undici];
    const cache = plan.cache === undefined ? [] : [cacheCode];
    const slices = slicesOf(this.#config) === undefined ? [] : [sliceCode];
    return [...own, ...cache, ...slices, ...partsOf(plan), ...this.#guards.partsOf(plan)];
  }

  /** Prices are kept fresh by the line, which is loaded for it if no call has been yet. */
  #followPrices(): void {
    const { priceUpdates } = this.#snapshot.plan;
    if (this.#line !== undefined) this.#line.followPrices(priceUpdates);
    // What fails to load, fails again at the first call, which tells.
    else if (priceUpdates !== undefined) this.complete().catch(() => undefined);
  }

  /** The same configuration as a plan of its own: a running call keeps its plan, and the prices that go with it. */
  #renew(): void {
    const plan: Plan = Object.freeze({ ...this.#snapshot.plan });
    this.#snapshot = { ...this.#snapshot, plan };
    this.#snapshots.set(plan, this.#snapshot);
  }

  #createRuntime(config: ValidConfig): GatewayRuntime {
    const clock = toClock(config.clock);
    const random = config.random ?? systemRandom;
    const runsAround = new RunsAround();
    const events = new Emitter((work) => runsAround.outside(work));
    const headroom = (deploymentId: string) => this.#line?.ledger.headroom(deploymentId) ?? 1;
    const headroomOf = (deployments: readonly Deployment[]) => this.#line?.ledger.headroomOf(deployments);
    return {
      clock,
      random,
      events,
      runsAround,
      ledger: NOT_YET as Runtime['ledger'],
      health: new Health({ clock, random, events, headroom, headroomOf }),
      pacing: NOT_YET as Runtime['pacing'],
      retryBudget: new RetryBudget(clock),
      affinity: new Affinity(),
      turnMemory: new TurnMemory(clock),
      underWay: new CallsUnderWay(clock),
      cache: undefined,
      accountOf: (plan, provider) => accountOf(this.#snapshots.get(plan)?.accounts, provider),
      guardsOf: (plan) => this.#guards.of(plan),
      modelOf: (plan, name) => {
        const snapshot = this.#snapshots.get(plan);
        return snapshot && resolveModel(plan, name, snapshot);
      },
    };
  }

  #startLine(): LineOfCalls {
    const line = new lineCode.value.LineOfCalls(this.runtime, {
      config: this.#config,
      store: this.#store,
      proxy: proxySettings(this.#environment),
      renew: () => this.#renew(),
    });
    this.#runtime.ledger = line.ledger;
    this.#runtime.pacing = line.pacing;
    return line;
  }

  #openCache(): ResponseCache {
    const { store = 'memory' } = this.#cacheConfig ?? {};
    return cacheCode.value.openCache(store === 'memory' ? undefined : store, this.runtime, this.#ask);
  }

  #toSnapshot(declared: Plan): Snapshot {
    if (!this.#partsOf(declared).every((part) => part.isLoaded)) {
      return this.#keep({ plan: declared, accounts: NO_ACCOUNTS }, false, undescribed);
    }
    this.#line ??= this.#startLine();
    if (declared.cache !== undefined) this.#runtime.cache ??= this.#openCache();
    const { makeDeployment } = this.#line;
    const completed = this.#line.complete(declared);
    return this.#keep(completed, true, (provider, model) => makeDeployment(accountOf(completed.accounts, provider), model));
  }

  #keep(
    { plan, accounts }: Pick<Snapshot, 'plan' | 'accounts'>,
    isComplete: boolean,
    makeDeployment: (provider: string, upstreamModel: string) => Deployment,
  ): Snapshot {
    const snapshot: Snapshot = {
      plan,
      accounts,
      isComplete,
      makeDeployment: (provider, model) => withTimeouts(makeDeployment(provider, model), plan),
      failover: defaultFailover(plan),
    };
    this.#snapshots.set(plan, snapshot);
    return snapshot;
  }
}

const NO_ACCOUNTS: ReadonlyMap<string, ProviderAccount> = new Map();
const NOT_YET: unknown = undefined;

/** For what an operator must know once and no event fits. */
function warn(message: string): void {
  process.emitWarning(message, { type: 'TollgateWarning' });
}

function warnOfConfig({ path, message }: ConfigurationIssue): void {
  warn(`${path}: ${message}`);
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

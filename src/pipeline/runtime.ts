import type { ResponseCache } from '../cache/response-cache.ts';
import type { Clock } from '../core/clock.ts';
import type { ModelPlan, Plan } from '../core/plan.ts';
import type { Random } from '../core/random.ts';
import type { RunsAround } from '../core/runs-around.ts';
import type { Emitter } from '../events/emitter.ts';
import type { RetryBudget } from '../failover/retry-budget.ts';
import type { Guards } from '../guards/guards.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Pacing } from '../pacing/pacing.ts';
import type { Provider } from '../providers/provider.ts';
import type { Affinity } from '../routing/affinity.ts';
import type { CredentialRing } from '../routing/credentials.ts';
import type { Health } from '../routing/health.ts';
import type { TurnMemory } from '../turn-memory/turn-memory.ts';
import type { CallsUnderWay } from './record/calls-under-way.ts';

/** What all calls of a gateway share; made once by the composition root. */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Emitter;
  readonly runsAround: RunsAround;
  readonly ledger: Ledger;
  readonly health: Health;
  readonly pacing: Pacing;
  readonly retryBudget: RetryBudget;
  readonly affinity: Affinity;
  readonly turnMemory: TurnMemory;
  readonly underWay: CallsUnderWay;
  /** Undefined until a configuration has one. */
  readonly cache: ResponseCache | undefined;
  /** The provider account of a plan; a plan holds none that it does not name. */
  accountOf(plan: Plan, provider: string): ProviderAccount;
  /** The guards of a plan, which have been loaded; undefined if it has none. */
  guardsOf(plan: Plan): Guards | undefined;
  /** What a name stands for in a plan, also one that it does not declare; undefined if it stands for nothing. */
  modelOf(plan: Plan, name: string): ModelPlan | undefined;
}

export interface ProviderAccount {
  readonly provider: Provider;
  readonly credentials: CredentialRing;
  /** Whether its responses are made of chat completions: their items show no tools that the vendor ran. */
  readonly bridgesResponses: boolean;
  /** Params that may be left out if the provider can't honour them. */
  readonly drop: ReadonlySet<string>;
  /** Everything that the account's requests may carry and nobody may see; asked only if something is to be redacted. */
  secrets(): readonly string[];
}

import type { Call } from '../core/call.ts';
import type { Clock } from '../core/clock.ts';
import type { Deployment } from '../core/deployment.ts';
import { DeploymentLists } from '../core/deployment-lists.ts';
import type { Random } from '../core/random.ts';
import type { HealthView } from '../core/strategy.ts';
import type { Emitter } from '../events/emitter.ts';
import type { AttemptOutcome } from './attempt-outcome.ts';
import { BoundedMap } from './bounded-map.ts';
import { type Cooldown, type CooldownScope, Cooldowns, isLessBlocked } from './cooldowns.ts';
import { type HealthRecord, type HealthReport, type HealthState, newRecord, whyToCool } from './health-record.ts';
import { HealthRecords } from './health-records.ts';
import { Standing } from './standing.ts';

export type { HealthReport, HealthState } from './health-record.ts';

/** First cooldown; each further one without a success between doubles it. */
const COOLDOWN_MS = 30_000;
const LONGEST_COOLDOWN_MS = 300_000;
/** Longest cooldown that a provider can ask for: one day. */
const LONGEST_REQUESTED_COOLDOWN_MS = 86_400_000;
const LARGEST_NUMBER_OF_TURNS = 4_096;
const NONE: readonly Deployment[] = [];

export interface HealthOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Emitter;
  /** Share of rpm and tpm that is left, 0 to 1. */
  headroom(deploymentId: string): number;
  /** The same of a list that stays, at their places in it; undefined or left out: it is asked of each. */
  headroomOf?(deployments: readonly Deployment[]): Float64Array | undefined;
  /** Costs if no call's estimate is at hand; default: none is known. */
  costNanoUsd?(deploymentId: string, call: Call): number | undefined;
}

export interface UsableDeployments {
  readonly usable: readonly Deployment[];
  /** Those in a cooldown, or whose probe is under way. */
  readonly cooling: readonly Deployment[];
}

/** What is known of each deployment's state. Keyed by ids, so that it outlives a change of configuration. */
export class Health implements HealthView {
  readonly random: Random;
  readonly #options: HealthOptions;
  readonly #clock: Clock;
  readonly #cooldowns: Cooldowns;
  readonly #records = new HealthRecords();
  readonly #standings = new DeploymentLists((deployments) => new Standing(deployments, this));
  readonly #turns = new BoundedMap<string, number>(LARGEST_NUMBER_OF_TURNS);

  constructor(options: HealthOptions) {
    this.random = options.random;
    this.#options = options;
    this.#clock = options.clock;
    this.#cooldowns = new Cooldowns(options.clock, options.events);
  }

  started(deployment: Deployment): void {
    this.#records.of(deployment.id).inFlight += 1;
    this.#standings.changed(deployment.id);
    const probe = this.#cooldowns.allOpen ? undefined : this.#cooldowns.endIfOver('deployment', deployment.id)?.probe;
    if (probe) probe.started = true;
  }

  finished(deployment: Deployment, outcome: AttemptOutcome, call: Call): void {
    const record = this.#records.of(deployment.id);
    record.inFlight = Math.max(0, record.inFlight - 1);
    const nowMs = this.#clock.monotonicMs();
    record.lastUsedMs = nowMs;
    if (outcome.ok) this.#succeeded(deployment, record, outcome, nowMs);
    else if (outcome.countsAgainstHealth) this.#failed(deployment, record, outcome.durationMs, nowMs, call);
    else this.abandonProbe(deployment);
    this.#standings.changed(deployment.id);
  }

  /**
   * Takes a credential, a deployment or a provider out. After `rate-limited` it is back in full when the time is over,
   * as the provider said when; a deployment cooled for another reason comes back by a probe.
   */
  coolDown(scope: CooldownScope, id: string, durationMs: number, reason: string, call: Call): void {
    if (!(durationMs > 0)) return;
    const reopens = scope === 'deployment' && reason !== 'rate-limited' ? 'by-probe' : 'at-once';
    this.#cooldowns.start(scope, id, Math.min(durationMs, LONGEST_REQUESTED_COOLDOWN_MS), reason, reopens, call);
  }

  /** `probing` from the end of a cooldown's time until an attempt succeeded. */
  state(deployment: Deployment): HealthState {
    const cooldown = this.#cooldownOf(deployment);
    if (!cooldown) return 'healthy';
    return this.#cooldowns.isOver(cooldown) ? 'probing' : 'cooling';
  }

  isCooling(scope: CooldownScope, id: string): boolean {
    const cooldown = this.#cooldowns.endIfOver(scope, id);
    return cooldown !== undefined && !this.#cooldowns.isOver(cooldown);
  }

  /** How long it cools yet, in milliseconds; 0 if it does not. */
  coolsForMs(scope: CooldownScope, id: string): number {
    const cooldown = this.#cooldowns.endIfOver(scope, id);
    return cooldown === undefined ? 0 : Math.max(0, cooldown.untilMs - this.#clock.monotonicMs());
  }

  /**
   * Whether an attempt may go to the deployment now. If its cooldown's time is over and no probe is under way, this
   * claim is the probe: an attempt that then does not start gives it back with `abandonProbe`.
   */
  claimAttempt(deployment: Deployment): boolean {
    const cooldown = this.#cooldownOf(deployment);
    return !cooldown || (this.#cooldowns.isOver(cooldown) && this.#cooldowns.claimProbe(cooldown));
  }

  abandonProbe(deployment: Deployment): void {
    const cooldown = this.#cooldowns.endIfOver('deployment', deployment.id);
    if (cooldown) cooldown.probe = undefined;
  }

  /** Wall clock; undefined if neither the deployment nor its provider is cooling. */
  coolingUntilMs(deployment: Deployment): number | undefined {
    const cooldown = this.#cooldownOf(deployment);
    return cooldown && !this.#cooldowns.isOver(cooldown) ? this.#cooldowns.toWallClock(cooldown.untilMs) : undefined;
  }

  /** Parts what may be tried from what is cooling or under probe. */
  usable(deployments: readonly Deployment[]): UsableDeployments {
    if (this.#cooldowns.allOpen) return { usable: deployments, cooling: NONE };
    const usable: Deployment[] = [];
    const cooling: Deployment[] = [];
    for (const deployment of deployments) {
      const cooldown = this.#cooldownOf(deployment);
      if (cooldown && this.#blocks(cooldown)) cooling.push(deployment);
      else usable.push(deployment);
    }
    return { usable, cooling };
  }

  /**
   * The one to try in spite of its cooldown by who has nobody else: it is back soonest, and its account was not refused
   * unless all were. Undefined for an empty list.
   */
  leastBlocked(deployments: readonly Deployment[]): Deployment | undefined {
    return deployments.reduce<Deployment | undefined>((best, deployment) => {
      const isBetter = !best || isLessBlocked(this.#cooldownOf(deployment), this.#cooldownOf(best));
      return isBetter ? deployment : best;
    }, undefined);
  }

  /** In words, with the end of the cooldown; undefined if it may be tried. */
  whyBlocked(deployment: Deployment): string | undefined {
    const cooldown = this.#cooldownOf(deployment);
    return cooldown && this.#blocks(cooldown) ? this.#reason(cooldown) : undefined;
  }

  report(deployments: Iterable<Deployment>): HealthReport[] {
    return Array.from(deployments, (deployment) => {
      const record = this.#records.known(deployment.id) ?? newRecord();
      return {
        deployment: deployment.id,
        state: this.state(deployment),
        inFlight: record.inFlight,
        consecutiveFailures: record.consecutiveFailures,
        coolingUntil: this.coolingUntilMs(deployment) ?? null,
        firstTokenMs: record.firstToken.percentiles(),
        durationMs: record.duration.percentiles(),
      };
    });
  }

  /** Forgets deployments that are not in the configuration any more; attempts under way keep theirs. */
  retain(deploymentIds: Iterable<string>): void {
    const retained = new Set(deploymentIds);
    this.#records.retain(retained);
    this.#cooldowns.retain(retained);
    this.#standings.clear();
  }

  /** Attempts under way, and those that are about to begin: calls of one moment see each other. */
  inFlight(deploymentId: string): number {
    const record = this.#records.known(deploymentId);
    return record ? record.inFlight + record.assigned : 0;
  }

  /** Of a model's whole list, kept up to date. */
  standingOf(deployments: readonly Deployment[]): Standing {
    return this.#standings.of(deployments);
  }

  /** A call is about to begin an attempt at the deployment, until `unassign`. */
  assign(deploymentId: string): void {
    this.#records.of(deploymentId).assigned += 1;
    this.#standings.changed(deploymentId);
  }

  unassign(deploymentId: string): void {
    const record = this.#records.known(deploymentId);
    if (record === undefined || record.assigned === 0) return;
    record.assigned -= 1;
    this.#standings.changed(deploymentId);
  }

  /** Of whole answers, which have no first token, the duration. */
  firstTokenMs(deploymentId: string): number | undefined {
    const record = this.#records.known(deploymentId);
    return record?.firstToken.average ?? record?.duration.average;
  }

  /** `percentile` from 0 to 100, of the last 128 streams. */
  firstTokenPercentileMs(deploymentId: string, percentile: number): number | undefined {
    return this.#records.known(deploymentId)?.firstToken.percentile(percentile);
  }

  lastUsedMs(deploymentId: string): number | undefined {
    return this.#records.known(deploymentId)?.lastUsedMs;
  }

  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  headroom(deploymentId: string): number {
    return this.#options.headroom(deploymentId);
  }

  headroomOf(deployments: readonly Deployment[]): Float64Array | undefined {
    return this.#options.headroomOf?.(deployments);
  }

  costNanoUsd(deploymentId: string, call: Call): number | undefined {
    return this.#options.costNanoUsd?.(deploymentId, call);
  }

  turn(model: string): number {
    return this.#turns.get(model) ?? 0;
  }

  /** Counts one ordering of the model's deployments. */
  advanceTurn(model: string): void {
    this.#turns.set(model, (this.turn(model) + 1) % Number.MAX_SAFE_INTEGER);
  }

  #succeeded(deployment: Deployment, record: HealthRecord, outcome: AttemptOutcome & { ok: true }, nowMs: number): void {
    const { firstTokenMs, durationMs } = outcome;
    record.consecutiveFailures = 0;
    record.outcomes.add('success', nowMs);
    record.duration.measure(durationMs, nowMs);
    if (firstTokenMs !== undefined) record.firstToken.measure(firstTokenMs, nowMs);
    const cooldown = this.#cooldowns.endIfOver('deployment', deployment.id);
    // An answer that began before the cooldown says nothing about the time since.
    if (cooldown && nowMs - durationMs < cooldown.sinceMs) return;
    record.cooldowns = 0;
    if (!cooldown) return;
    record.outcomes.clear();
    this.#cooldowns.end(cooldown);
  }

  #failed(deployment: Deployment, record: HealthRecord, durationMs: number | undefined, nowMs: number, call: Call): void {
    record.consecutiveFailures += 1;
    record.outcomes.add('failure', nowMs);
    const cooldown = this.#cooldowns.endIfOver('deployment', deployment.id);
    if (!cooldown) {
      const reason = whyToCool(record, nowMs);
      if (reason) this.#coolByRule(deployment, record, reason, call);
      return;
    }
    const startedBefore = durationMs !== undefined && nowMs - durationMs < cooldown.sinceMs;
    if (startedBefore || !this.#cooldowns.isOver(cooldown)) return;
    this.#coolByRule(deployment, record, 'probe-failed', call);
  }

  #coolByRule(deployment: Deployment, record: HealthRecord, reason: string, call: Call): void {
    const durationMs = Math.min(COOLDOWN_MS * 2 ** record.cooldowns, LONGEST_COOLDOWN_MS);
    record.cooldowns += 1;
    record.outcomes.clear();
    this.#cooldowns.start('deployment', deployment.id, durationMs, reason, 'by-probe', call);
  }

  /** The deployment's or its provider's cooldown, whichever blocks longer. */
  #cooldownOf(deployment: Deployment): Cooldown | undefined {
    if (this.#cooldowns.allOpen) return undefined;
    const own = this.#cooldowns.endIfOver('deployment', deployment.id);
    const providers = this.#cooldowns.endIfOver('provider', deployment.provider);
    if (!own || !providers) return own ?? providers;
    return providers.untilMs > own.untilMs ? providers : own;
  }

  #blocks(cooldown: Cooldown): boolean {
    return !this.#cooldowns.isOver(cooldown) || this.#cooldowns.probeUnderWay(cooldown);
  }

  #reason(cooldown: Cooldown): string {
    if (this.#cooldowns.isOver(cooldown)) return 'cooling: a probe is under way';
    return `cooling until ${new Date(this.#cooldowns.toWallClock(cooldown.untilMs)).toISOString()}: ${cooldown.reason}`;
  }
}

import type { Call } from '../core/call.ts';
import type { Clock } from '../core/clock.ts';
import type { Emitter } from '../events/emitter.ts';

export type CooldownScope = 'credential' | 'deployment' | 'provider';

/** An admitted probe that did not start within this time is given up. A queue holds a call for 30 s by default. */
const PROBE_CLAIM_MS = 60_000;

/** Reasons that mean that the account is refused, so that trying anyway is the least promising. */
const ACCOUNT_REASONS: ReadonlySet<string> = new Set(['quota-exhausted', 'credential-rejected']);

/** Something taken out for a time. Times are monotonic milliseconds. */
export interface Cooldown {
  readonly scope: CooldownScope;
  readonly id: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly reason: string;
  /** What follows when the time is over: full traffic, or one probe whose success ends the cooldown. */
  readonly reopens: 'at-once' | 'by-probe';
  /** The call that brought it about; its end is reported under the same call. */
  readonly cause: Pick<Call, 'requestId' | 'caller' | 'model' | 'operation'>;
  probe: { readonly claimedMs: number; started: boolean } | undefined;
}

/** The cooldowns of all scopes, with their events. One that reopens at once ends when its end is noticed. */
export class Cooldowns {
  readonly #clock: Clock;
  readonly #events: Emitter;
  readonly #byScope: Readonly<Record<CooldownScope, Map<string, Cooldown>>> = {
    credential: new Map(),
    deployment: new Map(),
    provider: new Map(),
  };

  constructor(clock: Clock, events: Emitter) {
    this.#clock = clock;
    this.#events = events;
  }

  /** True if neither a deployment nor a provider has a cooldown, be it half-open. */
  get allOpen(): boolean {
    return this.#byScope.deployment.size === 0 && this.#byScope.provider.size === 0;
  }

  /** The cooldown of an id, which ends here if its time is over. */
  endIfOver(scope: CooldownScope, id: string): Cooldown | undefined {
    const cooldown = this.#byScope[scope].get(id);
    if (!cooldown) return undefined;
    if (cooldown.reopens === 'by-probe' || !this.isOver(cooldown)) return cooldown;
    this.end(cooldown);
    return undefined;
  }

  isOver(cooldown: Cooldown): boolean {
    return this.#clock.monotonicMs() >= cooldown.untilMs;
  }

  /** Starts a cooldown; a longer one of the same id that is under way stays. */
  start(scope: CooldownScope, id: string, durationMs: number, reason: string, reopens: Cooldown['reopens'], call: Call): void {
    const sinceMs = this.#clock.monotonicMs();
    const untilMs = sinceMs + durationMs;
    const current = this.#byScope[scope].get(id);
    if (current && current.untilMs >= untilMs) return;
    const { requestId, caller, model, operation } = call;
    const cause = { requestId, caller, model, operation };
    const cooldown: Cooldown = { scope, id, sinceMs, untilMs, reason, reopens, cause, probe: undefined };
    this.#byScope[scope].set(id, cooldown);
    this.#events.emit('cooldown.start', () => ({ type: 'cooldown.start', ...this.#fields(cooldown) }));
  }

  end(cooldown: Cooldown): void {
    if (!this.#byScope[cooldown.scope].delete(cooldown.id)) return;
    this.#events.emit('cooldown.end', () => ({ type: 'cooldown.end', ...this.#fields(cooldown) }));
  }

  /** True for the one caller that may probe a half-open cooldown now. */
  claimProbe(cooldown: Cooldown): boolean {
    if (this.probeUnderWay(cooldown)) return false;
    cooldown.probe = { claimedMs: this.#clock.monotonicMs(), started: false };
    return true;
  }

  probeUnderWay({ probe }: Cooldown): boolean {
    if (!probe) return false;
    return probe.started || this.#clock.monotonicMs() - probe.claimedMs < PROBE_CLAIM_MS;
  }

  /** Forgets deployments that are not in `deploymentIds`, and what is over. */
  retain(deploymentIds: ReadonlySet<string>): void {
    for (const id of this.#byScope.deployment.keys()) {
      if (!deploymentIds.has(id)) this.#byScope.deployment.delete(id);
    }
    for (const scope of ['credential', 'provider'] as const) {
      for (const id of this.#byScope[scope].keys()) this.endIfOver(scope, id);
    }
  }

  toWallClock(monotonicMs: number): number {
    return Math.round(this.#clock.now() + monotonicMs - this.#clock.monotonicMs());
  }

  #fields({ scope, id, untilMs, reason, cause }: Cooldown) {
    return { at: this.#clock.now(), ...cause, deployment: id, scope, untilMs: this.toWallClock(untilMs), reason };
  }
}

/** Whether the first is the more promising to overrule; one that is over by now, or never was, blocks least. */
export function isLessBlocked(cooldown: Cooldown | undefined, other: Cooldown | undefined): boolean {
  if (!cooldown || !other) return other !== undefined;
  const refused = ACCOUNT_REASONS.has(cooldown.reason);
  if (refused !== ACCOUNT_REASONS.has(other.reason)) return !refused;
  return cooldown.untilMs < other.untilMs;
}

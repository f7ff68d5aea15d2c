import type { EventMap, EventType, Gateway } from 'tollgate';

interface CallState {
  /** Deployments that were neither cooling nor under probe when the call began. */
  readonly candidates: readonly string[];
  readonly open: Set<number>;
  readonly perDeployment: Map<string, number>;
  attempts: number;
  ended: boolean;
}

interface Cooling {
  readonly untilMs: number;
}

const MAX_ATTEMPTS = 5;
const ATTEMPTS_PER_DEPLOYMENT = 2;

/** Follows every event of a gateway and notes what must never be. */
export class Invariants {
  readonly broken: string[] = [];
  readonly calls = new Map<string, CallState>();
  readonly #deployments: readonly string[];
  readonly #cooldowns = new Map<string, Cooling>();
  readonly #inFlight = new Map<string, number>();

  constructor(gateway: Gateway, deployments: readonly string[]) {
    this.#deployments = deployments;
    const on = <T extends EventType>(type: T, listener: (event: EventMap[T]) => void) =>
      gateway.on(type, (event) => listener(event));
    on('request.start', (event) => this.#started(event));
    on('attempt.start', (event) => this.#attemptStarted(event));
    on('attempt.end', (event) => this.#attemptEnded(event));
    on('request.end', (event) => this.#ended(event));
    on('cooldown.start', ({ deployment, untilMs }) => void this.#cooldowns.set(deployment, { untilMs }));
    on('cooldown.end', ({ deployment }) => void this.#cooldowns.delete(deployment));
  }

  #demand(isSo: boolean, what: string, event: { requestId: string; at: number }): void {
    if (!isSo) this.broken.push(`${what} (${event.requestId} at ${event.at})`);
  }

  #started(event: EventMap['request.start']): void {
    this.#demand(!this.calls.has(event.requestId), 'a call began twice', event);
    const candidates = this.#deployments.filter((id) => !this.#isBlocked(id, event.at));
    this.calls.set(event.requestId, { candidates, open: new Set(), perDeployment: new Map(), attempts: 0, ended: false });
  }

  #attemptStarted(event: EventMap['attempt.start']): void {
    const { deployment, attempt, at } = event;
    const call = this.calls.get(event.requestId);
    this.#demand(call !== undefined, 'an attempt without a call', event);
    if (call === undefined) return;
    this.#demand(!call.ended, 'an attempt after the end of its call', event);
    this.#demand(call.open.size === 0, 'two attempts at once', event);
    call.open.add(attempt);
    call.attempts += 1;
    const here = (call.perDeployment.get(deployment) ?? 0) + 1;
    call.perDeployment.set(deployment, here);
    this.#demand(call.attempts <= MAX_ATTEMPTS, 'more attempts than a call may have', event);
    this.#demand(here <= ATTEMPTS_PER_DEPLOYMENT, 'more attempts than a deployment may have', event);
    const inFlight = this.#inFlight.get(deployment) ?? 0;
    this.#inFlight.set(deployment, inFlight + 1);
    const others = [...call.candidates, ...call.perDeployment.keys()].filter((id) => id !== deployment);
    const isUsedUp = (id: string) => (call.perDeployment.get(id) ?? 0) >= ATTEMPTS_PER_DEPLOYMENT;
    const isLast = others.every((id) => isUsedUp(id) || this.#isBlocked(id, at));
    this.#demand(!this.#isCooling(deployment, at) || isLast, `an attempt at ${deployment}, which is cooling`, event);
  }

  #attemptEnded(event: EventMap['attempt.end']): void {
    const call = this.calls.get(event.requestId);
    this.#demand(call?.open.delete(event.attempt) ?? false, 'an attempt ended that was not under way', event);
    this.#inFlight.set(event.deployment, (this.#inFlight.get(event.deployment) ?? 0) - 1);
  }

  #ended(event: EventMap['request.end']): void {
    const call = this.calls.get(event.requestId);
    this.#demand(call !== undefined, 'an end without a call', event);
    if (call === undefined) return;
    this.#demand(!call.ended, 'a call ended twice', event);
    this.#demand(call.open.size === 0, 'a call ended before its attempt', event);
    this.#demand(event.attempts === call.attempts, 'a wrong number of attempts', event);
    call.ended = true;
  }

  #isCooling(deployment: string, at: number): boolean {
    const cooling = this.#cooldowns.get(deployment);
    return cooling !== undefined && cooling.untilMs > at;
  }

  /** Cooling, or half-open with its probe under way. */
  #isBlocked(deployment: string, at: number): boolean {
    const cooling = this.#cooldowns.get(deployment);
    if (cooling === undefined) return false;
    return cooling.untilMs > at || (this.#inFlight.get(deployment) ?? 0) > 0;
  }
}

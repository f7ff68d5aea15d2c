import type { Clock } from '../core/clock.ts';

// A deployment's repeated attempts stay below a fifth of its calls plus three a second, or retries make an outage worse.
const SHARE_OF_CALLS = 0.2;
const PER_SECOND = 3;
const LARGEST_RESERVE = 30;
const MOST_DEPLOYMENTS = 4_096;

/** How many repeated attempts a deployment may still get. */
export class RetryBudget {
  readonly #clock: Clock;
  readonly #balances = new Map<string, { tokens: number; atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A first attempt earns a share of a repeat. */
  earn(deploymentId: string): void {
    // What time has added is added when the balance is looked at; the sum is the same.
    const balance = this.#balances.get(deploymentId);
    if (balance !== undefined) balance.tokens = Math.min(LARGEST_RESERVE, balance.tokens + SHARE_OF_CALLS);
  }

  left(deploymentId: string): boolean {
    return this.#current(deploymentId).tokens >= 1;
  }

  spend(deploymentId: string): void {
    this.#current(deploymentId).tokens -= 1;
  }

  /** Forgets deployments that the configuration no longer has. */
  retain(deploymentIds: ReadonlySet<string>): void {
    for (const id of this.#balances.keys()) if (!deploymentIds.has(id)) this.#balances.delete(id);
  }

  #current(deploymentId: string): { tokens: number; atMs: number } {
    const nowMs = this.#clock.monotonicMs();
    let balance = this.#balances.get(deploymentId);
    if (balance === undefined) {
      balance = { tokens: LARGEST_RESERVE, atMs: nowMs };
      // Callers can name deployments that the configuration does not; a forgotten one has its full reserve again.
      if (this.#balances.size >= MOST_DEPLOYMENTS) this.#balances.clear();
      this.#balances.set(deploymentId, balance);
      return balance;
    }
    balance.tokens = Math.min(LARGEST_RESERVE, balance.tokens + ((nowMs - balance.atMs) / 1000) * PER_SECOND);
    balance.atMs = nowMs;
    return balance;
  }
}

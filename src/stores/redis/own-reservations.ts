import type { Part } from './parts.ts';

const MOST_OPEN = 100_000;
/** Settlements that may have to be sent again, in all homes. A replica lags by far fewer. */
const MOST_SETTLED = 4_096;

interface Open {
  readonly parts: readonly Part[];
  readonly leaseMs: number;
  granted: boolean;
  expiresAt: number;
}

export interface LateSettlement {
  readonly id: string;
  readonly part: Part;
  readonly actual: readonly number[];
}

/** The reservations that this process made: in which homes they lie, and what to say again after a failover lost it. */
export class OwnReservations {
  readonly #open = new Map<string, Open>();
  readonly #settled: LateSettlement[] = [];
  #nextSettled = 0;

  begin(id: string, parts: readonly Part[], leaseMs: number, now: number): void {
    if (this.#open.size >= MOST_OPEN) this.#forgetOldest();
    this.#open.set(id, { parts, leaseMs, granted: false, expiresAt: now + leaseMs });
  }

  granted(id: string): void {
    const open = this.#open.get(id);
    if (open !== undefined) open.granted = true;
  }

  extended(id: string, until: number): void {
    const open = this.#open.get(id);
    if (open !== undefined) open.expiresAt = until;
  }

  partsOf(id: string): readonly Part[] | undefined {
    return this.#open.get(id)?.parts;
  }

  settled(id: string, part: Part, actual: readonly number[]): void {
    this.#settled[this.#nextSettled] = { id, part, actual };
    this.#nextSettled = (this.#nextSettled + 1) % MOST_SETTLED;
  }

  forget(id: string): void {
    this.#open.delete(id);
  }

  /** Parts in a home that were granted and whose lease runs. */
  *openIn(home: number, now: number): Generator<{ id: string; part: Part; leaseMs: number }> {
    for (const [id, { parts, granted, expiresAt }] of this.#open) {
      const part = granted && expiresAt > now ? parts.find((each) => each.home === home) : undefined;
      if (part !== undefined) yield { id, part, leaseMs: expiresAt - now };
    }
  }

  settledIn(home: number): LateSettlement[] {
    return this.#settled.filter(({ part }) => part.home === home);
  }

  #forgetOldest(): void {
    for (const id of this.#open.keys()) {
      this.#open.delete(id);
      return;
    }
  }
}

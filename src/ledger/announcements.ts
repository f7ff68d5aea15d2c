import type { Call } from '../core/call.ts';
import type { Clock } from '../core/clock.ts';
import type { Emitter } from '../events/emitter.ts';
import { eventBase } from '../events/event-base.ts';
import type { Charge } from '../stores/store.ts';
import type { BoundLimit } from './bound-limit.ts';
import { inUnit, type Standing } from './charges.ts';

const MOST_REMEMBERED = 10_000;
const LONG_MS = 400 * 86_400_000;

/** What events name of a call. */
export type ToldCall = Pick<Call, 'requestId' | 'caller' | 'model' | 'operation'>;

/** What was charged, and the window that it belongs to. */
type ChargedCounter = Pick<Charge, 'counter' | 'window'>;

/** Tells of budgets that near or pass their limits: a threshold once per window, every refusal. */
export class Announcements {
  readonly #clock: Clock;
  readonly #events: Emitter;
  /** When a threshold of a counter may be announced again. */
  readonly #announced = new Map<string, number>();

  constructor(clock: Clock, events: Emitter) {
    this.#clock = clock;
    this.#events = events;
  }

  /** After a settlement: every threshold that it carried a counter over. */
  settled(
    call: ToldCall,
    limits: readonly (BoundLimit | undefined)[],
    charges: readonly ChargedCounter[],
    spent: readonly number[],
    added: readonly number[],
  ): void {
    for (let place = 0; place < limits.length; place += 1) {
      const limit = limits[place];
      if (limit === undefined) continue;
      const { warnAt } = limit.budget;
      if (warnAt.length === 0 || limit.limit === 0) continue;
      const after = spent[place] ?? 0;
      const before = after - (added[place] ?? 0);
      for (const threshold of warnAt) {
        const mark = threshold * limit.limit;
        if (after < mark || before >= mark) continue;
        const charge = charges[place];
        if (charge !== undefined) this.#warn(call, limit, charge, threshold, after);
      }
    }
  }

  exceeded(call: Call, limit: BoundLimit, standing: Omit<Standing, 'needed'>, retryAfterMs: number | null): void {
    this.#events.emit('budget.exceed', () => ({
      type: 'budget.exceed',
      ...this.#facts(call, limit, standing.limit - standing.remaining, retryAfterMs),
      limit: inUnit(limit.unit, standing.limit),
      threshold: 1,
    }));
  }

  #warn(call: ToldCall, limit: BoundLimit, charge: ChargedCounter, threshold: number, spent: number): void {
    const key = `${charge.counter} ${threshold}`;
    const now = this.#clock.now();
    if ((this.#announced.get(key) ?? 0) > now) return;
    if (this.#announced.size >= MOST_REMEMBERED) this.#announced.clear();
    const { window } = charge;
    this.#announced.set(key, window.kind === 'rolling' ? now + window.lengthMs : (window.endsAt ?? now + LONG_MS));
    this.#events.emit('budget.warn', () => ({ type: 'budget.warn', ...this.#facts(call, limit, spent, null), threshold }));
  }

  #facts(call: ToldCall, limit: BoundLimit, spent: number, retryAfterMs: number | null) {
    const { budget, unit, values } = limit;
    const at = this.#clock.now();
    const { endsAt } = limit.span(at);
    const rolling = budget.window.kind === 'rolling' ? budget.window.lengthMs : 0;
    return {
      ...eventBase(call, at),
      budget: budget.name,
      values,
      unit,
      spent: inUnit(unit, spent),
      limit: inUnit(unit, limit.limit),
      resetAt: endsAt === undefined ? at + (retryAfterMs ?? rolling) : endsAt,
    };
  }
}

import type { Emitter } from '../../events/emitter.ts';
import type { BoundLimit } from '../bound-limit.ts';
import { NO_CALL } from '../store-port.ts';

/** Tells that calls against a budget are held in the store one by one from now on, or no longer. */
export function emitExact(events: Emitter, at: number, { budget, unit, values }: BoundLimit, state: 'start' | 'end'): void {
  const operation = 'passthrough';
  const { name } = budget;
  events.emit('budget.exact', () => ({ type: 'budget.exact', at, ...NO_CALL, operation, budget: name, unit, values, state }));
}

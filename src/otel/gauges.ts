import type { Meter, ObservableResult } from '@opentelemetry/api';
import type { Gateway } from '../index.ts';

/**
 * What is read when somebody collects: what is left of budgets, and calls in flight. A counter of a budget for each caller is
 * told if all its dimensions were asked for, since each is a series. `onCollect` is called before any counter is read.
 * Returns what ends it.
 */
export function observeGauges(gateway: Gateway, meter: Meter, dimensions: readonly string[], onCollect: () => void): () => void {
  const remaining = meter.createObservableGauge('tollgate.budget.remaining', {
    description: 'What is left of budgets, in their units.',
  });
  const inFlight = meter.createObservableGauge('tollgate.deployment.in_flight', {
    description: 'Attempts under way at a deployment.',
    unit: '{attempt}',
  });
  const onBudgets = async (result: ObservableResult) => {
    // A store that is away is told by its own event.
    const balances = await gateway.control.budgets().catch(() => []);
    for (const { name, values, remaining: left } of balances) {
      if (!Object.keys(values).every((dimension) => dimensions.includes(dimension))) continue;
      const callers = Object.entries(values).map(([dimension, value]) => [`tollgate.caller.${dimension}`, value]);
      for (const [unit, amount] of Object.entries(left)) {
        result.observe(amount, { 'tollgate.budget': name, unit, ...Object.fromEntries(callers) });
      }
    }
  };
  const onHealth = (result: ObservableResult) => {
    onCollect();
    for (const { deployment, inFlight: attempts } of gateway.control.health()) {
      result.observe(attempts, { 'tollgate.deployment': deployment });
    }
  };
  remaining.addCallback(onBudgets);
  inFlight.addCallback(onHealth);
  return () => {
    remaining.removeCallback(onBudgets);
    inFlight.removeCallback(onHealth);
  };
}

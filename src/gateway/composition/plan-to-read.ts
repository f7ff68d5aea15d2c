import type { Environment } from '../../config/environment.ts';
import { systemClock } from '../../core/clock.ts';
import type { Plan } from '../../core/plan.ts';
import { completePlan } from './complete-plan.ts';
import { declaredPlan, partsOf } from './declared-plan.ts';
import type { AccountParts } from './provider-accounts.ts';

/** A complete plan to look at only: there is nothing that could send. Rejects with `ConfigurationError` naming every problem. */
export async function planToRead(config: unknown, environment: Environment): Promise<Plan> {
  const declared = declaredPlan(config, environment, 1);
  await Promise.all(partsOf(declared).map((part) => part.load()));
  return completePlan(declared, { transport: NO_TRANSPORT, clock: systemClock, isCooling: () => false, secrets: [] }).plan;
}

const NO_TRANSPORT: AccountParts['transport'] = {
  send: () => Promise.reject(new Error('a plan to read has no transport')),
  close: () => Promise.resolve(),
};

import type { AttemptableCall } from '../candidates/attemptable-call.ts';
import type { GuardedAnswer } from './guard-output.ts';

/** What outlives the call: its caller's next turn goes to the same deployment, if the model is configured so. */
export function remember({ attempt }: GuardedAnswer, { call, runtime }: AttemptableCall): void {
  if (call.modelPlan.affinity) runtime.affinity.remember(call, attempt.deployment.id);
}

import { authorise } from '../access/authorise.ts';
import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import type { BudgetPreview, Estimate } from '../ledger/ledger.ts';
import type { SkippedDeployment } from '../routing/router.ts';
import { costRefusal, missingDimension } from './admission/authorise-call.ts';
import { denialError } from './admission/denial-error.ts';
import { downgrade } from './admission/downgrade.ts';
import { previewFor } from './candidates/find-candidates.ts';
import type { Runtime } from './runtime.ts';

/** How a call would go if it were made now. */
export interface CallPreview {
  readonly verdict: 'allow' | 'deny';
  readonly reason: string | undefined;
  readonly estimate: Estimate;
  readonly budgets: BudgetPreview['budgets'];
  readonly order: readonly Deployment[];
  readonly skipped: readonly SkippedDeployment[];
}

/**
 * The line of a call as far as its candidates, without its effects: nothing is reserved, sent or reported. If a
 * budget downgrades the call, that of the model it would go on with.
 */
export async function preview(call: Call, runtime: Runtime): Promise<CallPreview> {
  const seen = new Set<string>();
  for (let current = call; ; ) {
    const estimate = runtime.ledger.estimateCall(current);
    const forbidden = refusal(current, estimate);
    const { denial, budgets } = await runtime.ledger.preview(current, estimate);
    const cheaper = forbidden === undefined ? downgrade(denial, current, seen, runtime) : undefined;
    if (cheaper !== undefined) {
      current = cheaper;
      continue;
    }
    const { order, skipped } = previewFor(current, estimate, runtime);
    const unserved = order.length === 0 ? 'no deployment can serve it' : undefined;
    const reason = forbidden ?? (denial && denialError(denial).message) ?? unserved;
    return { verdict: reason === undefined ? 'allow' : 'deny', reason, estimate, budgets, order, skipped };
  }
}

function refusal(call: Call, estimate: Estimate): string | undefined {
  const verdict = authorise(call.plan, call.caller, { model: call.model, deployments: call.modelPlan.deployments });
  if (!verdict.allowed) return verdict.reason;
  return missingDimension(call) ?? costRefusal(call, verdict, estimate);
}

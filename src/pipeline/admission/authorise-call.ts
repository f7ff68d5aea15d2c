import { authorise } from '../../access/authorise.ts';
import { deniedAmong, deniedTool, deniedToolAt } from '../../access/denied-tool.ts';
import { whatIsMissing } from '../../access/what-is-missing.ts';
import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import { nanoToUsd } from '../../core/money.ts';
import { AccessDeniedError } from '../../errors/access-denied-error.ts';
import { eventBase } from '../../events/event-base.ts';
import type { Estimate } from '../../ledger/ledger.ts';
import type { ActiveCall } from '../active-call.ts';
import type { Runtime } from '../runtime.ts';

/** The caller's leave to use the model, and what one request may cost. */
export interface Grant {
  readonly maxNanoUsdPerRequest: number | undefined;
}

/** Of what guards ask: whose configuration names their model. */
const UNLIMITED: Grant = { maxNanoUsdPerRequest: undefined };

/** A call that may use its model. */
export interface AuthorisedCall {
  readonly call: Call;
  readonly grant: Grant;
  /** As it began; `call` is the same one, or what a downgrade made of it. */
  readonly active: ActiveCall;
  /** The models that downgrades came from. */
  readonly seen: Set<string> | undefined;
}

/** Throws `AccessDeniedError`; a refusal is an `access.deny` event too. */
export function authoriseCall(call: Call, active: ActiveCall, seen: Set<string> | undefined): AuthorisedCall {
  const { runtime } = active;
  if (call.question?.kind === 'verdict') return { call, grant: UNLIMITED, active, seen };
  const verdict = authorise(call.plan, call.caller, { model: call.model, deployments: call.modelPlan.deployments });
  if (!verdict.allowed) throw denied(call, verdict.reason, runtime);
  const missing = missingDimension(call);
  if (missing !== undefined) throw denied(call, missing, runtime);
  const tool = deniedTool(call) ?? (call.batch?.tools && deniedAmong(call.batch.tools, call.plan, call.caller));
  if (tool !== undefined) throw denied(call, notTheTool(tool), runtime);
  const inside = call.batch && forbiddenInBatch(call);
  if (inside !== undefined) throw denied(call, `the caller may not use '${inside}', which the batch needs`, runtime);
  return { call, grant: verdict, active, seen };
}

/** What a budget that refuses such callers misses in this one; undefined if nothing is missing. */
export function missingDimension({ plan, caller, model, cost }: Call): string | undefined {
  if (plan.demanding === undefined || plan.demanding.length === 0 || cost === 'free') return undefined;
  return whatIsMissing(plan.demanding, caller, model);
}

function notTheTool(name: string): string {
  return `the caller may not use the tool '${name}'`;
}

/** What a batch takes that its caller may not use: batches at all, or a model in the file. */
function forbiddenInBatch({ plan, caller, batch, modelPlan }: Call): string | undefined {
  const [place] = modelPlan.deployments;
  const models = batch?.models.map(({ upstreamModel }) => `${place?.provider}/${upstreamModel}`) ?? [];
  return [`${place?.id}`, ...models].find((model) => !authorise(plan, caller, { model }).allowed);
}

/** The refusal of a model none of whose deployments the caller may use, for these reasons. */
export function deniedDeployments(call: Call, reasons: readonly string[], runtime: Runtime): AccessDeniedError {
  const [first = NONE_OF_THEM] = reasons;
  return denied(call, reasons.every((reason) => reason === first) ? first : NONE_OF_THEM, runtime);
}

const NONE_OF_THEM = 'the caller may use none of its deployments';

/** Whether `whyForbidden` may find anything: not if no rule is configured and all is allowed. */
export function mayForbid({ plan, params }: Call): boolean {
  return plan.access.rules.length > 0 || plan.access.default !== 'allow' || Array.isArray(params.models);
}

/**
 * Why the caller may not reach a deployment of the call's model; undefined if it may. Asked of every candidate,
 * fallback and hedge. `estimate`: of this call at the model's deployments.
 */
export function whyForbidden(call: Call, deployment: Deployment, estimate: Estimate): string | undefined {
  if (call.question?.kind === 'verdict') return undefined;
  const verdict = authorise(call.plan, call.caller, { model: call.model, deployment });
  if (!verdict.allowed) return verdict.reason;
  return forbiddenUse(call, deployment) ?? tooDear(verdict.maxNanoUsdPerRequest, deployment, estimate);
}

/** Ids of the model's deployments that the caller may not reach, whatever the call costs. */
export function forbiddenDeployments(call: Call): string[] {
  if (call.question?.kind === 'verdict') return [];
  const { plan, caller, model, modelPlan } = call;
  const forbidden = modelPlan.deployments.filter(
    (deployment) => !authorise(plan, caller, { model, deployment }).allowed || forbiddenUse(call, deployment) !== undefined,
  );
  return forbidden.map(({ id }) => id);
}

function forbiddenUse(call: Call, deployment: Deployment): string | undefined {
  const tool = deniedToolAt(deployment, call);
  return tool === undefined ? forbiddenAlternative(call, deployment) : notTheTool(tool);
}

/** Throws if every deployment that the caller may use might cost more than one request may. */
export function checkCost(call: Call, grant: Grant, estimate: Estimate, runtime: Runtime): void {
  const refusal = costRefusal(call, grant, estimate);
  if (refusal !== undefined) throw denied(call, refusal, runtime);
}

/** The reason that `checkCost` throws for. */
export function costRefusal(call: Call, { maxNanoUsdPerRequest }: Grant, estimate: Estimate): string | undefined {
  if (maxNanoUsdPerRequest === undefined) return undefined;
  let first: string | undefined;
  for (const deployment of call.modelPlan.deployments) {
    const verdict = authorise(call.plan, call.caller, { model: call.model, deployment });
    if (!verdict.allowed) continue;
    const reason = tooDear(verdict.maxNanoUsdPerRequest, deployment, estimate);
    if (reason === undefined) return undefined;
    first ??= reason;
  }
  return first;
}

function tooDear(limit: number | undefined, { id }: Deployment, estimate: Estimate): string | undefined {
  if (limit === undefined) return undefined;
  const cost = estimate.costAt(id);
  if (cost === undefined) return 'its cost is unknown and requests have a cost limit';
  return cost > limit ? `it may cost $${nanoToUsd(cost)}, more than $${nanoToUsd(limit)} per request` : undefined;
}

/** Some vendors take further models in the params and go on to them by themselves. */
function forbiddenAlternative({ plan, caller, params }: Call, { provider }: Deployment): string | undefined {
  const { models } = params;
  if (!Array.isArray(models)) return undefined;
  const forbidden = models.some((name) => !authorise(plan, caller, { model: `${provider}/${name}` }).allowed);
  return forbidden ? "the caller may not use all of 'models'" : undefined;
}

function denied(call: Call, reason: string, runtime: Runtime): AccessDeniedError {
  runtime.events.emit('access.deny', () => ({ type: 'access.deny', ...eventBase(call, runtime.clock.now()), reason }));
  return new AccessDeniedError(call.model, reason);
}

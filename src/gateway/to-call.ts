import { callerFromParams } from '../access/caller-from-params.ts';
import type { Call } from '../core/call.ts';
import { ANONYMOUS, type Caller } from '../core/caller.ts';
import { Cancellation } from '../core/cancellation.ts';
import { DEFAULT_MODELS } from '../core/default-models.ts';
import type { Params } from '../core/params.ts';
import type { ModelPlan, Plan } from '../core/plan.ts';
import { mintId } from '../core/random.ts';
import { runsOf } from '../core/run.ts';
import { InvalidParamsError } from '../errors/invalid-params-error.ts';
import { UnknownModelError } from '../errors/unknown-model-error.ts';
import type { Found } from '../ledger/ledger.ts';
import type { Runtime } from '../pipeline/runtime.ts';
import { resolveModel } from '../routing/models.ts';
import { toCallBody } from './call-body.ts';
import type { Snapshot } from './composition/composition.ts';
import { operationFor } from './doors/operations.ts';
import type { GatewayRequest } from './gateway-request.ts';
import { passthroughTarget } from './passthrough-target.ts';
import type { RunBook } from './runs/run-book.ts';
import { suggestedModels } from './suggested-models.ts';

/** A name of a declared model has at most 256; an undeclared one may be an ARN behind its provider's name. In UTF-16 units. */
const LONGEST_MODEL = 512;

/** What a call is made of beside its request. */
export interface CallParts {
  readonly snapshot: Snapshot;
  readonly runtime: Pick<Runtime, 'clock' | 'turnMemory'>;
  readonly runs: Pick<RunBook, 'around'>;
}

/**
 * The call that a request makes, of nobody if `bound` is undefined. `found`: what is known of what it names. Throws
 * `InvalidParamsError` and `UnknownModelError`, before anything is reserved.
 */
export function toCall(request: GatewayRequest, bound: Caller | undefined, found: Found | undefined, parts: CallParts): Call {
  const { clock, turnMemory } = parts.runtime;
  const { plan } = parts.snapshot;
  const { path, query } = splitPath(request.path);
  const operation = operationFor(request.method, path, request.body);
  const body = toCallBody(request.body, operation);
  const given = body.params;
  const handed = operation === 'passthrough' ? passthroughTarget(request, path, given, found, plan) : undefined;
  const model = checkedModel(handed === undefined ? (given.model ?? DEFAULT_MODELS.get(operation)) : handed.model);
  const caller = callerOf(bound ?? ANONYMOUS, given, plan);
  // Before anything is estimated, which is to be of what is sent.
  const params = turnMemory.complete(given, operation, caller);
  const modelPlan = withRepeats(modelPlanOf(handed?.servedBy ?? model, caller, parts.snapshot), request.maxRetries);
  const startedMonotonicMs = clock.monotonicMs();
  return {
    requestId: mintId('req'),
    operation,
    caller,
    runs: runsOf(request.run, parts.runs.around),
    model,
    modelPlan,
    plan,
    params,
    form: body.form,
    upload: body.upload,
    largeBytes: request.largeBytes,
    stream: request.stream,
    asBytes: request.asBytes,
    query: handed === undefined ? request.query : undefined,
    tags: request.headers.tags,
    priority: request.headers.priority,
    headers: handed === undefined ? request.headers.forwarded : headersForHanded(request.headers),
    cache: request.cache,
    passthrough: handed && { method: request.method, path, query, modelAt: handed.modelAt, json: body.json },
    cost: handed?.cost,
    batch: handed?.batch,
    cancellation: Cancellation.following(request.signal, request.signalOwner),
    startedAt: clock.now(),
    startedMonotonicMs,
    timeoutMs: request.timeoutMs,
    deadlineMs: startedMonotonicMs + (request.timeoutMs ?? modelPlan.timeouts.totalMs),
  };
}

/** What is handed through is answered by the provider alone: it may be asked for a form of the answer, a part, or what is new. */
function headersForHanded({ forwarded, ofAnswer }: GatewayRequest['headers']): GatewayRequest['headers']['forwarded'] {
  return ofAnswer === undefined ? forwarded : { ...forwarded, ...ofAnswer };
}

function splitPath(path: string): { path: string; query: string } {
  const queryAt = path.indexOf('?');
  return queryAt < 0 ? { path, query: '' } : { path: path.slice(0, queryAt), query: path.slice(queryAt + 1) };
}

function checkedModel(model: unknown): string {
  if (typeof model !== 'string' || model === '') throw new InvalidParamsError('model', 'expected the name of a model');
  if (model.length > LONGEST_MODEL) {
    throw new InvalidParamsError('model', `expected a name of at most ${LONGEST_MODEL} characters`);
  }
  return model;
}

function callerOf(bound: Caller, params: Params, plan: Plan): Caller {
  if (plan.access.callerFromParams.length === 0) return bound;
  try {
    return callerFromParams(plan, bound, params);
  } catch (error) {
    throw new InvalidParamsError('user or metadata', error instanceof Error ? error.message : 'expected the name of a caller');
  }
}

function modelPlanOf(model: string, caller: Caller, snapshot: Snapshot): ModelPlan {
  const { plan } = snapshot;
  const modelPlan = resolveModel(plan, model, snapshot);
  if (modelPlan) return modelPlan;
  throw new UnknownModelError(
    model,
    suggestedModels(model, caller, plan, (name) => resolveModel(plan, name, snapshot)),
  );
}

/** With as many attempts at one deployment as the caller allows, if that is fewer. */
function withRepeats(modelPlan: ModelPlan, maxRetries: number | undefined): ModelPlan {
  const { retry } = modelPlan;
  if (maxRetries === undefined || !(maxRetries + 1 < retry.attemptsPerDeployment)) return modelPlan;
  return { ...modelPlan, retry: { ...retry, attemptsPerDeployment: Math.max(1, Math.floor(maxRetries) + 1) } };
}

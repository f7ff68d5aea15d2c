import { AsyncLocalStorage } from 'node:async_hooks';
import { allowedModels } from '../access/allowed-models.ts';
import { callerFromParams } from '../access/caller-from-params.ts';
import { readEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import { type ConfigWatch, watchConfig } from '../config/watch.ts';
import type { Call } from '../core/call.ts';
import { ANONYMOUS, type Caller } from '../core/caller.ts';
import { Cancellation } from '../core/cancellation.ts';
import { closestNames } from '../core/closest-name.ts';
import { DEFAULT_MODELS } from '../core/default-models.ts';
import type { Params } from '../core/params.ts';
import type { ModelPlan } from '../core/plan.ts';
import { mintId } from '../core/random.ts';
import { redactedError } from '../core/redact-error.ts';
import { BY_LOOKS } from '../core/redactor.ts';
import { runsOf } from '../core/run.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { GatewayClosedError } from '../errors/gateway-closed-error.ts';
import { InvalidParamsError } from '../errors/invalid-params-error.ts';
import { UnknownModelError } from '../errors/unknown-model-error.ts';
import type { Emitter } from '../events/emitter.ts';
import type { Found } from '../ledger/ledger.ts';
import type { Answer } from '../pipeline/run.ts';
import { resolveModel } from '../routing/models.ts';
import { toCallBody } from './call-body.ts';
import type { Composition, Snapshot } from './composition/composition.ts';
import { copyParams } from './doors/copy-params.ts';
import { operationFor } from './doors/operations.ts';
import type { GatewayRequest } from './gateway-request.ts';
import { askForGuard } from './guard-question.ts';
import { type Lookup, lookupOf, passthroughTarget } from './passthrough-target.ts';
import { withReasoningField } from './reasoning-field.ts';
import { reportRefusedCall } from './refused-call.ts';
import { RunBook } from './runs/run-book.ts';

const LONGEST_ENDING_MS = 1_000;
/** A name of a declared model has at most 256; an undeclared one may be an ARN behind its provider's name. In UTF-16 units. */
const LONGEST_MODEL = 512;

/** What all clones of a gateway share: the current configuration, the calls under way, and their common state. */
export class GatewayCore {
  readonly composition: Composition;
  /** The caller that `run` bound around the code that is running. */
  readonly ambientCaller = new AsyncLocalStorage<Caller>();
  /** Runs with limits. */
  readonly runs: RunBook;
  readonly #watch: ConfigWatch | undefined;
  #closing: Promise<void> | undefined;

  /** `path`: the file the configuration came from; watched where the configuration says so. */
  constructor(composition: Composition, path: string | undefined) {
    this.composition = composition;
    composition.guards.ask = (params, context) =>
      askForGuard(params, context, (request, caller) => this.#callOn(request, caller));
    this.runs = new RunBook(composition.runtime);
    if (path !== undefined && composition.watches)
      this.#watch = watchConfig(
        path,
        {
          onChange: () => this.#reload(path),
          onError: (error) => this.#reportUpdate(this.snapshot.plan.version, error),
        },
        composition.runtime.clock,
      );
  }

  get events(): Emitter {
    return this.composition.runtime.events;
  }

  get snapshot(): Snapshot {
    return this.composition.snapshot;
  }

  /** Runs one call; throws or rejects with the error that the caller is to see. */
  call(request: GatewayRequest, caller: Caller | undefined): Promise<Answer> {
    if (this.#closing) throw new GatewayClosedError();
    return this.snapshot.isComplete ? this.#callNow(request, caller) : this.#callFirst(request, caller);
  }

  /** A call that belongs to one under way, which `close` lets end. */
  async #callOn(request: GatewayRequest, caller: Caller): Promise<Answer> {
    await this.completed();
    return this.#callNow(request, caller);
  }

  /** A call that has come before what it needs was loaded. Its body is what it was when the call was made. */
  async #callFirst(request: GatewayRequest, caller: Caller | undefined): Promise<Answer> {
    const own = { ...request, body: ownBody(request.body) };
    await this.completed();
    return this.#callNow(own, caller);
  }

  /** Resolves when all has been loaded that calls need: configurations may come while what the one before them needs is loaded. */
  async completed(): Promise<void> {
    while (!this.snapshot.isComplete) await this.composition.complete();
  }

  #callNow(request: GatewayRequest, caller: Caller | undefined): Promise<Answer> {
    const lookup = lookupOf(request, this.snapshot.plan);
    if (lookup !== undefined) return this.#callKnown(request, caller, lookup);
    const made = this.#toReportedCall(request, caller, undefined);
    const answering = this.composition.line.run(made, this.composition.runtime);
    const { reasoningField } = made.plan;
    if (made.operation !== 'chat' || reasoningField === undefined || reasoningField === 'reasoning_content') return answering;
    return answering.then((answer) => withReasoningField(answer, reasoningField));
  }

  async #callKnown(request: GatewayRequest, caller: Caller | undefined, lookup: Lookup): Promise<Answer> {
    const found = await this.composition.runtime.ledger.background.find(lookup.id, lookup.provider);
    if (this.#closing) throw new GatewayClosedError();
    if (!this.snapshot.isComplete) await this.completed();
    return this.composition.line.run(this.#toReportedCall(request, caller, found), this.composition.runtime);
  }

  #toReportedCall(request: GatewayRequest, caller: Caller | undefined, found: Found | undefined): Call {
    try {
      return this.toCall(request, caller, found);
    } catch (error) {
      reportRefusedCall(request, caller, error, this.events, this.composition.runtime.clock);
      throw error;
    }
  }

  /** The call that a request makes. `found`: what is known of what it names. Throws before anything is reserved. */
  toCall(request: GatewayRequest, bound: Caller | undefined, found?: Found): Call {
    const { clock } = this.composition.runtime;
    const queryAt = request.path.indexOf('?');
    const path = queryAt < 0 ? request.path : request.path.slice(0, queryAt);
    const query = queryAt < 0 ? '' : request.path.slice(queryAt + 1);
    const operation = operationFor(request.method, path, request.body);
    const body = toCallBody(request.body, operation);
    const given = body.params;
    const handed = operation === 'passthrough' ? passthroughTarget(request, path, given, found, this.snapshot.plan) : undefined;
    const model = handed === undefined ? (given.model ?? DEFAULT_MODELS.get(operation)) : handed.model;
    if (typeof model !== 'string' || model === '') throw new InvalidParamsError('model', 'expected the name of a model');
    if (model.length > LONGEST_MODEL)
      throw new InvalidParamsError('model', `expected a name of at most ${LONGEST_MODEL} characters`);
    const caller = this.#callerOf(bound ?? ANONYMOUS, given);
    const { turnMemory } = this.composition.runtime;
    // Before anything is estimated, which is to be of what is sent.
    const params = turnMemory.complete(given, operation, caller);
    const modelPlan = withRepeats(this.#resolve(handed?.servedBy ?? model, caller), request.maxRetries);
    const startedMonotonicMs = clock.monotonicMs();
    return {
      requestId: mintId('req'),
      operation,
      caller,
      runs: runsOf(request.run, this.runs.around),
      model,
      modelPlan,
      plan: this.snapshot.plan,
      params,
      form: body.form,
      upload: body.upload,
      stream: request.stream,
      asBytes: request.asBytes,
      query: handed === undefined ? request.query : undefined,
      tags: request.headers.tags,
      priority: request.headers.priority,
      headers: request.headers.forwarded,
      cache: request.cache,
      passthrough: handed && { method: request.method, path, query, json: body.json },
      cost: handed?.cost,
      batch: handed?.batch,
      askedByGuard: request.askedByGuard,
      cancellation: Cancellation.following(request.signal, request.signalOwner),
      startedAt: clock.now(),
      startedMonotonicMs,
      timeoutMs: request.timeoutMs,
      deadlineMs: startedMonotonicMs + (request.timeoutMs ?? modelPlan.timeouts.totalMs),
    };
  }

  /** Stops admitting, lets calls end until the deadline, ends the rest, settles and frees everything. */
  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    this.#watch?.close();
    const { runtime } = this.composition;
    const startedMs = runtime.clock.monotonicMs();
    // The first calls may still wait for what they need to load.
    await this.composition.completing;
    await runtime.underWay.idle(deadlineMs);
    runtime.underWay.cancelAll(new GatewayClosedError());
    // What they used is settled as they end, which takes no longer than their cancellation.
    await runtime.underWay.idle(LONGEST_ENDING_MS);
    const leftMs = Math.max(0, deadlineMs - (runtime.clock.monotonicMs() - startedMs));
    await this.composition.close(leftMs);
  }

  /** A file that is invalid, or gone for a moment, changes nothing; the reason is reported. */
  #reload(path: string): void {
    try {
      this.update(loadConfig(path, readEnvironment()));
    } catch (error) {
      this.#reportUpdate(this.snapshot.plan.version, error);
    }
  }

  /** Puts a configuration in force for the calls to come. Throws `ConfigurationError` and changes nothing if it is invalid. */
  update(config: unknown): void {
    this.#reportUpdate(this.composition.update(config).plan.version, undefined);
  }

  #reportUpdate(version: number, error: unknown): void {
    this.events.emit('config.update', () => ({
      type: 'config.update',
      at: this.composition.runtime.clock.now(),
      requestId: '',
      caller: ANONYMOUS,
      model: '',
      operation: 'passthrough',
      version,
      // Only a configuration's own error speaks of it without its values.
      error: error instanceof ConfigurationError ? error : redactedError(error, BY_LOOKS),
    }));
  }

  #callerOf(bound: Caller, params: Params): Caller {
    const { plan } = this.snapshot;
    if (plan.access.callerFromParams.length === 0) return bound;
    try {
      return callerFromParams(plan, bound, params);
    } catch (error) {
      throw new InvalidParamsError('user or metadata', error instanceof Error ? error.message : 'expected the name of a caller');
    }
  }

  #resolve(model: string, caller: Caller): ModelPlan {
    const { plan } = this.snapshot;
    const modelPlan = resolveModel(plan, model, this.snapshot);
    if (modelPlan) return modelPlan;
    throw new UnknownModelError(model, closestNames(model, allowedModels(plan, caller), 3));
  }
}

/** With as many attempts at one deployment as the caller allows, where that is fewer. */
function withRepeats(modelPlan: ModelPlan, maxRetries: number | undefined): ModelPlan {
  const { retry } = modelPlan;
  if (maxRetries === undefined || !(maxRetries + 1 < retry.attemptsPerDeployment)) return modelPlan;
  return { ...modelPlan, retry: { ...retry, attemptsPerDeployment: Math.max(1, Math.floor(maxRetries) + 1) } };
}

/** A copy where there can be one; a call whose body is none of JSON is refused as ever, or sends it as it is. */
function ownBody(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Object.getPrototypeOf(body) !== Object.prototype) return body;
  try {
    return copyParams(body);
  } catch {
    return body;
  }
}

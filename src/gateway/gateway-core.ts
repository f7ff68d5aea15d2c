import { AsyncLocalStorage } from 'node:async_hooks';
import type { FileAtLoad } from '../config/watch.ts';
import type { Call } from '../core/call.ts';
import type { Caller } from '../core/caller.ts';
import { GatewayClosedError } from '../errors/gateway-closed-error.ts';
import type { Emitter } from '../events/emitter.ts';
import type { Found } from '../ledger/ledger.ts';
import type { Answer } from '../pipeline/run.ts';
import type { Composition, Snapshot } from './composition/composition.ts';
import { copyParams } from './doors/copy-params.ts';
import type { GatewayRequest } from './gateway-request.ts';
import { Lifecycle } from './lifecycle.ts';
import { type Lookup, lookupOf } from './passthrough-target.ts';
import { withReasoningField } from './reasoning-field.ts';
import { reportRefusedCall } from './refused-call.ts';
import { RunBook } from './runs/run-book.ts';
import { toCall } from './to-call.ts';

/** What all clones of a gateway share: the current configuration, the calls under way, and their common state. */
export class GatewayCore {
  readonly composition: Composition;
  /** The caller that `run` bound around the code that is running. */
  readonly ambientCaller = new AsyncLocalStorage<Caller>();
  /** Runs with limits. */
  readonly runs: RunBook;
  readonly lifecycle: Lifecycle;

  /** `file`: the one that the configuration came from; watched if the configuration says so. */
  constructor(composition: Composition, file: FileAtLoad | undefined) {
    this.composition = composition;
    this.runs = new RunBook(composition.runtime, composition.runtime.runsAround);
    this.lifecycle = new Lifecycle(composition, file);
  }

  get events(): Emitter {
    return this.composition.runtime.events;
  }

  get snapshot(): Snapshot {
    return this.composition.snapshot;
  }

  /** Runs one call; throws or rejects with the error that the caller is to see. */
  call(request: GatewayRequest, caller: Caller | undefined): Promise<Answer> {
    if (this.lifecycle.isClosing) throw new GatewayClosedError();
    return this.snapshot.isComplete ? this.#callNow(request, caller) : this.#callFirst(request, caller);
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
    if (this.lifecycle.isClosing) throw new GatewayClosedError();
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
    const { runtime, snapshot } = this.composition;
    return toCall(request, bound, found, { snapshot, runtime, runs: this.runs });
  }
}

/** A copy if there can be one; a call whose body is none of JSON is refused as ever, or sends it as it is. */
function ownBody(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Object.getPrototypeOf(body) !== Object.prototype) return body;
  try {
    return copyParams(body);
  } catch {
    return body;
  }
}

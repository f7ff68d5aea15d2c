import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import { mintId } from '../core/random.ts';
import type { Charge, MaybePromise, Reserved } from '../stores/store.ts';
import { StoreError } from '../stores/store-error.ts';
import type { Adjustments } from './adjustments/adjustments.ts';
import type { BoundBudgets } from './bound-budgets.ts';
import type { BoundLimit } from './bound-limit.ts';
import { chargesOf, denialOf, unpriced } from './charges.ts';
import type { HeldRate } from './headroom.ts';
import type { Admission, Denial, Estimate } from './ledger.ts';
import { HeldReservation, type Holder, UnheldReservation } from './reservation.ts';
import type { SliceBook, Taken } from './slices/slice-book.ts';
import { sliceCode } from './slices/slice-code.ts';
import { StoreFailure, type StorePort } from './store-port.ts';
import { unpricedPartAt } from './unpriced-part.ts';

const ADMITTED: Admission = Object.freeze({ admitted: true, reservation: undefined });
const NO_RATES: readonly HeldRate[] = Object.freeze([]);
/** A clamp is tried again when others took the rest meanwhile, so many times. */
const MOST_CLAMPS = 4;

type Denied = Extract<Reserved, { granted: false }>;

/** One try to hold an estimate against limits. */
interface Request {
  readonly call: Call;
  readonly bound: BoundBudgets;
  readonly estimate: Estimate;
  readonly deployment: Deployment | undefined;
  /** Set by a clamp: the limit of each answer. */
  readonly clampedTo: number | undefined;
  readonly clamps: number;
  /** Places of the limits that room was called back for, once each. */
  readonly recalled: readonly number[] | undefined;
}

/** Reserves an estimate against every limit that applies, at once or not at all. */
export class Admissions {
  readonly #port: StorePort;
  readonly #holder: Holder;
  readonly #slices: SliceBook | undefined;
  readonly #adjustments: Adjustments;

  /** `slices`: calls are held by what this process was lent, as far as that goes. Undefined: each is held in the store. */
  constructor(port: StorePort, holder: Holder, slices: SliceBook | undefined, adjustments: Adjustments) {
    this.#port = port;
    this.#holder = holder;
    this.#slices = slices;
    this.#adjustments = adjustments;
  }

  admit(call: Call, bound: BoundBudgets, estimate: Estimate, deployment: Deployment | undefined): MaybePromise<Admission> {
    if (bound.limits.length === 0) return ADMITTED;
    if (bound.money !== undefined) {
      const denial = unpriced(bound, estimate, deployment);
      if (denial !== undefined) return { admitted: false, denial: named(denial, call) };
    }
    return this.#reserve({ call, bound, estimate, deployment, clampedTo: undefined, clamps: 0, recalled: undefined });
  }

  #reserve(request: Request): MaybePromise<Admission> {
    const { bound, estimate, deployment } = request;
    const now = this.#holder.clock.now();
    const id = mintId('rsv');
    const charges = this.#adjustments.applied(bound.limits, chargesOf(bound.limits, estimate, deployment, now));
    if (this.#slices !== undefined) {
      const held = this.#fromSlices(this.#slices, request, id, charges, now);
      if (held !== undefined) return held;
    }
    return this.#alone(request, id, charges, now);
  }

  /** Undefined: the call is to be held in the store by itself. */
  #fromSlices(
    slices: SliceBook,
    request: Request,
    id: string,
    charges: readonly Charge[],
    now: number,
  ): MaybePromise<Admission> | undefined {
    const taken = slices.take(charges);
    if (taken !== undefined) return this.#sliced(slices, request, id, charges, taken, now);
    const wanted = slices.want(request.bound.limits, charges);
    // What was called back for a call is free now, and only for a moment.
    if (wanted === undefined || request.recalled !== undefined) return undefined;
    const failure = slices.refill(wanted);
    if (failure instanceof Promise) return failure.then((found) => this.#refilled(slices, request, id, charges, now, found));
    return this.#refilled(slices, request, id, charges, now, failure);
  }

  #refilled(
    slices: SliceBook,
    request: Request,
    id: string,
    charges: readonly Charge[],
    now: number,
    failure: StoreFailure | undefined,
  ): MaybePromise<Admission> {
    if (failure !== undefined) return this.#withoutStore(request, charges, failure.error);
    const taken = slices.take(charges, true);
    return taken === undefined ? this.#alone(request, id, charges, now) : this.#sliced(slices, request, id, charges, taken, now);
  }

  #alone(request: Request, id: string, charges: readonly Charge[], now: number): MaybePromise<Admission> {
    const { call } = request;
    const leaseMs = Math.ceil(Math.max(call.deadlineMs - this.#holder.clock.monotonicMs(), 0) + call.plan.leaseMs);
    const answer = this.#port.ask('reserve', call, (store, at) => store.reserve(id, charges, leaseMs, at));
    if (answer instanceof Promise) return answer.then((reserved) => this.#decide(request, id, charges, reserved, now));
    return this.#decide(request, id, charges, answer, now);
  }

  #decide(
    request: Request,
    id: string,
    charges: readonly Charge[],
    reserved: Reserved | StoreFailure,
    heldAt: number,
  ): MaybePromise<Admission> {
    if (reserved instanceof StoreFailure) return this.#unanswered(request, id, charges, reserved.error);
    if (reserved.granted === false) return this.#denied(request, charges, reserved);
    if (reserved.granted === 'already' && reserved.state !== 'open') {
      const error = new StoreError('store_unavailable', `The store answered a new reservation with "${reserved.state}"`);
      return this.#unanswered(request, id, charges, error);
    }
    const { call, bound } = request;
    if (reserved.granted === true && reserved.exceeded !== undefined) this.#reportExceeded(call, bound, reserved.exceeded);
    const rates = request.deployment === undefined ? NO_RATES : this.#holder.headroom.hold(bound.limits, charges, heldAt);
    const reservation = new HeldReservation(id, this.#holder, call, bound.limits, charges, rates, heldAt);
    if (request.clampedTo === undefined) return { admitted: true, reservation };
    return { admitted: true, reservation, maxOutputTokens: request.clampedTo };
  }

  #sliced(slices: SliceBook, request: Request, id: string, charges: readonly Charge[], taken: Taken, heldAt: number): Admission {
    const { call, bound } = request;
    if (taken.exceeded !== undefined) this.#reportExceeded(call, bound, taken.exceeded);
    const rates = request.deployment === undefined ? NO_RATES : this.#holder.headroom.hold(bound.limits, charges, heldAt);
    const reservation = new sliceCode.value.SlicedReservation(
      id,
      slices,
      this.#holder,
      call,
      bound.limits,
      charges,
      taken,
      rates,
      heldAt,
    );
    if (request.clampedTo === undefined) return { admitted: true, reservation };
    return { admitted: true, reservation, maxOutputTokens: request.clampedTo };
  }

  /** Before a call is refused, a limit that somebody has raised meanwhile is looked for. */
  #denied(request: Request, charges: readonly Charge[], denied: Denied): MaybePromise<Admission> {
    const [limit, charge] = [request.bound.limits[denied.deniedBy], charges[denied.deniedBy]];
    const raised = limit !== undefined && charge !== undefined && this.#adjustments.finds(limit, charge);
    if (raised === false) return this.#recall(request, charges, denied);
    if (raised === true) return this.#reserve(request);
    return raised.then((is) => (is ? this.#reserve(request) : this.#recall(request, charges, denied)));
  }

  /** Room that processes hold unused is called back, and the call is tried once more. */
  #recall(request: Request, charges: readonly Charge[], denied: Denied): MaybePromise<Admission> {
    const { deniedBy } = denied;
    const [limit, charge] = [request.bound.limits[deniedBy], charges[deniedBy]];
    const { recalled = [] } = request;
    if (this.#slices === undefined || limit === undefined || charge === undefined || recalled.includes(deniedBy)) {
      return this.#refuse(request, charges, denied);
    }
    if (charge.amount > charge.limit) return this.#refuse(request, charges, denied);
    const again = { ...request, recalled: [...recalled, deniedBy] };
    return this.#slices.recall(limit, charge).then((room) => {
      if (room !== undefined && room >= charge.amount) return this.#reserve(again);
      return this.#refuse(again, charges, { ...denied, remaining: room ?? denied.remaining });
    });
  }

  #refuse(request: Request, charges: readonly Charge[], denied: Denied): MaybePromise<Admission> {
    const { call, bound } = request;
    const limit = bound.limits[denied.deniedBy];
    if (limit === undefined) throw new RangeError(`The store denied charge ${denied.deniedBy}, which was not asked for`);
    const clamped = limit.budget.onExceed.action === 'clamp' ? this.#clamp(request, limit, denied.remaining) : undefined;
    if (clamped !== undefined) return this.#reserve(clamped);
    const now = this.#holder.clock.now();
    this.#holder.headroom.full(limit, now + (denied.retryAfterMs ?? 0), now);
    const { counter = '', amount: needed = 0 } = charges[denied.deniedBy] ?? {};
    const standing = { limit: this.#adjustments.limitNow(limit, counter), needed, remaining: denied.remaining };
    this.#holder.announcements.exceeded(call, limit, standing, denied.retryAfterMs);
    return { admitted: false, denial: denialOf(limit, standing, denied.retryAfterMs, now) };
  }

  /** The same with the limit on each answer that the rest of a budget buys; undefined if it buys none. */
  #clamp(request: Request, { unit }: BoundLimit, remaining: number): Request | undefined {
    const { estimate, deployment, clamps } = request;
    if (clamps >= MOST_CLAMPS) return undefined;
    const limit = estimate.limitWithin(unit, remaining, deployment);
    // Nothing to lower, and yet denied: others took the rest meanwhile.
    const clampedTo = limit === Number.MAX_SAFE_INTEGER ? request.clampedTo : limit;
    if (clampedTo === undefined || clampedTo < 1) return undefined;
    return { ...request, estimate: estimate.clampedTo(clampedTo), clampedTo, clamps: clamps + 1 };
  }

  /** The reserve may still arrive: a release of the same id frees it, or voids it if it comes later. */
  #unanswered(request: Request, id: string, charges: readonly Charge[], cause: unknown): Admission {
    this.#holder.outbox.send({ verb: 'release', origin: request.call, command: (store, now) => store.release(id, now) });
    return this.#withoutStore(request, charges, cause);
  }

  #withoutStore(request: Request, charges: readonly Charge[], cause: unknown): Admission {
    const { call, bound } = request;
    const strict = bound.limits.find((limit) => limit.enforced && limit.budget.whenStoreFails === 'deny');
    if (strict !== undefined) return { admitted: false, denial: { reason: 'store', budget: strict.budget.name, cause } };
    const reservation = new UnheldReservation(mintId('rsv'), this.#holder, call, bound.limits, charges);
    if (request.clampedTo === undefined) return { admitted: true, reservation };
    return { admitted: true, reservation, maxOutputTokens: request.clampedTo };
  }

  #reportExceeded(call: Call, bound: BoundBudgets, places: readonly number[]): void {
    for (const place of places) {
      const limit = bound.limits[place];
      if (limit !== undefined) this.#holder.announcements.exceeded(call, limit, { limit: limit.limit, remaining: 0 }, null);
    }
  }
}

/** What has no price is the path, if it has none whatever the model, a model inside a batch, or a part of what is asked for. */
function named(denial: Denial, call: Call): Denial {
  const { cost, batch, passthrough } = call;
  if (denial.reason !== 'unpriced') return denial;
  if (cost === 'unpriced') return { ...denial, path: passthrough?.path };
  if (batch?.unpriced !== undefined) return { ...denial, deployment: batch.unpriced };
  return { ...denial, ...unpricedPartAt(denial.deployment, call) };
}

import type { CachePlan, SemanticPlan } from '../core/cache-plan.ts';
import type { Call } from '../core/call.ts';
import type { Clock } from '../core/clock.ts';
import { type Random, systemRandom } from '../core/random.ts';
import { untilCancelled } from '../core/sleep.ts';
import { admits } from './admits.ts';
import { bytesOf, type CacheEntry, newEntry } from './cache-entry.ts';
import { cacheKey } from './cache-key.ts';
import type { CacheStore } from './cache-store.ts';
import { goneAtMs, isFit } from './cacheable.ts';
import { Flight, type FlightEnd } from './flight.ts';
import { KeptAnswer, withoutEcho } from './kept-answer.ts';
import { Lead } from './lead.ts';
import { MemoryEntries } from './memory-entries.ts';
import { scopeOf } from './scope.ts';
import { type Embed, Meanings } from './semantic/meanings.ts';
import { StoreEntries, type StoreTrouble } from './store-entries.ts';
import type { AnswerFacts, WholeAnswer } from './whole-answer.ts';

/** What a call finds: an answer, the lead of asking for one, or nothing, if the cache has no part in it. */
export type Recall = { readonly kind: 'kept'; readonly answer: KeptAnswer } | { readonly kind: 'lead'; readonly lead: Lead };

export interface CacheParts {
  readonly clock: Clock;
  /** Undefined: memory. */
  readonly store?: CacheStore | undefined;
  /** Makes the vector of a text, as part of a call; needed for semantic mode. */
  readonly embed?: Embed | undefined;
  /** Decides which questions are asked anew to learn from them. */
  readonly random?: Random | undefined;
  readonly onStoreTrouble?: StoreTrouble | undefined;
}

/** Where a call stands in the cache. */
interface Place {
  readonly key: string;
  readonly scope: string;
  readonly plan: CachePlan;
  readonly call: Call;
}

/**
 * Answers that were given before, for calls that ask the same. Looked up after access and input guards and before anything
 * is reserved; told of every answer by the lead that it hands out.
 */
export class ResponseCache {
  readonly #clock: Clock;
  readonly #memory = new MemoryEntries(0);
  readonly #store: StoreEntries | undefined;
  readonly #meanings: Meanings | undefined;
  readonly #flights = new Map<string, Flight>();

  constructor({ clock, store, embed, random = systemRandom, onStoreTrouble = () => {} }: CacheParts) {
    this.#clock = clock;
    this.#store = store && new StoreEntries(store, clock, onStoreTrouble);
    this.#meanings = embed && new Meanings(embed, random);
  }

  /**
   * At once if memory has the answer or nothing has to be waited for. Rejects only with the reason of the call's own
   * cancellation. `forbidden`: ids of the model's deployments that the caller may not use; it shares answers only with those
   * who may not use the same.
   */
  recall(call: Call, forbidden: readonly string[] = NONE): Recall | undefined | Promise<Recall | undefined> {
    const plan = call.plan.cache;
    if (plan === undefined || !admits(plan, call)) return undefined;
    const scope = scopeOf(call.caller, plan.scope, forbidden);
    if (scope === undefined) return undefined;
    const place: Place = { key: cacheKey(call, scope), scope, plan, call };
    if (call.cache?.kind === 'use' && call.cache.refresh) return this.#toLead(place, undefined);
    this.#memory.bound(plan.maxBytes);
    const entry = this.#store === undefined ? this.#memory.find(place.key, this.#clock.now()) : undefined;
    if (entry !== undefined && this.#isYoung(entry, call)) return this.#kept(entry, call);
    return this.#join(place);
  }

  /** Forgets what is in memory; stores outside keep what they have. */
  clear(): void {
    this.#memory.clear();
    this.#meanings?.clear();
  }

  /** Waits for the same call, or leads. A flight is open before anything is waited for, so that two calls never both lead. */
  #join(place: Place): Recall | Promise<Recall | undefined> {
    const { key, plan, call } = place;
    const flight = plan.coalesce ? this.#flights.get(key) : undefined;
    if (flight?.isOpen) return this.#follow(flight, place);
    const own = plan.coalesce && flight === undefined ? this.#open(key) : undefined;
    const isMeant = plan.semantic !== undefined && this.#meanings !== undefined;
    if (this.#store === undefined && !isMeant) return this.#toLead(place, own);
    return this.#lookUp(place, own).catch((error: unknown) => {
      own?.left();
      if (call.cancellation.cancelled) throw call.cancellation.reason;
      throw error;
    });
  }

  #open(key: string): Flight {
    const flight = new Flight(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    this.#flights.set(key, flight);
    return flight;
  }

  async #follow(flight: Flight, place: Place): Promise<Recall> {
    const end: FlightEnd = await flight.follow(place.call.cancellation);
    if (end.kind === 'answered' && this.#isYoung(end.entry, place.call)) {
      return this.#kept(end.entry, place.call, end.similarity);
    }
    return this.#toLead(place, end.kind === 'lead' ? flight : undefined);
  }

  async #lookUp(place: Place, flight: Flight | undefined): Promise<Recall> {
    const { key, plan, call } = place;
    const found = await untilCancelled(this.#find(key, place), call.cancellation);
    if (found !== undefined && this.#isYoung(found, call)) {
      flight?.answered(found);
      return this.#kept(found, call);
    }
    return plan.semantic && this.#meanings
      ? this.#lookByMeaning(place, flight, plan.semantic, this.#meanings)
      : this.#toLead(place, flight);
  }

  async #lookByMeaning(place: Place, flight: Flight | undefined, semantic: SemanticPlan, meanings: Meanings): Promise<Recall> {
    const { call, scope } = place;
    const meant = await untilCancelled(meanings.nearest(call, scope, semantic), call.cancellation);
    if (meant === undefined) return this.#toLead(place, flight);
    const entry = await untilCancelled(this.#find(meant.indexed.key, place), call.cancellation);
    if (entry === undefined) {
      // A store outside may only be away.
      if (this.#store === undefined) meanings.forget(meant);
      return this.#toLead(place, flight);
    }
    const { similarity } = meant;
    if (!this.#isYoung(entry, call) || !meanings.trusts(meant, entry, semantic)) return this.#toLead(place, flight, similarity);
    // Those who wait asked the same: what is near enough for one is so for all.
    flight?.answered(entry, similarity);
    return this.#kept(entry, call, similarity);
  }

  #find(key: string, { plan, call }: Place): Promise<CacheEntry | undefined> {
    return (
      this.#store?.find(key, call.operation, plan.storeTimeoutMs) ?? Promise.resolve(this.#memory.find(key, this.#clock.now()))
    );
  }

  #isYoung(entry: CacheEntry, { cache }: Call): boolean {
    const maxAgeMs = cache?.kind === 'use' ? cache.maxAgeMs : undefined;
    return maxAgeMs === undefined || this.#clock.now() - entry.keptAt <= maxAgeMs;
  }

  #kept(entry: CacheEntry, call: Call, similarity?: number): Recall {
    return { kind: 'kept', answer: new KeptAnswer(entry, call, this.#clock.now(), similarity) };
  }

  #toLead(place: Place, flight: Flight | undefined, similarity?: number): Recall {
    const keeper = {
      keep: (answer: WholeAnswer, facts: AnswerFacts) => {
        const entry = this.#entryOf(answer, facts, place);
        if (entry === undefined) return void flight?.unfit();
        this.#keep(entry, place);
        flight?.answered(entry);
      },
      begun: () => flight?.begun(),
      failed: () => flight?.failed(),
      left: () => flight?.left(),
    };
    return { kind: 'lead', lead: new Lead(place.call, keeper, place.plan.maxEntryBytes, similarity) };
  }

  #keep(entry: CacheEntry, { plan, call }: Place): void {
    if (this.#store === undefined) this.#memory.keep(entry);
    else void this.#store.keep(entry, plan.storeTimeoutMs);
    if (plan.semantic !== undefined) this.#meanings?.learn(call, plan.semantic, entry);
  }

  /** Undefined for what may not be kept. */
  #entryOf(answer: WholeAnswer, facts: AnswerFacts, { key, plan, call }: Place): CacheEntry | undefined {
    const { status, deployment, costNanoUsd = null } = facts;
    if (status !== 200 || !call.modelPlan.deployments.some(({ id }) => id === deployment)) return undefined;
    const body = bodyOf(answer, call);
    if (body === undefined) return undefined;
    const contentType = answer.kind === 'bytes' ? answer.contentType : 'application/json';
    const keptAt = this.#clock.now();
    const ttlMs = (call.cache?.kind === 'use' ? call.cache.ttlMs : undefined) ?? plan.ttlMs;
    const { operation } = call;
    const goneAt = answer.kind === 'object' ? (goneAtMs(answer.body) ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
    const expiresAt = Math.floor(Math.min(keptAt + ttlMs, goneAt));
    if (expiresAt <= keptAt) return undefined;
    const entry = newEntry({ key, operation, body, contentType, keptAt, expiresAt, costNanoUsd, deployment });
    return bytesOf(entry) > plan.maxEntryBytes ? undefined : entry;
  }
}

const NONE: readonly string[] = [];

function bodyOf(answer: WholeAnswer, { operation }: Call): string | undefined {
  if (answer.kind === 'bytes') {
    const isWhole = operation === 'audio.speech' && answer.bytes.byteLength > 0;
    return isWhole ? Buffer.from(answer.bytes).toString('base64') : undefined;
  }
  if (!isFit(answer.body, operation)) return undefined;
  const { body } = answer;
  return JSON.stringify(operation === 'responses' ? withoutEcho(body as Record<string, unknown>) : body);
}

/** Events of refused keys per second; further ones are counted and told with the next. */
const MOST_EVENTS_PER_SECOND = 10;
/** Places that are remembered; beyond it the oldest is forgotten. */
const MOST_PLACES = 10_000;
const MINUTE_MS = 60_000;

/** Counts refused virtual keys: by the place they come from, to slow it; and over all, so that no attack floods listeners. */
export class KeyFailures {
  /** Ends of the current minute, and failures in it, by place. */
  readonly #byPlace = new Map<string, { endsAt: number; failures: number }>();
  #second = { endsAt: 0, events: 0 };
  #suppressed = 0;

  /** Notes a failure. Milliseconds until the place may try again, if it has failed too often; `nowMs`: monotonic. */
  note(place: string, most: number, nowMs: number): number | undefined {
    const known = this.#byPlace.get(place);
    if (known === undefined || known.endsAt <= nowMs) {
      this.#byPlace.delete(place);
      if (this.#byPlace.size >= MOST_PLACES) this.#forgetOldest();
      this.#byPlace.set(place, { endsAt: nowMs + MINUTE_MS, failures: 1 });
      return undefined;
    }
    known.failures += 1;
    return known.failures > most ? Math.ceil(known.endsAt - nowMs) : undefined;
  }

  /** How many failures had no event since the last one; undefined if this one has none either. */
  announce(nowMs: number): number | undefined {
    if (this.#second.endsAt <= nowMs) this.#second = { endsAt: nowMs + 1_000, events: 0 };
    if (this.#second.events >= MOST_EVENTS_PER_SECOND) {
      this.#suppressed += 1;
      return undefined;
    }
    this.#second.events += 1;
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return suppressed;
  }

  #forgetOldest(): void {
    for (const oldest of this.#byPlace.keys()) {
      this.#byPlace.delete(oldest);
      return;
    }
  }
}

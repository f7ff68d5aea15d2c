import { parsePrices } from '../../config/by-schema.ts';
import { Cancellation } from '../../core/cancellation.ts';
import type { Clock } from '../../core/clock.ts';
import type { PriceSource, PriceUpdatesPlan } from '../../core/price.ts';
import { DEFAULT_TIMEOUTS } from '../../core/timeouts.ts';
import type { Transport } from '../../core/transport.ts';
import type { Emitter } from '../../events/emitter.ts';
import { outsideCalls } from '../../events/event-base.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { updatePriceList } from '../../ledger/price-list-update.ts';
import { type LoadedPrices, PriceUpdates } from '../../ledger/price-updates.ts';

export interface PriceRefreshParts {
  readonly clock: Clock;
  readonly events: Emitter;
  readonly ledger: Ledger;
  readonly transport: Transport;
  /** Makes the calls to come go by the prices that the ledger has now. */
  renew(): void;
}

/** Keeps prices fresh as the configuration in force says. */
export class PriceRefresh {
  readonly #parts: PriceRefreshParts;
  #plan: PriceUpdatesPlan | undefined;
  #updates: PriceUpdates | undefined;
  readonly #stopped = new AbortController();

  constructor(parts: PriceRefreshParts) {
    this.#parts = parts;
  }

  /** Goes by another configuration. If it names the same source as before, the prices that came stay in force. */
  follow(plan: PriceUpdatesPlan | undefined): void {
    const before = this.#plan;
    if (plan?.source === before?.source && plan?.everyMs === before?.everyMs) return;
    this.#updates?.stop();
    this.#updates = undefined;
    this.#plan = plan;
    if (plan?.source !== before?.source && before !== undefined) {
      this.#parts.ledger.updatePrices({ kind: 'none' });
      this.#parts.renew();
    }
    if (plan === undefined) return;
    const { clock } = this.#parts;
    const load = () => (plan.source === 'genai-prices' ? this.#loadList() : loadFrom(plan.source));
    this.#updates = new PriceUpdates({ load, everyMs: plan.everyMs, clock, loaded: (result) => this.#loaded(plan, result) });
    this.#updates.start();
  }

  stop(): void {
    this.#updates?.stop();
    this.#stopped.abort();
  }

  #loaded({ source }: PriceUpdatesPlan, result: LoadedPrices): void {
    const { clock, events, ledger, renew } = this.#parts;
    if (result.ok) {
      ledger.updatePrices(result.update);
      renew();
    }
    events.emit('prices.update', () => ({
      type: 'prices.update',
      ...outsideCalls(clock.now()),
      source: source === 'genai-prices' ? source : 'function',
      prices: result.ok ? result.prices : undefined,
      error: result.ok ? undefined : { code: result.code, message: result.message },
    }));
  }

  async #loadList(): Promise<LoadedPrices> {
    const { default: pRetry } = await import('p-retry');
    const { signal } = this.#stopped;
    const again = { ...RETRIES, signal, shouldRetry: isPassing };
    const { models, problems } = await updatePriceList((address) => pRetry(() => this.#get(new URL(address)), again));
    if (problems.length > 0) return refused(problems);
    return { ok: true, update: { kind: 'list' }, prices: models };
  }

  async #get({ origin, pathname, search }: URL): Promise<unknown> {
    const { transport, clock } = this.#parts;
    const reply = await transport.send(
      { method: 'GET', origin, path: `${pathname}${search}`, headers: { accept: 'application/json' }, body: undefined },
      { answer: 'whole', cancellation: new Cancellation(), timeouts: DEFAULT_TIMEOUTS, clock },
    );
    if (reply.kind !== 'whole' || reply.status !== 200) {
      throw Object.assign(new Error('no prices came'), { code: `status_${reply.status}`, status: reply.status });
    }
    return JSON.parse(Buffer.from(reply.body).toString('utf8'));
  }
}

// No call waits for prices, so that these waits need not be on the gateway's clock. All of it ends within the time of a load.
const RETRIES = { retries: 2, minTimeout: 1_000, factor: 2, randomize: true, unref: true };

/** Whether the same request may succeed a moment later: no connection, or a server that is overloaded. */
function isPassing({ error }: { readonly error: Error }): boolean {
  const status = 'status' in error ? Number(error.status) : undefined;
  return status === undefined || status === 429 || status >= 500;
}

async function loadFrom(source: PriceSource): Promise<LoadedPrices> {
  const parsed = parsePrices(await source());
  if (!parsed.ok) return refused(parsed.issues.map(({ path, message }) => `${path}: ${message}`));
  return { ok: true, update: { kind: 'source', prices: parsed.prices }, prices: parsed.prices.size };
}

const MOST_PROBLEMS = 20;

function refused(problems: readonly string[]): LoadedPrices {
  const more = problems.length - MOST_PROBLEMS;
  const named = problems.slice(0, MOST_PROBLEMS).join('; ');
  return { ok: false, code: 'prices_invalid', message: more > 0 ? `${named}; and ${more} more` : named };
}

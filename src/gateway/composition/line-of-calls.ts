import type { GatewayConfig } from '../../config/gateway-config.ts';
import type { Call } from '../../core/call.ts';
import type { Plan } from '../../core/plan.ts';
import type { PriceUpdatesPlan } from '../../core/price.ts';
import type { Transport } from '../../core/transport.ts';
import { createLedger } from '../../ledger/create-ledger.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { Pacing } from '../../pacing/pacing.ts';
import { type CallPreview, preview } from '../../pipeline/preview.ts';
import { type Answer, run } from '../../pipeline/run.ts';
import type { ProviderAccount, Runtime } from '../../pipeline/runtime.ts';
import type { Store } from '../../stores/store.ts';
import { createTransport, type ProxySettings } from '../../transport/create-transport.ts';
import { proxySecrets } from '../../transport/proxy-secrets.ts';
import { completePlan, makeDeployment } from './complete-plan.ts';
import { slicesOf } from './open-store.ts';
import { PriceRefresh } from './price-refresh.ts';

export interface LineOptions {
  readonly config: Pick<GatewayConfig, 'dispatcher' | 'maxBodyBytes' | 'timeouts' | 'countTokens' | 'store'>;
  readonly store: Store;
  readonly proxy: ProxySettings | undefined;
  /** Makes the calls to come go by the prices that the ledger has now. */
  renew(): void;
}

/** What the line of a call adds to what a gateway has from the start. */
type Started = Omit<Runtime, 'ledger' | 'pacing' | 'cache'>;

/** The line that calls follow, and all that only calls need: nothing of it is loaded before there is one. */
export class LineOfCalls {
  readonly ledger: Ledger;
  readonly pacing: Pacing;
  readonly run = run;
  readonly preview: (call: Call, runtime: Runtime) => Promise<CallPreview> = preview;
  readonly makeDeployment = makeDeployment;
  readonly #transport: Transport;
  readonly #priceRefresh: PriceRefresh;
  readonly #started: Started;
  readonly #proxy: ProxySettings | undefined;

  constructor(started: Started, { config, store, proxy, renew }: LineOptions) {
    const { clock, random, events } = started;
    this.#started = started;
    this.#proxy = proxy;
    this.#transport = createTransport({
      dispatcher: config.dispatcher,
      maxBodyBytes: config.maxBodyBytes,
      connectMs: config.timeouts?.connectMs,
      proxy,
    });
    this.ledger = createLedger({ store, clock, random, events, countTokens: config.countTokens, slices: slicesOf(config) });
    this.pacing = new Pacing({ clock, events });
    this.#priceRefresh = new PriceRefresh({ clock, events, ledger: this.ledger, transport: this.#transport, renew });
  }

  /** A declared plan with what vendors document of its models, and the accounts of its providers; its parts have been loaded. */
  complete(declared: Plan): { readonly plan: Plan; readonly accounts: ReadonlyMap<string, ProviderAccount> } {
    const { clock, health } = this.#started;
    return completePlan(declared, {
      transport: this.#transport,
      clock,
      isCooling: (id) => health.isCooling('credential', id),
      secrets: proxySecrets(this.#proxy ?? {}),
    });
  }

  followPrices(plan: PriceUpdatesPlan | undefined): void {
    this.#priceRefresh.follow(plan);
  }

  async close(deadlineMs: number): Promise<void> {
    this.#priceRefresh.stop();
    await this.ledger.close(deadlineMs);
    this.#started.events.flush();
    await this.#transport.close(true);
  }
}

export type { Answer };

import type { GatewayConfig } from 'tollgate';

/** What the story needs of the providers behind it. */
export interface Upstreams {
  readonly intro: string;
  readonly providers: GatewayConfig['providers'];
  /** One model of each provider, as `provider/model`. */
  readonly models: readonly string[];
  readonly keyVariables: readonly string[];
  readonly teamBudgetUsd: number;
  /** Calls after which the team's budget is certainly used up. */
  readonly callsToRunOut: number;
  /** Makes the next request to the first provider fail. */
  failNext(status: number, retryAfterSeconds?: number): void;
  close(): Promise<void>;
}

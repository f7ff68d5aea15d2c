import type { Capabilities } from './capabilities.ts';
import type { Params } from './params.ts';
import type { Timeouts } from './timeouts.ts';

/**
 * A price as a user writes it: dollars per million tokens, dollars for each of other units, or both, which add up. If it
 * is by other units alone tokens cost nothing, and a call in which none of them is counted has no known price.
 */
export type PriceOverride = TokenPrices | OtherPrices;

/** Dollars for each of what is counted beside tokens. */
export interface UnitPrices {
  /** Each attempt, at whatever operation. */
  readonly request?: number | undefined;
  /** Each image that an image operation makes. */
  readonly image?: number | undefined;
  /** Each minute of sound that is transcribed or spoken, or of video that is made; of a part of a minute that part. */
  readonly minute?: number | undefined;
  /** Each character that is read aloud. */
  readonly character?: number | undefined;
  /** Each session that is begun or whose secret is handed out, and each container. */
  readonly session?: number | undefined;
}

/** A price by other units alone: one of them at least. */
export interface OtherPrices extends UnitPrices {
  readonly input?: undefined;
  readonly output?: undefined;
}

/**
 * Dollars per million tokens. Left out, `cacheRead` and `cacheWrite` cost as much as `input`, `reasoning` as much as
 * `output`. Any other class that is left out has the rate that the price list or the vendor's documentation gives it, costs
 * nothing if `input` and `output` are both 0 or a unit stands for it, and is an unknown price otherwise.
 */
export interface TokenPrices extends UnitPrices {
  /** Text that goes in. */
  readonly input: number;
  /** Text that comes out. */
  readonly output: number;
  /** Input that is read from a cache. */
  readonly cacheRead?: number | undefined;
  /** Writes that are kept for five minutes. */
  readonly cacheWrite?: number | undefined;
  /** Writes that are kept for an hour. */
  readonly cacheWrite1h?: number | undefined;
  /** Reasoning. */
  readonly reasoning?: number | undefined;
  readonly inputAudio?: number | undefined;
  readonly cacheReadAudio?: number | undefined;
  readonly outputAudio?: number | undefined;
  readonly inputImage?: number | undefined;
  readonly cacheReadImage?: number | undefined;
  readonly outputImage?: number | undefined;
  readonly inputVideo?: number | undefined;
  readonly outputVideo?: number | undefined;
  /** Output that quotes sources, if a vendor counts it apart. */
  readonly citation?: number | undefined;
}

/** One upstream model at one provider. Immutable; its id is `provider/model`. */
export interface Deployment {
  /** `provider/model`. */
  readonly id: string;
  /** Name of the provider in the configuration. */
  readonly provider: string;
  /** The provider's vendor, for prices and telemetry. */
  readonly vendor: string;
  /** The model's name at the provider. */
  readonly upstreamModel: string;
  /** Its share under `weighted`. */
  readonly weight: number;
  /** Lower first under `priority`. */
  readonly priority: number;
  /** Requests per minute. */
  readonly rpm?: number | undefined;
  /** Tokens per minute. */
  readonly tpm?: number | undefined;
  /** Attempts at a time. */
  readonly maxConcurrent?: number | undefined;
  /** Least milliseconds between two starts. */
  readonly minTimeMs?: number | undefined;
  readonly queue?: QueueLimits | undefined;
  readonly price?: PriceOverride | undefined;
  /** Tokens that fit in, if known. */
  readonly contextWindow?: number | undefined;
  readonly capabilities: Capabilities;
  /** Merged under the caller's params. */
  readonly params?: Params | undefined;
  /** What a caller's `tags` are compared with. */
  readonly tags: readonly string[];
  /** Of one attempt here: the model's own over the provider's over the gateway's. Undefined: those of the model plan. */
  readonly timeouts?: Timeouts | undefined;
}

/** Who may wait for a deployment, with its defaults. */
export interface QueueLimits {
  /** Calls that may wait; a further one is refused with `RateLimitedError`. */
  readonly size: number;
  readonly maxWaitMs: number;
  /** Priority of a call whose caller names none; default `normal`. */
  readonly priority?: 'high' | 'normal' | 'low' | undefined;
}

/** The queue of a deployment that configures none, and what one leaves out. */
export const DEFAULT_QUEUE: QueueLimits = { size: 1_000, maxWaitMs: 30_000 };

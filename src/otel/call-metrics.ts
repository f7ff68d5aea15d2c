import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import type { AttemptMessage, RequestMessage } from '../index.ts';
import { BoundedNames } from './bounded-names.ts';
import { type FollowedCall, lastAttemptOf, overheadMs } from './followed-call.ts';
import * as names from './names.ts';
import { Records } from './records.ts';
import { serverOf } from './server-of.ts';
import { type Sum, Sums } from './sums.ts';
import { type AddTokens, tokenMetrics } from './token-metrics.ts';
import { Tree } from './tree.ts';

/** Seconds; a call's own time is far below what the conventions' boundaries tell apart. */
const OVERHEAD_SECONDS = [0.000_05, 0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/** An SDK makes no text of them. */
const NO_ATTRIBUTES: Attributes = {};

/** As many as an SDK keeps apart in one metric; more are made anew. */
const MOST_SERIES = 2_000;

export interface MetricOptions {
  readonly semconv: names.Semconv;
  /** Dimensions of the caller that are attributes. */
  readonly dimensions: readonly string[];
  /** Most names of models, and of deployments. */
  readonly maxNames: number;
}

/** What calls with the same attributes share, made once: an attribute set for each call costs more than its records. */
interface Series {
  readonly timed: Attributes;
  readonly common: Attributes;
  readonly cost: Sum;
  readonly addTokens: AddTokens;
}

/** What a call leaves in metrics when it has ended. */
export class CallMetrics {
  readonly #options: MetricOptions;
  readonly #models: BoundedNames;
  readonly #upstreamModels: BoundedNames;
  readonly #deployments: BoundedNames;
  readonly #duration: Histogram;
  readonly #firstChunk: Histogram;
  readonly #perChunk: Histogram;
  readonly #overhead: Histogram;
  readonly #cost: Counter;
  readonly #attempts: Counter;
  readonly #failovers: Counter;
  readonly #refusals: Counter;
  readonly #guards: Counter;
  readonly #tokensOf: (attributes: Attributes) => AddTokens;
  readonly #sums = new Sums();
  readonly #records = new Records();
  readonly #series = new Tree<Series>();
  readonly #attemptSums = new Map<string, Sum>();

  constructor(meter: Meter, options: MetricOptions) {
    this.#options = options;
    this.#models = new BoundedNames(options.maxNames);
    this.#upstreamModels = new BoundedNames(options.maxNames);
    this.#deployments = new BoundedNames(options.maxNames);
    const metric = names.METRIC_NAMES[options.semconv];
    const seconds = (name: string, description: string, boundaries = names.SECONDS) =>
      meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: boundaries } });
    this.#duration = seconds(metric.duration, 'Duration of calls.');
    this.#firstChunk = seconds(metric.timeToFirstChunk, 'Time to the first content of streams.');
    this.#perChunk = seconds(metric.timePerOutputChunk, 'Time from an item of a stream to the next.');
    this.#overhead = seconds('tollgate.overhead', "The gateway's own time in a call.", OVERHEAD_SECONDS);
    const counter = (name: string, description: string, unit: string) => meter.createCounter(name, { description, unit });
    this.#cost = counter('tollgate.cost', 'What calls cost.', 'USD');
    this.#attempts = counter('tollgate.attempts', 'Attempts at deployments.', '{attempt}');
    this.#failovers = counter('tollgate.failovers', 'Failures that another deployment was tried after.', '{failover}');
    this.#refusals = counter('tollgate.refusals', 'Calls that the gateway refused.', '{call}');
    this.#guards = counter('tollgate.guards', 'Calls in which a guard found something.', '{call}');
    this.#tokensOf = tokenMetrics(meter, options.semconv, this.#sums, this.#records);
  }

  /** Tells instruments what has come to them; to be called whenever somebody collects. */
  flush(): void {
    this.#sums.flush();
    this.#records.flush();
  }

  ended(call: FollowedCall): void {
    const { message } = call;
    const series = this.#seriesOf(call);
    const { timed } = series;
    const isHit = message.cache === 'hit';
    const ended = message.error === undefined ? timed : { ...timed, [names.ERROR_TYPE]: message.error.code };
    this.#records.keep(this.#duration, (message.durationMs ?? 0) / 1000, ended);
    // What a cache gives is no generation: neither its times nor its counts, which are 0, are told as if it were.
    if (message.firstTokenMs !== undefined && !isHit) this.#stream(message, message.firstTokenMs, series);
    if (message.usage !== undefined && !isHit) series.addTokens(message.usage);
    if (message.costUsd !== undefined) series.cost.value += message.costUsd;
    for (const attempt of call.attempts) this.#attempt(attempt);
    if (isRefused(message)) this.refused(message.error?.code ?? 'denied', series.common[names.REQUEST_MODEL]);
    if (call.attempts.length > 0) this.#records.keep(this.#overhead, overheadMs(call) / 1000, NO_ATTRIBUTES);
  }

  /** Also of requests that never became a call. */
  refused(reason: string, model: Attributes[string], count = 1): void {
    const why = { [names.ERROR_TYPE]: reason };
    this.#refusals.add(count, model === undefined ? why : { ...why, [names.REQUEST_MODEL]: model });
  }

  failedOver(from: string, to: string, kind: string): void {
    this.#failovers.add(1, {
      'tollgate.from': this.#deployments.of(from, true),
      'tollgate.to': this.#deployments.of(to, true),
      [names.ERROR_TYPE]: kind,
    });
  }

  guarded(facts: Attributes): void {
    this.#guards.add(1, facts);
  }

  #attempt({ deployment, error }: AttemptMessage): void {
    const key = error === undefined ? deployment : `${deployment}\n${error.kind}`;
    let sum = this.#attemptSums.get(key);
    if (sum === undefined) {
      const attributes: Attributes = { 'tollgate.deployment': this.#deployments.of(deployment, true) };
      if (error !== undefined) attributes[names.ERROR_TYPE] = error.kind;
      sum = this.#sums.of(this.#attempts, attributes);
      this.#attemptSums.set(key, sum);
    }
    sum.value += 1;
  }

  #stream({ chunkGapsMs }: RequestMessage, firstTokenMs: number, { timed, common }: Series): void {
    this.#records.keep(this.#firstChunk, firstTokenMs / 1000, timed);
    for (const gapMs of chunkGapsMs ?? []) this.#records.keep(this.#perChunk, gapMs / 1000, common);
  }

  #seriesOf(call: FollowedCall): Series {
    const { message, attempts } = call;
    const last = lastAttemptOf(call);
    const model = this.#models.of(message.model, attempts.length > 0);
    const upstreamModel = message.upstreamModel && this.#upstreamModels.of(message.upstreamModel, true);
    const path = [message.operation, model, last?.deployment, upstreamModel, message.cache];
    for (const dimension of this.#options.dimensions) path.push(toText(message.caller[dimension]));
    const known = this.#series.get(path);
    if (known !== undefined) return known;
    if (this.#series.size >= MOST_SERIES) this.#forget();
    const made = this.#newSeries(message, model, upstreamModel, last);
    this.#series.add(path, made);
    return made;
  }

  #newSeries(message: RequestMessage, model: string, upstreamModel: string | undefined, last?: AttemptMessage): Series {
    const common: Attributes = {
      [names.OPERATION_NAME]: names.operationName(message.operation),
      [names.REQUEST_MODEL]: model,
    };
    if (last !== undefined) common[names.PROVIDER_NAME] = last.vendor;
    if (upstreamModel !== undefined) common[names.RESPONSE_MODEL] = upstreamModel;
    for (const dimension of this.#options.dimensions) {
      const value = toText(message.caller[dimension]);
      if (value !== undefined) common[`tollgate.caller.${dimension}`] = value;
    }
    const timed: Attributes = { ...common };
    const server = serverOf(last?.origin);
    if (server !== undefined) {
      timed[names.SERVER_ADDRESS] = server.address;
      timed[names.SERVER_PORT] = server.port;
    }
    if (message.cache !== undefined) timed['tollgate.cache'] = message.cache;
    return { timed, common, cost: this.#sums.of(this.#cost, common), addTokens: this.#tokensOf(common) };
  }

  #forget(): void {
    this.#series.clear();
    this.#attemptSums.clear();
    this.#sums.clear();
  }
}

/** Also a model that nobody knows, and params that are none: nothing was tried for either. */
function isRefused({ outcome, attempts, error }: RequestMessage): boolean {
  return outcome === 'denied' || (outcome === 'error' && attempts === 0 && (error?.status ?? 500) < 500);
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

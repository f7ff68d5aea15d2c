import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import type { RequestMessage, Usage } from '../index.ts';
import { BoundedNames } from './bounded-names.ts';
import { serverOf } from './call-spans.ts';
import { type FollowedCall, lastAttemptOf, overheadMs } from './followed-call.ts';
import * as names from './names.ts';

/** Seconds; a call's own time is far below what the conventions' boundaries tell apart. */
const OVERHEAD_SECONDS = [0.000_05, 0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

export interface MetricOptions {
  readonly semconv: names.Semconv;
  /** Dimensions of the caller that are attributes. */
  readonly dimensions: readonly string[];
  /** Most names of models, and of deployments. */
  readonly maxNames: number;
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
  readonly #addTokens: (usage: Usage, attributes: Attributes) => void;

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
    this.#perChunk = seconds(metric.timePerOutputChunk, 'Time per item of a stream after the first content, its mean.');
    this.#overhead = seconds('tollgate.overhead', "The gateway's own time in a call.", OVERHEAD_SECONDS);
    const counter = (name: string, description: string, unit: string) => meter.createCounter(name, { description, unit });
    this.#cost = counter('tollgate.cost', 'What calls cost.', 'USD');
    this.#attempts = counter('tollgate.attempts', 'Attempts at deployments.', '{attempt}');
    this.#failovers = counter('tollgate.failovers', 'Failures that another deployment was tried after.', '{failover}');
    this.#refusals = counter('tollgate.refusals', 'Calls that the gateway refused.', '{call}');
    this.#addTokens = options.semconv === 'stable' ? tokenHistogram(meter) : tokenCounters(meter);
  }

  ended(call: FollowedCall): void {
    const { message } = call;
    const common = this.#common(call);
    const durationMs = message.durationMs ?? 0;
    const timed = { ...common, ...serverOf(lastAttemptOf(call)?.origin) };
    const ended = message.error === undefined ? timed : { ...timed, [names.ERROR_TYPE]: message.error.code };
    this.#duration.record(durationMs / 1000, ended);
    if (message.firstTokenMs !== undefined) this.#stream(message, durationMs, message.firstTokenMs, timed);
    if (message.usage !== undefined) this.#addTokens(message.usage, common);
    if (message.costUsd !== undefined) this.#cost.add(message.costUsd, common);
    for (const attempt of call.attempts) this.#attempt(attempt.message.deployment, attempt.message.error?.kind);
    if (isRefused(message)) this.refused(message.error?.code ?? 'denied', common[names.REQUEST_MODEL]);
    if (call.attempts.length > 0) {
      this.#overhead.record(overheadMs(call) / 1000, { [names.OPERATION_NAME]: common[names.OPERATION_NAME] });
    }
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

  #attempt(deployment: string, failure: string | undefined): void {
    const attributes: Attributes = { 'tollgate.deployment': this.#deployments.of(deployment, true) };
    if (failure !== undefined) attributes[names.ERROR_TYPE] = failure;
    this.#attempts.add(1, attributes);
  }

  #stream({ chunks = 0 }: RequestMessage, durationMs: number, firstTokenMs: number, common: Attributes): void {
    this.#firstChunk.record(firstTokenMs / 1000, common);
    if (chunks > 1) this.#perChunk.record((durationMs - firstTokenMs) / (chunks - 1) / 1000, common);
  }

  #common(call: FollowedCall): Attributes {
    const { message, attempts } = call;
    const isTried = attempts.length > 0;
    const attributes: Attributes = {
      [names.OPERATION_NAME]: names.operationName(message.operation),
      [names.REQUEST_MODEL]: this.#models.of(message.model, isTried),
    };
    const last = lastAttemptOf(call);
    if (last !== undefined) attributes[names.PROVIDER_NAME] = last.vendor;
    const { upstreamModel } = message;
    if (upstreamModel !== undefined) attributes[names.RESPONSE_MODEL] = this.#upstreamModels.of(upstreamModel, true);
    for (const dimension of this.#options.dimensions) {
      const value = message.caller[dimension];
      if (typeof value === 'string') attributes[`tollgate.caller.${dimension}`] = value;
    }
    return attributes;
  }
}

/** Also a model that nobody knows, and params that are none: nothing was tried for either. */
function isRefused({ outcome, attempts, error }: RequestMessage): boolean {
  return outcome === 'denied' || (outcome === 'error' && attempts === 0 && (error?.status ?? 500) < 500);
}

function tokenHistogram(meter: Meter) {
  const tokens = meter.createHistogram(names.TOKEN_USAGE, {
    description: 'Tokens of calls.',
    unit: '{token}',
    advice: { explicitBucketBoundaries: names.TOKENS },
  });
  return (usage: Usage, attributes: Attributes) => {
    tokens.record(usage.inputTokens, { ...attributes, [names.TOKEN_TYPE]: 'input' });
    tokens.record(usage.outputTokens, { ...attributes, [names.TOKEN_TYPE]: 'output' });
  };
}

type TokenClass = keyof typeof names.TOKEN_COUNTERS;

function tokenCounters(meter: Meter) {
  const counters = Object.entries(names.TOKEN_COUNTERS).map(
    ([tokenClass, name]) => [tokenClass as TokenClass, meter.createCounter(name, { unit: '{token}' })] as const,
  );
  const histograms = Object.entries(names.TOKENS_OF_OPERATION).map(([tokenClass, name]) => {
    const histogram = meter.createHistogram(name, {
      unit: '{token}',
      advice: { explicitBucketBoundaries: names.TOKENS },
    });
    return [tokenClass as TokenClass, histogram] as const;
  });
  return (usage: Usage, attributes: Attributes) => {
    for (const [tokenClass, counter] of counters) if (usage[tokenClass] > 0) counter.add(usage[tokenClass], attributes);
    for (const [tokenClass, histogram] of histograms) histogram.record(usage[tokenClass], attributes);
  };
}

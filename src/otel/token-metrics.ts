import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import type { Usage } from '../index.ts';
import * as names from './names.ts';
import type { Records } from './records.ts';
import type { Sum, Sums } from './sums.ts';

type TokenClass = 'inputTokens' | 'outputTokens' | 'cachedInputTokens' | 'cacheWriteTokens' | 'reasoningTokens';

/** Adds a call's tokens to one series. */
export type AddTokens = (usage: Usage) => void;

/** The instruments of tokens; what it returns makes the series of some attributes. */
export function tokenMetrics(
  meter: Meter,
  semconv: names.Semconv,
  sums: Sums,
  records: Records,
): (attributes: Attributes) => AddTokens {
  return semconv === 'stable' ? byType(meter, records) : byClass(meter, sums, records);
}

function byType(meter: Meter, records: Records) {
  const tokens = tokenHistogram(meter, names.TOKEN_USAGE, 'Tokens of calls.');
  return (attributes: Attributes): AddTokens => {
    const input = { ...attributes, [names.TOKEN_TYPE]: 'input' };
    const output = { ...attributes, [names.TOKEN_TYPE]: 'output' };
    return (usage) => {
      records.keep(tokens, usage.inputTokens, input);
      records.keep(tokens, usage.outputTokens, output);
    };
  };
}

function byClass(meter: Meter, sums: Sums, records: Records) {
  const counters = Object.entries(names.TOKEN_COUNTERS).map(([tokenClass, name]): [TokenClass, Counter] => [
    tokenClass as TokenClass,
    meter.createCounter(name, { unit: '{token}' }),
  ]);
  const histograms = Object.entries(names.TOKENS_OF_OPERATION).map(([tokenClass, name]): [TokenClass, Histogram] => [
    tokenClass as TokenClass,
    tokenHistogram(meter, name),
  ]);
  return (attributes: Attributes): AddTokens => {
    const counted = counters.map(([tokenClass, counter]): [TokenClass, Sum] => [tokenClass, sums.of(counter, attributes)]);
    return (usage) => {
      for (const [tokenClass, sum] of counted) sum.value += usage[tokenClass];
      for (const [tokenClass, histogram] of histograms) records.keep(histogram, usage[tokenClass], attributes);
    };
  };
}

function tokenHistogram(meter: Meter, name: string, description?: string): Histogram {
  const advice = { explicitBucketBoundaries: names.TOKENS };
  return meter.createHistogram(name, { unit: '{token}', advice, ...(description !== undefined && { description }) });
}

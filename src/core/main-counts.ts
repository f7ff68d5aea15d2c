import { toTokenCount, type Usage } from './usage.ts';

/** The two counts that every usage has; one that was not told is 0. */
export interface MainCounts {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly unreported: Usage['unreported'];
}

/**
 * The main counts as a provider told them. One that is missing, or can't be a count, is to be estimated, and takes nothing
 * from the other. Undefined if there is nothing to go by.
 */
export function mainCounts(input: unknown, output: unknown): MainCounts | undefined {
  const inputTokens = toTokenCount(input);
  const outputTokens = toTokenCount(output);
  if (inputTokens === undefined) return outputTokens ? { inputTokens: 0, outputTokens, unreported: 'input' } : undefined;
  return { inputTokens, outputTokens: outputTokens ?? 0, unreported: outputTokens === undefined ? 'output' : undefined };
}

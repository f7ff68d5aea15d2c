import type { Call } from '../../core/call.ts';
import type { Settlement } from '../ledger.ts';

const NO_TOOLS: readonly string[] = Object.freeze([]);

/** Adds what a call came to to the totals of all its runs. */
export function addToRunTotals(
  { runs = [], model }: Call,
  { requests, usage, costNanoUsd = 0, tools = NO_TOOLS }: Settlement,
): void {
  const use = { calls: requests, nanoUsd: costNanoUsd, tokens: usage.inputTokens + usage.outputTokens, tools };
  for (const run of runs) run.add(model, use);
}

import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Params } from '../../core/params.ts';
import type { Served } from '../../core/served.ts';
import { completedUsage, NO_USAGE, type Usage, type UsageSource } from '../../core/usage.ts';
import type { Delivered } from '../../ledger/delivered.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { isWhole } from './answer-facts.ts';
import type { StreamTally } from './stream-tally.ts';

/** What an attempt used, and who says so. */
export interface Used {
  readonly usage: Usage;
  readonly source: UsageSource;
  readonly served: Served | undefined;
  /** If it is not what the usage costs: of what has a price and no tokens. */
  readonly costNanoUsd?: number | undefined;
}

/** Of a call that costs nothing, whatever its answer shows. */
export const FREE: Used = { usage: NO_USAGE, source: 'reported', served: undefined };

/** What an answer said of its usage, as far as it goes, and what came of it. */
export interface Told {
  readonly usage: Usage | undefined;
  readonly served: Served | undefined;
  readonly delivered: Delivered;
  /** Whether the report was the last word. */
  readonly isComplete?: boolean;
}

/**
 * What an answer used whose report is missing, partial, or was not its last word: input as reported, output as reported if
 * that was the last word, else the larger of it and what came. Anything that had to be counted or estimated makes the whole
 * an estimate.
 */
export function usedInFact(told: Told, call: Call, deployment: Deployment, ledger: Ledger): Used {
  const { usage, served, delivered } = told;
  const counted = ledger.estimateUsage(call, deployment, delivered);
  if (usage === undefined) return { usage: counted, source: 'estimated', served };
  const isFinal = told.isComplete === true && usage.unreported === 'input';
  const isShort = !isFinal && counted.outputTokens > usage.outputTokens;
  if (isWhole(usage) && !isShort) return { usage, source: 'reported', served };
  const completed = completedUsage(usage, counted);
  return { usage: isShort ? withOutput(completed, counted) : completed, source: 'estimated', served };
}

/** What a stream has used so far, or in all if it has ended. */
export function usedByStream(tally: StreamTally, call: Call, deployment: Deployment, ledger: Ledger): Used {
  const { isComplete, served } = tally;
  if (!isComplete || !isWhole(tally.usage) || tally.hasMoreReported) tally.settleReports();
  const { usage } = tally;
  if (isComplete && isWhole(usage)) return { usage, source: 'reported', served };
  const told = isComplete || usage?.inputTokens !== 0 ? usage : withoutInput(usage);
  return usedInFact({ usage: told, served, delivered: tally.delivered(), isComplete }, call, deployment, ledger);
}

/** With the uses of vendors' tools that the params offer, if the answer does not count them. */
export function usedWithTools(used: Used, params: Params, call: Call, deployment: Deployment, ledger: Ledger): Used {
  const usage = ledger.withToolsOf(used.usage, params, deployment, call);
  return usage === used.usage ? used : { ...used, usage, source: 'estimated' };
}

/** With what is counted beside tokens; `call` as it was sent. */
export function usedWithUnits(
  used: Used,
  call: Call,
  deployment: Deployment,
  delivered: Delivered | undefined,
  failed: boolean,
  ledger: Ledger,
): Used {
  const usage = ledger.withUnitsOf(used.usage, call, deployment, delivered, failed);
  return usage === used.usage ? used : { ...used, usage };
}

/** Before the end, an input of zero is a place that was not filled in yet. */
function withoutInput(usage: Usage): Usage {
  return { ...usage, unreported: 'input' };
}

function withOutput(usage: Usage, { outputTokens, outputAudioTokens = 0, outputImageTokens = 0 }: Usage): Usage {
  return {
    ...usage,
    outputTokens,
    outputAudioTokens: Math.max(usage.outputAudioTokens ?? 0, outputAudioTokens) || undefined,
    outputImageTokens: Math.max(usage.outputImageTokens ?? 0, outputImageTokens) || undefined,
  };
}

import { APIError } from 'openai';
import type { RunAtLimit, RunLimit, RunTotals } from '../core/run-limits.ts';

/** A limit of the run refuses the call. Nothing was sent. */
export class RunLimitError extends APIError<402> {
  override readonly name = 'RunLimitError';
  override readonly code = 'run_limit';
  /** The id of the run. */
  readonly run: string;
  readonly limit: RunLimit;
  /** What the limit allows, in its unit: dollars for `maxUsd`. */
  readonly max: number;
  /** Against that limit, what calls under way hold included. */
  readonly spent: number;
  /** What this call may need at most. */
  readonly needed: number;
  /** By which models and tools, as far as this process knows. */
  readonly totals: RunTotals;

  constructor({ run, max, needed }: { run: RunAtLimit; max: number; needed: number }) {
    const { id, limit, spent, totals } = run;
    const unit = UNITS[limit];
    const held = limit === 'maxMs' ? 'are over' : `spent or held, and this call may need ${told(needed)}`;
    const message = `run '${id}' has reached ${limit}: ${told(spent)} of ${told(max)} ${unit} ${held}`;
    super(402, { message, type: 'run_limit', code: 'run_limit' }, message, new Headers({ 'x-should-retry': 'false' }));
    this.run = id;
    this.limit = limit;
    this.max = max;
    this.spent = spent;
    this.needed = needed;
    this.totals = totals;
  }
}

const UNITS: Readonly<Record<RunLimit, string>> = {
  maxUsd: 'dollars',
  maxTokens: 'tokens',
  maxCalls: 'calls',
  maxToolCalls: 'calls of tools',
  maxMs: 'milliseconds',
};

/** To the nano-dollar. */
function told(amount: number): string {
  return String(Number(amount.toFixed(9)));
}

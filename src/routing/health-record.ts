import { Latency } from './latency.ts';
import { OutcomeWindow } from './outcome-window.ts';

/** A deployment cools after this many failures in a row. */
const CONSECUTIVE_FAILURES = 5;
/** Or when at least half of at least this many outcomes of the last 30 s failed. */
const SMALLEST_SAMPLE = 10;

/** What is counted and measured at one deployment. */
export interface HealthRecord {
  inFlight: number;
  consecutiveFailures: number;
  /** Cooldowns by rule since the last success. */
  cooldowns: number;
  lastUsedMs: number | undefined;
  readonly firstToken: Latency;
  readonly duration: Latency;
  readonly outcomes: OutcomeWindow;
}

export function newRecord(): HealthRecord {
  return {
    inFlight: 0,
    consecutiveFailures: 0,
    cooldowns: 0,
    lastUsedMs: undefined,
    firstToken: new Latency(),
    duration: new Latency(),
    outcomes: new OutcomeWindow(),
  };
}

export function whyToCool(record: HealthRecord, nowMs: number): string | undefined {
  if (record.consecutiveFailures >= CONSECUTIVE_FAILURES) return 'consecutive-failures';
  const { outcomes, failures } = record.outcomes.totals(nowMs);
  return outcomes >= SMALLEST_SAMPLE && failures * 2 >= outcomes ? 'failure-ratio' : undefined;
}

import { Latency, type Percentiles } from './latency.ts';
import { OutcomeWindow } from './outcome-window.ts';

/** A deployment cools after this many failures in a row. */
const CONSECUTIVE_FAILURES = 5;
/** Or when at least half of at least this many outcomes of the last 30 s failed. */
const SMALLEST_SAMPLE = 10;

/** What is counted and measured at one deployment. */
export interface HealthRecord {
  inFlight: number;
  /** Calls whose first attempt will go here and has not begun. */
  assigned: number;
  consecutiveFailures: number;
  /** Cooldowns by rule since the last success. */
  cooldowns: number;
  lastUsedMs: number | undefined;
  readonly firstToken: Latency;
  readonly duration: Latency;
  readonly outcomes: OutcomeWindow;
}

/** One row of `control.health()`. `coolingUntil` is milliseconds since the epoch; null if nothing is known. */
export interface HealthReport {
  readonly deployment: string;
  readonly state: HealthState;
  readonly inFlight: number;
  readonly consecutiveFailures: number;
  readonly coolingUntil: number | null;
  readonly firstTokenMs: Percentiles;
  readonly durationMs: Percentiles;
}

/** `cooling`: out for a time. `probing`: that time is over, and one call tries whether it works again. */
export type HealthState = 'healthy' | 'cooling' | 'probing';

export function newRecord(): HealthRecord {
  return {
    inFlight: 0,
    assigned: 0,
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

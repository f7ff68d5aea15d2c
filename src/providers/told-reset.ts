import type { JsonRecord } from '../core/json.ts';

/**
 * When a limit that is used up is full again, as an error itself tells it: in milliseconds from `nowMs`, 0 for a past point;
 * undefined if it does not. By its fields (`resets_in_seconds`, `resets_at` in seconds since the epoch or RFC 3339), or by
 * its text: "You will regain access on 2026-04-01 at 00:00 UTC." (Anthropic), "resets at 2026-05-15T15:00:00Z" (MiniMax).
 */
export function toldResetMs(error: JsonRecord | undefined, message: string | undefined, nowMs: number): number | undefined {
  const seconds = error?.resets_in_seconds;
  if (typeof seconds === 'number' && seconds >= 0) return Math.ceil(seconds * 1000);
  const point = pointOf(error?.resets_at) ?? pointIn(message);
  return point === undefined ? undefined : Math.max(0, point - nowMs);
}

function pointOf(value: unknown): number | undefined {
  if (typeof value === 'number' && value > 0) return value * 1000;
  return typeof value === 'string' ? definite(Date.parse(value)) : undefined;
}

const POINT = /\b(?:resets? (?:at|on)|regain access on) (\d{4}-\d{2}-\d{2})(?:T| at | )(\d{2}:\d{2}(?::\d{2})?)(?:Z| ?UTC)/i;
const LONGEST_TEXT_READ = 4_096;

function pointIn(message: string | undefined): number | undefined {
  const [, day, time] = POINT.exec(message?.slice(0, LONGEST_TEXT_READ) ?? '') ?? [];
  return day === undefined ? undefined : definite(Date.parse(`${day}T${time}Z`));
}

function definite(ms: number): number | undefined {
  return Number.isFinite(ms) ? ms : undefined;
}

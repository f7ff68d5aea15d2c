import { z } from 'zod';
import { list, matchSchema, nameSchema, nonEmptyList, nonNegativeInteger, usdLimit } from './scalars.ts';

const tokens = nonNegativeInteger('tokens');

const limitSchema = z.strictObject(
  {
    usd: usdLimit().optional(),
    tokens: tokens.optional(),
    inputTokens: tokens.optional(),
    outputTokens: tokens.optional(),
    requests: nonNegativeInteger('requests').optional(),
  },
  'expected a limit: any of { usd, tokens, inputTokens, outputTokens, requests }',
);

const CALENDAR_WINDOWS = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year', 'lifetime'] as const;

const ROLLING_EXPECTED = "expected a length such as '90s', '15m', '24h' or '30d', at most ten years";
const WINDOW_EXPECTED = `expected ${CALENDAR_WINDOWS.map((name) => `'${name}'`).join(', ')} or { rolling: '24h' }`;

const windowSchema = z.union(
  [
    z.enum(CALENDAR_WINDOWS),
    z.strictObject({
      rolling: z
        .string(ROLLING_EXPECTED)
        .regex(/^[1-9]\d{0,8}[smhd]$/, ROLLING_EXPECTED)
        .refine((length) => rollingLengthMs(length) <= LONGEST_ROLLING_MS, ROLLING_EXPECTED),
    }),
  ],
  WINDOW_EXPECTED,
);

const UNIT_MS = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
const LONGEST_ROLLING_MS = 3_653 * 86_400_000;

/** Milliseconds of a length such as `15m`. */
export function rollingLengthMs(length: string): number {
  return Number(length.slice(0, -1)) * (UNIT_MS.get(length.slice(-1)) ?? Number.NaN);
}

const TIMEZONE_EXPECTED = "expected an IANA time zone such as 'Europe/Berlin'";

function isTimezone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

const EACH_EXPECTED = "expected a caller dimension such as 'team', or a list of them";
const fraction = 'expected a fraction above 0 and at most 1, such as 0.8';

export const budgetSchema = z.strictObject(
  {
    name: nameSchema,
    each: z.union([nameSchema, nonEmptyList(nameSchema, 'a list of dimensions')], EACH_EXPECTED).optional(),
    match: matchSchema.optional(),
    missing: z.enum(['deny', 'ignore'], "expected 'deny' or 'ignore'").optional(),
    limit: limitSchema,
    window: windowSchema,
    timezone: z.string(TIMEZONE_EXPECTED).refine(isTimezone, TIMEZONE_EXPECTED).optional(),
    warnAt: list(z.number(fraction).gt(0, fraction).max(1, fraction), 'a list of fractions').optional(),
    onExceed: z.enum(['block', 'clamp', 'downgrade', 'shadow'], "expected 'block', 'clamp', 'downgrade' or 'shadow'").optional(),
    downgradeTo: nameSchema.optional(),
    estimate: z.enum(['strict', 'expected'], "expected 'strict' or 'expected'").optional(),
    whenStoreFails: z.enum(['deny', 'allow'], "expected 'deny' or 'allow'").optional(),
  },
  'expected a budget: { name, limit, window, … }',
);

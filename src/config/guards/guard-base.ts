import { z } from 'zod';
import type { GuardSide } from '../../core/guard.ts';
import type { Operation } from '../../core/operation.ts';
import { matchSchema, nameSchema, positiveInteger } from '../schema/scalars.ts';

export interface GuardBase {
  /** Unique; told in errors and events. */
  name: string;
  /** What it looks at: what goes in, what comes out, or `both`. */
  on: GuardSide | 'both';
  /** Only calls that match: globs over caller dimensions, `model` and `operation`. Default: every call. */
  match?:
    | (Record<string, string | readonly string[]> & { operation?: Operation | (string & {}) | readonly string[] })
    | undefined;
  /** Time for one check, in milliseconds; default 1000, of `model` 10 000, with `repair` 30 000. */
  timeoutMs?: number | undefined;
  /** What a check that fails, or takes too long, means; default `deny`. */
  whenItFails?: 'allow' | 'deny' | undefined;
}

/** How the fields are checked that every guard has. */
export const baseFields = {
  name: nameSchema,
  match: matchSchema.optional(),
  timeoutMs: positiveInteger('milliseconds').optional(),
  whenItFails: z.enum(['allow', 'deny'], "expected 'allow' or 'deny'").optional(),
};

/** `on` of a guard that can look at either side. */
export const eitherSide = z.enum(['input', 'output', 'both'], "expected 'input', 'output' or 'both'");

/** `mode` of a guard that finds pieces of text. */
export const anyMode = z.enum(['block', 'redact', 'flag'], "expected 'block', 'redact' or 'flag'");

/** `mode` of one that finds no pieces. */
export const plainMode = z.enum(
  ['block', 'flag'],
  "expected 'block' or 'flag': there is no piece of text that could be replaced",
);

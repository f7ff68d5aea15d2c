import { z } from 'zod';
import type { Caller } from '../../core/caller.ts';
import { ISO_DATE, isoInstant } from '../../core/iso-instant.ts';
import { flag, globsSchema, list, matchSchema, nameSchema, positiveInteger, text, usdLimit } from './scalars.ts';

const ruleSchema = z.strictObject(
  {
    match: matchSchema,
    allow: globsSchema.optional(),
    deny: globsSchema.optional(),
    denyTools: globsSchema.optional(),
    maxUsdPerRequest: usdLimit().optional(),
  },
  'expected a rule: { match, allow?, deny?, denyTools?, maxUsdPerRequest? }',
);

const callerText = text('text without control characters').max(256, 'expected at most 256 characters');

// The type of `tags` and of further dimensions is that of `Caller`, which an inferred one cannot express.
const callerSchema: z.ZodType<Caller, Caller> = z
  .object(
    {
      key: callerText.optional(),
      team: callerText.optional(),
      app: callerText.optional(),
      user: callerText.optional(),
      tags: list(callerText, 'a list of tags').optional(),
      priority: z.enum(['high', 'normal', 'low'], "expected 'high', 'normal' or 'low'").optional(),
    },
    'expected a caller: { team?, app?, user?, tags?, … }',
  )
  .catchall(callerText);

const HASH_EXPECTED = "expected 'sha256:' and 64 hexadecimal digits";
const EXPIRY_EXPECTED = 'expected an ISO 8601 date, a Date or milliseconds since the epoch';

const keySchema = z.strictObject(
  {
    id: nameSchema,
    hash: z.string(HASH_EXPECTED).regex(/^sha256:[0-9a-fA-F]{64}$/, HASH_EXPECTED),
    caller: callerSchema,
    expiresAt: z
      .union(
        [
          z
            .string()
            .regex(ISO_DATE)
            .refine((value) => isoInstant(value) !== undefined),
          z.int().nonnegative(),
          z.custom<Date>((value) => value instanceof Date && Number.isFinite(value.getTime())),
        ],
        EXPIRY_EXPECTED,
      )
      .optional(),
    disabled: flag.optional(),
  },
  'expected a key: { id, hash, caller, expiresAt?, disabled? }',
);

const PARAM_EXPECTED = "expected 'user', or 'metadata.' and the name of a dimension";
// The other names mean something else, or decide on more than who is charged.
const PARAM =
  /^(?:user|metadata\.(?!(?:key|tags|priority|model|provider|deployment|day|constructor|prototype)$)[A-Za-z][\w.-]{0,63})$/;

export const accessSchema = z.strictObject(
  {
    default: z.enum(['allow', 'deny'], "expected 'allow' or 'deny'").optional(),
    rules: list(ruleSchema, 'a list of rules').optional(),
    callerFromParams: list(z.string(PARAM_EXPECTED).regex(PARAM, PARAM_EXPECTED), 'a list of params').optional(),
    keys: list(keySchema, 'a list of keys').optional(),
    maxFailuresPerMinute: positiveInteger('refused keys per minute').optional(),
    placeHeader: text('the name of a header', /^[!#$%&'*+.^_`|~\w-]+$/).optional(),
  },
  'expected { default?, rules?, callerFromParams?, keys?, maxFailuresPerMinute?, placeHeader? }',
);

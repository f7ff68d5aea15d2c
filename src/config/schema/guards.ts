import { z } from 'zod';
import { type Guard, PERSONAL_DATA_KINDS } from '../../core/guard.ts';
import { hasFunctions } from '../containers.ts';
import { flag, list, matchSchema, nameSchema, nonEmptyList, positiveInteger, text } from './scalars.ts';

const on = z.enum(['input', 'output', 'both'], "expected 'input', 'output' or 'both'");
const mode = z.enum(['block', 'redact', 'flag'], "expected 'block', 'redact' or 'flag'");
const plainMode = z.enum(['block', 'flag'], "expected 'block' or 'flag': there is no piece of text that could be replaced");

const common = {
  name: nameSchema,
  match: matchSchema.optional(),
  timeoutMs: positiveInteger('milliseconds').optional(),
  whenItFails: z.enum(['allow', 'deny'], "expected 'allow' or 'deny'").optional(),
};

const KIND_EXPECTED = 'a word of letters, digits, dashes and underscores, as events tell it';
const kind = text(KIND_EXPECTED, /^[A-Za-z][\w-]{0,63}$/);
const pattern = text('a regular expression', /^[\s\S]+$/).max(4096, 'expected at most 4096 characters');

const PATTERN_EXPECTED = 'expected a regular expression, { pattern, kind?, ignoreCase? } or { text, kind?, ignoreCase? }';

const patternSchema = z.union(
  [
    pattern,
    z.custom<RegExp>((value) => value instanceof RegExp),
    z.strictObject({ pattern, kind: kind.optional(), ignoreCase: flag.optional() }),
    z.strictObject({
      text: text('a text', /^[\s\S]+$/).max(4096, 'expected at most 4096 characters'),
      kind: kind.optional(),
      ignoreCase: flag.optional(),
    }),
  ],
  PATTERN_EXPECTED,
);

const patternsSchema = z.union([patternSchema, nonEmptyList(patternSchema, 'a list of patterns')], PATTERN_EXPECTED);

const COUNTRY_EXPECTED = "the ISO 3166 code of a country, such as 'DE'";

const readyMade = z.discriminatedUnion(
  'use',
  [
    z.strictObject({ ...common, on, mode, use: z.literal('secrets') }),
    z.strictObject({
      ...common,
      on,
      mode,
      use: z.literal('personal-data'),
      kinds: nonEmptyList(
        z.enum(PERSONAL_DATA_KINDS, `expected any of ${PERSONAL_DATA_KINDS.join(', ')}`),
        'a list of kinds',
      ).optional(),
      country: text(COUNTRY_EXPECTED, /^[A-Z]{2}$/).optional(),
    }),
    z.strictObject({ ...common, on, mode, use: z.literal('pattern'), deny: patternsSchema, allow: patternsSchema.optional() }),
    z.strictObject({
      ...common,
      on: z.literal('output', "expected 'output'"),
      mode: plainMode,
      use: z.literal('json-schema'),
      schema: z.record(z.string(), z.unknown(), 'expected a JSON Schema').optional(),
      repair: flag.optional(),
    }),
    z.strictObject({ ...common, on, mode: plainMode, use: z.literal('size'), maxCharacters: positiveInteger('characters') }),
    z.strictObject({
      ...common,
      on,
      mode: plainMode,
      use: z.literal('model'),
      model: nameSchema,
      policy: text('a policy in words', /^[\s\S]+$/).optional(),
    }),
  ],
  "expected use: 'secrets', 'personal-data', 'pattern', 'json-schema', 'size' or 'model', or a function check",
);

const facts = z.object({ ...common, on, mode });

/** A guard of the user's own is taken as it is; only what is known of it is looked at. */
const ownGuard = z
  .custom<Guard>((value) => hasFunctions(value, ['check']))
  .superRefine((guard, context) => {
    const { name, on: side, mode: way, match, timeoutMs, whenItFails } = guard;
    const parsed = facts.safeParse({ name, on: side, mode: way, match, timeoutMs, whenItFails });
    for (const { path, message } of parsed.error?.issues ?? []) context.addIssue({ code: 'custom', path, message });
  });

const GUARD_EXPECTED = 'expected a guard: { name, on, mode, use, … } or an object with name, on, mode and a function check';

const guardSchema = z.union([ownGuard, readyMade], GUARD_EXPECTED);

export const guardsSchema = list(guardSchema, 'a list of guards');

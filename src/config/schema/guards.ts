import { z } from 'zod';
import type { Guard } from '../../core/guard.ts';
import { hasFunctions } from '../containers.ts';
import { anyMode, baseFields, eitherSide } from '../guards/guard-base.ts';
import { guardSchemas, guardTypes } from '../guards/index.ts';
import { list } from './scalars.ts';

const USES_EXPECTED = guardTypes
  .map(({ use }) => `'${use}'`)
  .join(', ')
  .replace(/, (?=[^,]*$)/, ' or ');

const readyMade = z.discriminatedUnion(
  'use',
  guardSchemas,
  `expected ${USES_EXPECTED}; a guard of your own has a function check in its place`,
);

const facts = z.object({ ...baseFields, on: eitherSide, mode: anyMode });

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

import { z } from 'zod';
import { isRecord } from '../../core/json.ts';
import type { JsonSchemaUse } from '../../guards/ready/json-schema.ts';
import { schemaProblem } from '../../guards/ready/schema-problem.ts';
import { fieldOf } from '../containers.ts';
import { flag } from '../schema/scalars.ts';
import { baseFields, type GuardBase, plainMode } from './guard-base.ts';
import type { GuardType } from './guard-type.ts';

/** Answers that are no JSON, or do not keep to a schema; needs the package `ajv`. */
export interface JsonSchemaGuardConfig extends GuardBase {
  use: 'json-schema';
  on: 'output';
  mode: 'block' | 'flag';
  /** JSON Schema 2020-12; default: the one that the call asks for, if it asks for one. */
  schema?: Record<string, unknown> | undefined;
  /** Sends an answer that fails back to the model once, with what is wrong in it, charged to the caller; default false. */
  repair?: boolean | undefined;
}

/** Time for one check, in milliseconds, if none is configured. */
const DEFAULT_TIMEOUT_MS = 1_000;
/** The same if a model may answer again. */
const DEFAULT_REPAIR_TIMEOUT_MS = 30_000;

export const jsonSchema = {
  use: 'json-schema',
  schema: z.strictObject({
    ...baseFields,
    on: z.literal('output', "expected 'output'"),
    mode: plainMode,
    use: z.literal('json-schema'),
    schema: z.record(z.string(), z.unknown(), 'expected a JSON Schema').optional(),
    repair: flag.optional(),
  }),
  check(options, { path, issues }) {
    const schema = fieldOf(options, 'schema');
    const problem = isRecord(schema) ? schemaProblem(schema) : undefined;
    if (problem !== undefined) issues.add([...path, 'schema', ...problem.path], `is no JSON Schema: ${problem.message}`);
    if (fieldOf(options, 'repair') === true && fieldOf(options, 'mode') === 'flag')
      issues.add([...path, 'repair'], "expected false under mode 'flag', which lets every answer pass as it comes");
  },
  timeoutMs: ({ repair }) => (repair ? DEFAULT_REPAIR_TIMEOUT_MS : DEFAULT_TIMEOUT_MS),
  plan: ({ schema, repair }) => ({ kind: 'json-schema', schema, repair: repair ?? false }),
} satisfies GuardType<JsonSchemaGuardConfig, JsonSchemaUse>;

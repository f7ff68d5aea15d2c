import type { GuardUse } from '../../core/guard.ts';
import { schemaOf } from '../content/readable.ts';
import type { ReadyMade } from './ready-made.ts';
import { schemaRepair } from './repair.ts';
import { schemaFaults } from './schema-faults.ts';

export interface JsonSchemaUse extends GuardUse {
  readonly kind: 'json-schema';
  /** Undefined: each call's own. */
  readonly schema: Readonly<Record<string, unknown>> | undefined;
  readonly repair: boolean;
}

/** Holds answers to a schema. One that has none of its own looks only at answers that are to keep to one. */
export const jsonSchema: ReadyMade<JsonSchemaUse> = {
  kind: 'json-schema',
  async check({ schema, repair }, ask) {
    const faults = await schemaFaults(schema);
    return {
      by: 'content',
      check: (content, context) => faults(content, context).map(({ kind, part }) => ({ kind, part })),
      repair: repair ? schemaRepair(faults, ask) : undefined,
      looksAt: (call) => schema !== undefined || schemaOf(call) !== undefined,
      skipsQuestions: true,
    };
  },
};

import type { ValidateFunction } from 'ajv';
import type { GuardContent, GuardContext } from '../../core/guard.ts';
import { Part } from '../../core/part.ts';
import { ConfigurationError } from '../../errors/configuration-error.ts';
import { schemaOf } from '../content/readable.ts';
import { linearPatterns } from './linear-patterns.ts';
import { SCHEMA_OPTIONS } from './schema-problem.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Why the text of a part is no answer to its schema. */
export interface SchemaFault {
  readonly kind: 'no-json' | 'schema';
  /** Index of the part. */
  readonly part: number;
  readonly text: string;
  /** In words for the model that wrote it. */
  readonly reason: string;
}

/** What is wrong with the texts of an answer: each is to be JSON and to keep to the schema. */
export type FindFaults = (content: GuardContent, context: Pick<GuardContext, 'operation' | 'params'>) => readonly SchemaFault[];

/** An optional package, that only who checks schemas has to have. */
const ajv = new Part('ajv', async () => {
  // A bundler lets an optional package be missing only if its name stands inside a `try`.
  try {
    return (await import('ajv/dist/2020.js')).Ajv2020;
  } catch {
    throw new ConfigurationError([{ path: 'guards', message: 'those by json-schema need the package ajv: install it' }]);
  }
});

/** Schemas of calls that are kept compiled. */
const MAX_COMPILED = 200;
/** Errors of one text that its model is told. */
const MAX_TOLD = 20;

const NO_FAULTS: readonly SchemaFault[] = [];

/** Checks by a schema: the guard's own, or the one that its call asked for. */
export async function schemaFaults(schema: Schema | undefined): Promise<FindFaults> {
  const Validator = await ajv.load();
  // One for each schema: nothing that one names is known to another, and it goes with what was compiled by it.
  const options = { ...SCHEMA_OPTIONS, meta: false, validateSchema: false, logger: false } as const;
  const compiled = new Map<string, ValidateFunction>();
  const compile = (wanted: Schema) => {
    const key = JSON.stringify(wanted);
    let validate = compiled.get(key);
    if (validate === undefined) {
      if (compiled.size >= MAX_COMPILED) compiled.clear();
      // One that is checked later would say of every answer that it is right.
      const { $async: _, ...plain } = wanted;
      validate = new Validator({ ...options, code: { regExp: linearPatterns(schema === undefined) } }).compile(plain);
      compiled.set(key, validate);
    }
    return validate;
  };
  return ({ parts }, context) => {
    const wanted = schema ?? schemaOf(context);
    if (wanted === undefined) return NO_FAULTS;
    const validate = compile(wanted);
    const faults: SchemaFault[] = [];
    for (const [part, { kind, text, path }] of parts.entries()) {
      if (kind !== 'text' || !isAnswerText(path)) continue;
      const value = parsed(text);
      if (value === undefined) faults.push({ kind: 'no-json', part, text, reason: 'it is no JSON' });
      else if (!validate(value)) faults.push({ kind: 'schema', part, text, reason: told(validate.errors ?? []) });
    }
    return faults;
  };
}

function told(errors: readonly { readonly instancePath: string; readonly message?: string | undefined }[]): string {
  const lines = errors.slice(0, MAX_TOLD).map(({ instancePath, message }) => `${instancePath || '/'} ${message ?? 'is wrong'}`);
  return lines.join('; ');
}

/** Paths of what a model says: of chats, completions and responses, whole and as streams tell them. */
const ANSWERS =
  /^(?:choices\[\d+\]\.(?:text|(?:message\.)?content(?:\[\d+\]\.text)?)|output\[\d+\]\.content\[\d+\]\.text|response\.output_text .*)$/;

function isAnswerText(path: string): boolean {
  return ANSWERS.test(path);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

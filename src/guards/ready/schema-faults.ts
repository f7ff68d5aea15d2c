import type { Ajv2020 } from 'ajv/dist/2020.js';
import type { GuardContent, GuardContext } from '../../core/guard.ts';
import { Part } from '../../core/part.ts';
import { ConfigurationError } from '../../errors/configuration-error.ts';
import { schemaOf } from '../content/readable.ts';
import { boundedCheck, type SchemaCheck } from './bounded-check.ts';
import { linearPatterns } from './linear-patterns.ts';
import { SCHEMA_OPTIONS, UNCHECKED } from './schema-problem.ts';

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

/** Schemas of calls that are kept compiled, and their length together, in characters. */
const MAX_COMPILED = 50;
const MAX_COMPILED_CHARACTERS = 1_000_000;
/** Errors of one text that its model is told. */
const MAX_TOLD = 20;

/** How a guard's own schema is compiled. */
const OWN_OPTIONS = {
  ...SCHEMA_OPTIONS,
  ...UNCHECKED,
  code: { regExp: linearPatterns(false) },
} as const;

const NO_FAULTS: readonly SchemaFault[] = [];

/** Checks by a schema: the guard's own, or the one that its call asked for. */
export async function schemaFaults(schema: Schema | undefined): Promise<FindFaults> {
  const Validator = await ajv.load();
  const compiled = new Map<string, SchemaCheck>();
  let characters = 0;
  const compile = (wanted: Schema) => {
    const key = JSON.stringify(wanted);
    const known = compiled.get(key);
    if (known !== undefined) return known;
    characters += key.length;
    if (compiled.size >= MAX_COMPILED || characters > MAX_COMPILED_CHARACTERS) {
      compiled.clear();
      characters = key.length;
    }
    // One that is checked later would say of every answer that it is right.
    const { $async: _, ...plain } = wanted;
    // One validator for each schema: nothing that one names is known to another, and it goes with what was compiled by it.
    const check = schema === undefined ? boundedCheck(Validator, plain) : ownCheck(Validator, plain);
    compiled.set(key, check);
    return check;
  };
  return ({ parts }, context) => {
    const wanted = schema ?? schemaOf(context);
    if (wanted === undefined) return NO_FAULTS;
    const check = compile(wanted);
    const faults: SchemaFault[] = [];
    for (const [part, { kind, text, path }] of parts.entries()) {
      if (kind !== 'text' || !isAnswerText(path)) continue;
      const value = parsed(text);
      if (value === undefined) faults.push({ kind: 'no-json', part, text, reason: 'it is no JSON' });
      else {
        const errors = check(value);
        if (errors !== undefined) faults.push({ kind: 'schema', part, text, reason: told(errors) });
      }
    }
    return faults;
  };
}

function ownCheck(Validator: typeof Ajv2020, schema: Schema): SchemaCheck {
  const validate = new Validator(OWN_OPTIONS).compile(schema);
  return (value) => (validate(value) === true ? undefined : (validate.errors ?? []));
}

function told(errors: NonNullable<ReturnType<SchemaCheck>>): string {
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

import type { Ajv2020 } from 'ajv/dist/2020.js';
import { linearPatterns, type PatternEngine } from './linear-patterns.ts';
import { SCHEMA_OPTIONS, UNCHECKED } from './schema-problem.ts';

/** Objects in a schema: compiling takes some 50 µs for each. OpenAI took 100 properties at first, 5000 since. */
const MOST_OBJECTS = 1_000;
/** References that are followed for one text: a few of them, each to several others, are more than any computer can follow. */
const MOST_STEPS = 20_000;

const MOST_PATTERNS = 20;

/** What is wrong with a value; undefined if it keeps to the schema. */
export type SchemaCheck = (
  value: unknown,
) => readonly { readonly instancePath: string; readonly message?: string | undefined }[] | undefined;

/** Stands beside each reference, inherited, so that no value that only looks like a reference is changed by it. */
const STEP = 'tollgate-step';
const BESIDE_REFERENCE = { [STEP]: true };

/**
 * A check by a schema that a caller wrote. Throws if it is too large to be compiled while others wait; the check throws if
 * it takes too many steps. The first fault alone is told, as each value of a long list may have one.
 */
export function boundedCheck(Validator: typeof Ajv2020, schema: Readonly<Record<string, unknown>>): SchemaCheck {
  const validator = new Validator({
    ...SCHEMA_OPTIONS,
    ...UNCHECKED,
    allErrors: false,
    inlineRefs: false,
    code: { regExp: fewPatterns(), optimize: false },
  });
  let steps = 0;
  const step = () => {
    steps += 1;
    if (steps > MOST_STEPS) throw new RangeError('the schema takes too many steps');
    return true;
  };
  validator.addKeyword({ keyword: STEP, before: '$ref', validate: step, errors: false });
  const validate = validator.compile(countedCopy(schema, { left: MOST_OBJECTS }) as object);
  return (value) => {
    steps = 0;
    return validate(value) === true ? undefined : (validate.errors ?? []);
  };
}

/** Each pattern has tables of its own, of some 130 KB. */
function fewPatterns(): PatternEngine {
  const engine = linearPatterns(true);
  let left = MOST_PATTERNS;
  const counted = (source: string, flags: string) => {
    left -= 1;
    if (left < 0) throw new RangeError('the schema has too many patterns');
    return engine(source, flags);
  };
  return Object.assign(counted, { code: engine.code });
}

const PLAIN = { enumerable: true, configurable: true, writable: true } as const;

function countedCopy(value: unknown, objects: { left: number }): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => countedCopy(item, objects));
  objects.left -= 1;
  if (objects.left < 0) throw new RangeError('the schema is too large');
  const isReference = '$ref' in value || '$dynamicRef' in value || '$recursiveRef' in value;
  const copy = Object.create(isReference ? BESIDE_REFERENCE : Object.prototype);
  for (const [name, item] of Object.entries(value)) {
    // Defined, since a property may be called `__proto__`.
    Object.defineProperty(copy, name, { ...PLAIN, value: countedCopy(item, objects) });
  }
  return copy;
}

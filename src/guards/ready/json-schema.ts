import type { GuardContent, GuardContext, GuardFinding } from '../../core/guard.ts';
import { Part } from '../../core/part.ts';
import { schemaOf } from '../content/readable.ts';

/** An optional package, that only who checks schemas has to have. */
const ajv = new Part('ajv', async () => {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  return new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
});

/** Schemas of calls that are kept compiled. */
const MAX_COMPILED = 200;

/** Checks that the text of each answer is JSON and keeps to a schema: the guard's own, or the one that its call asked for. */
export async function jsonSchemaCheck(
  schema: Readonly<Record<string, unknown>> | undefined,
): Promise<(content: GuardContent, context: GuardContext) => readonly GuardFinding[]> {
  const validator = await ajv.load();
  const compiled = new Map<string, ReturnType<typeof validator.compile>>();
  const compile = (wanted: Readonly<Record<string, unknown>>) => {
    const key = JSON.stringify(wanted);
    let validate = compiled.get(key);
    if (validate === undefined) {
      if (compiled.size >= MAX_COMPILED) compiled.clear();
      validate = validator.compile(wanted);
      // The validator keeps every schema it has seen; what is dropped here is to be dropped there.
      validator.removeSchema(wanted);
      compiled.set(key, validate);
    }
    return validate;
  };
  return ({ parts }, context) => {
    const wanted = schema ?? schemaOf(context);
    if (wanted === undefined) return [];
    const validate = compile(wanted);
    const found: GuardFinding[] = [];
    for (const [part, { kind, text, path }] of parts.entries()) {
      if (kind !== 'text' || !isAnswerText(path)) continue;
      const value = parsed(text);
      if (value === undefined) found.push({ kind: 'no-json', part });
      else if (!validate(value)) found.push({ kind: 'schema', part });
    }
    return found;
  };
}

function isAnswerText(path: string): boolean {
  return !/refusal|transcript|output_text$/.test(path);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

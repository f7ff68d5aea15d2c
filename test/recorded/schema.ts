import { readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { fixturesDirectory } from '../support/fixtures.ts';

const document = JSON.parse(readFileSync(new URL('../openai-schemas/openai.schema.json', fixturesDirectory), 'utf8')) as {
  $id: string;
};
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(document);

/** Where answers depart from OpenAI's published schema and why that is left as it is. */
const DEVIATIONS: readonly { readonly path: RegExp; readonly value: unknown; readonly reason: string }[] = [
  { path: /^\/system_fingerprint$/, value: null, reason: 'OpenAI itself sends null where the schema says string' },
  {
    path: /^\/choices\/\d+\/finish_reason$/,
    value: null,
    reason: 'OpenAI streams legacy completions with null until the end; the schema describes whole ones only',
  },
];

/** What in a value offends a definition of OpenAI's schema, known deviations left out. */
export function schemaProblems(definition: string, value: unknown): string[] {
  const validate = ajv.getSchema(`${document.$id}#/$defs/${definition}`);
  if (validate === undefined) throw new Error(`no definition ${definition}`);
  if (validate(value)) return [];
  return (validate.errors ?? [])
    .filter((error) => !isKnown(error, value))
    .map(({ instancePath, message }) => `schema ${definition}: ${instancePath} ${message}`);
}

function isKnown({ instancePath }: ErrorObject, value: unknown): boolean {
  const steps = instancePath.split('/').slice(1);
  const found = steps.reduce<unknown>((holder, step) => (holder as Record<string, unknown>)[step], value);
  return DEVIATIONS.some((known) => known.path.test(instancePath) && found === known.value);
}

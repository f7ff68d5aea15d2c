import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fixturesDirectory } from '../../support/fixtures.ts';

const document = JSON.parse(readFileSync(new URL('../openai-schemas/openai.schema.json', fixturesDirectory), 'utf8')) as {
  $id: string;
};
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(document);

/** What in a value offends a definition of OpenAI's schema; empty if nothing does. */
export function schemaProblems(definition: string, value: unknown): string[] {
  const validate = ajv.getSchema(`${document.$id}#/$defs/${definition}`);
  if (validate === undefined) throw new Error(`no definition ${definition}`);
  return validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

// Written by `npm run generate` from the files beside it.
import { jsonSchema } from './json-schema.ts';
import { model } from './model.ts';
import { pattern } from './pattern.ts';
import { personalData } from './personal-data.ts';
import { secrets } from './secrets.ts';
import { size } from './size.ts';

/** The guards that a configuration has by their `use`. */
export const guardTypes = [jsonSchema, model, pattern, personalData, secrets, size] as const;

/** How the configuration of each is checked. */
export const guardSchemas = [
  jsonSchema.schema,
  model.schema,
  pattern.schema,
  personalData.schema,
  secrets.schema,
  size.schema,
] as const;

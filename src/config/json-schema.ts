import { z } from 'zod';
import { configSchema } from './schema.ts';

/** The configuration's JSON Schema (draft 2020-12), without the options that only code can give. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...generated } = z.toJSONSchema(configSchema, {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      if (zodSchema._zod.def.type === 'custom') jsonSchema.not = {};
      delete jsonSchema.readOnly;
    },
  });
  return { $schema, title: 'Tollgate configuration', ...forFiles(generated) };
}

/**
 * A generated schema as it applies to files: without the alternatives and properties that nothing in JSON can satisfy,
 * and with placeholders allowed wherever a text has a pattern.
 */
function forFiles(schema: object): object {
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, forFilesAt(key, value)]));
}

function forFilesAt(key: string, value: unknown): unknown {
  if (key === 'propertyNames') return value;
  if (key === 'pattern' && typeof value === 'string') return `${value}|${PLACEHOLDER}`;
  if (Array.isArray(value)) return value.filter((item) => !isImpossible(item)).map((item) => forFilesAt('', item));
  if (typeof value !== 'object' || value === null) return value;
  if (key !== 'properties') return forFiles(value);
  const possible = Object.entries(value).filter(([, property]) => !isImpossible(property));
  return Object.fromEntries(possible.map(([name, property]) => [name, forFilesAt('', property)]));
}

const PLACEHOLDER = '\\$\\{[A-Za-z_]';

/** Whether only values that JSON cannot hold would do: functions and class instances, and what must contain them. */
function isImpossible(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  if ('not' in schema || ('items' in schema && isImpossible(schema.items))) return true;
  if (!('required' in schema && 'properties' in schema)) return false;
  const { required, properties } = schema;
  if (!Array.isArray(required) || typeof properties !== 'object' || properties === null) return false;
  return required.some((name) => isImpossible(Reflect.get(properties, name)));
}

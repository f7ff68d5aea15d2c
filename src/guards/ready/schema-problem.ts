import type { Ajv2020 } from 'ajv/dist/2020.js';

/** How schemas of answers are read: draft 2020-12, unknown keywords and formats left aside. */
export const SCHEMA_OPTIONS = { strict: false, allErrors: true, validateFormats: false } as const;

/** A schema is taken as it is. */
export const UNCHECKED = { meta: false, validateSchema: false, logger: false } as const;

/** What is wrong with a schema, and where in it. */
export interface SchemaProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** Why answers could not be checked by a schema; undefined if they can, or if the package that checks them is not there. */
export function schemaProblem(schema: Readonly<Record<string, unknown>>): SchemaProblem | undefined {
  if (schema.$async !== undefined) return { path: ['$async'], message: 'is not known here' };
  const Validator = loadedNow();
  if (Validator === undefined) return undefined;
  const validator = new Validator({ ...SCHEMA_OPTIONS, logger: false });
  if (validator.validateSchema(schema) !== true) {
    const [error] = validator.errors ?? [];
    return { path: pathOf(error?.instancePath ?? ''), message: error?.message ?? 'is wrong' };
  }
  try {
    validator.compile(schema);
    return undefined;
  } catch (error) {
    return { path: [], message: error instanceof Error ? error.message : 'is wrong' };
  }
}

/** The package, without waiting: configurations are checked at once. */
function loadedNow(): typeof Ajv2020 | undefined {
  try {
    const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);
    return (require('ajv/dist/2020.js') as { readonly Ajv2020: typeof Ajv2020 }).Ajv2020;
  } catch {
    return undefined;
  }
}

/** Of a JSON pointer. */
function pathOf(pointer: string): string[] {
  const names = pointer.split('/').slice(1);
  return names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

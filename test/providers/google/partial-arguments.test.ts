import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PartialArguments } from '../../../src/providers/google/partial-arguments.ts';
import { toOpenApiSchema } from '../../../src/providers/google/schema.ts';
import type { GeminiPartialArgument } from '../../../src/providers/google/wire-types.ts';

type Leaf = string | number | boolean | null;

// Names as a model's schema has them; empty lists and objects send no pieces.
const name = fc.stringMatching(/^[A-Za-z_][\w ]{0,6}$/);
const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
const { tree } = fc.letrec((tie) => ({
  tree: fc.dictionary(name, fc.oneof({ depthSize: 'small' }, leaf, fc.array(leaf, { minLength: 1, maxLength: 3 }), tie('tree')), {
    minKeys: 1,
    maxKeys: 4,
  }),
}));

function piecesOf(value: unknown, path: string): GeminiPartialArgument[] {
  if (Array.isArray(value)) return value.flatMap((child, index) => piecesOf(child, `${path}[${index}]`));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, child]) =>
      piecesOf(child, /^\w+$/.test(key) ? `${path}.${key}` : `${path}['${key}']`),
    );
  }
  return leafPieces(value as Leaf, path);
}

/** A text comes letter by letter, ended by an empty piece. */
function leafPieces(value: Leaf, jsonPath: string): GeminiPartialArgument[] {
  if (typeof value === 'number') return [{ jsonPath, numberValue: value }];
  if (typeof value === 'boolean') return [{ jsonPath, boolValue: value }];
  if (value === null) return [{ jsonPath, nullValue: 'NULL_VALUE' }];
  return [...[...value].map((letter) => ({ jsonPath, stringValue: letter, willContinue: true })), { jsonPath, stringValue: '' }];
}

it('gives any arguments back that were sent in pieces', () => {
  fc.assert(
    fc.property(tree, (value) => {
      const partial = new PartialArguments();
      for (const piece of piecesOf(value, '$')) partial.add([piece]);
      expect(JSON.parse(partial.toJson(true))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

it('ignores paths that name nothing', () => {
  const partial = new PartialArguments();
  partial.add([
    {},
    { jsonPath: '$', stringValue: 'x' },
    { jsonPath: '$.a', numberValue: 1 },
    { jsonPath: '$.a.b', numberValue: 2 },
  ]);
  expect(partial.toJson(true)).toBe('{"a":{"b":2}}');
});

it('converts any JSON Schema without throwing, or says that it can not', () => {
  fc.assert(
    fc.property(
      fc.object({ key: fc.constantFrom('type', 'properties', 'items', 'anyOf', 'allOf', '$ref', 'enum', 'required', 'const') }),
      (schema) => {
        expect(['object', 'undefined']).toContain(typeof toOpenApiSchema(schema as Record<string, unknown>));
      },
    ),
  );
});

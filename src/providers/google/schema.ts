import { resolveReference } from '../resolve-reference.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Where a schema stands: a function's parameters, or an answer's form. */
export type SchemaUse = 'call' | 'answer';

/**
 * A JSON Schema in the OpenAPI 3.0 subset of `parameters` and `responseSchema`, for models before Gemini 2.5. References are
 * put in place, null becomes `nullable`; keywords outside the subset are left out, and so are those that say nothing of a
 * type, which the wire refuses beside it ("only allowed for OBJECT type"). Undefined if the subset can't say it: a
 * recursive schema.
 */
export function toOpenApiSchema(schema: Schema, use: SchemaUse = 'call'): Record<string, unknown> | undefined {
  try {
    return convert(schema, { root: schema, open: [], use, left: { schemas: MOST_SCHEMAS } });
  } catch (error) {
    if (error instanceof Inexpressible) return undefined;
    throw error;
  }
}

class Inexpressible extends Error {
  override readonly name = 'Inexpressible';
}

interface Place {
  readonly root: Schema;
  /** References that are being put in place, outermost first. */
  readonly open: readonly string[];
  readonly use: SchemaUse;
  /** How many more there may be, of the whole. */
  readonly left: { schemas: number };
}

// Deeper than any tool's parameters; a schema beyond it is refused rather than walked.
const DEEPEST = 64;
// References are put in place wherever they stand: a few that lead to each other twice would be millions.
const MOST_SCHEMAS = 5_000;

// What says something of values of a type; all else is left out beside it.
const KEYWORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['OBJECT', ['minProperties', 'maxProperties', 'propertyOrdering']],
  ['ARRAY', ['minItems', 'maxItems']],
  ['STRING', ['minLength', 'maxLength', 'pattern']],
  ['INTEGER', ['minimum', 'maximum', 'format']],
  ['NUMBER', ['minimum', 'maximum', 'format']],
]);

type Child = (value: unknown) => Record<string, unknown>;

function convert(given: Schema, outer: Place, depth = 0): Record<string, unknown> {
  outer.left.schemas -= 1;
  if (depth > DEEPEST || outer.left.schemas < 0) throw new Inexpressible('a schema nested too deep, or of too many parts');
  const { schema, place } = resolved(given, outer);
  const child: Child = (value) => convert(isSchema(value) ? value : {}, place, depth + 1);
  const types = typesOf(schema);
  const named = types.filter((type) => type !== 'NULL');
  const converted: Record<string, unknown> = {};
  for (const keyword of ['description', 'nullable']) if (schema[keyword] !== undefined) converted[keyword] = schema[keyword];
  if (types.length > named.length || valuesOf(schema).includes(null)) converted.nullable = true;
  const [only] = named;
  if (named.length === 1 && only !== undefined) Object.assign(converted, ofType(only, schema, child, place.use));
  else if (named.length > 1) converted.anyOf = named.map((type) => ofType(type, schema, child, place.use));
  addAlternatives(converted, schema, child);
  return converted;
}

/** The types that a schema names, else the one that its keywords or values are of. */
function typesOf(schema: Schema): string[] {
  const types = typeof schema.type === 'string' ? [schema.type] : stringsOf(schema.type);
  if (types.length > 0) return types.map((type) => type.toUpperCase());
  const values = valuesOf(schema).filter((value) => value !== null);
  if (values.length > 0 && values.every((value) => typeof value === 'string')) return ['STRING'];
  if (values.length > 0 && values.every(Number.isInteger)) return ['INTEGER'];
  return isSchema(schema.properties) ? ['OBJECT'] : [];
}

function valuesOf(schema: Schema): readonly unknown[] {
  if (schema.const !== undefined) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : [];
}

/** What a schema says of values of one type. */
function ofType(type: string, schema: Schema, child: Child, use: SchemaUse): Record<string, unknown> {
  const converted: Record<string, unknown> = { type };
  for (const keyword of KEYWORDS.get(type) ?? []) if (schema[keyword] !== undefined) converted[keyword] = schema[keyword];
  if (type === 'OBJECT') addProperties(converted, schema, child);
  if (type === 'ARRAY') converted.items = isSchema(schema.items) ? child(schema.items) : { type: 'STRING' };
  if (type === 'STRING' && schema.format === 'date-time') converted.format = schema.format;
  const values = valuesSayable(type, schema, use);
  return values.length > 0 ? { ...converted, format: 'enum', enum: values } : converted;
}

/**
 * The values of a type as the wire's `enum`, which holds strings: of strings, and in answers of integers too
 * (`{type: INTEGER, format: enum, enum: ["101", "201"]}`, reference of `Schema`); among parameters those are refused.
 */
function valuesSayable(type: string, schema: Schema, use: SchemaUse): string[] {
  // "enum[0]: cannot be empty".
  if (type === 'STRING') return stringsOf(valuesOf(schema)).filter((value) => value !== '');
  if (type !== 'INTEGER' || use === 'call') return [];
  return valuesOf(schema).filter(Number.isInteger).map(String);
}

function addProperties(converted: Record<string, unknown>, schema: Schema, child: Child): void {
  if (!isSchema(schema.properties)) return;
  const names = Object.keys(schema.properties);
  if (names.length === 0) return;
  const { properties } = schema;
  converted.properties = Object.fromEntries(names.map((name) => [name, child(properties[name])]));
  const required = stringsOf(schema.required).filter((name) => Object.hasOwn(properties, name));
  if (required.length > 0) converted.required = required;
}

function resolved(schema: Schema, place: Place): { schema: Schema; place: Place } {
  const reference = schema.$ref;
  const parts = Array.isArray(schema.allOf) ? schema.allOf.filter(isSchema) : [];
  if (typeof reference !== 'string') return { schema: parts.length > 0 ? mergedParts(schema, parts, place) : schema, place };
  if (place.open.includes(reference)) throw new Inexpressible('a recursive schema');
  const target = resolveReference(place.root, reference);
  if (target === undefined) throw new Inexpressible('a reference to outside of the schema');
  const { $ref: _, ...beside } = schema;
  return resolved({ ...target, ...beside }, { ...place, open: [...place.open, reference] });
}

function mergedParts(schema: Schema, parts: readonly Schema[], place: Place): Schema {
  const merged: Record<string, unknown> = { ...schema };
  for (const part of parts) {
    const { schema: whole } = resolved(part, place);
    const properties = { ...objectOf(merged.properties), ...objectOf(whole.properties) };
    const required = [...stringsOf(merged.required), ...stringsOf(whole.required)];
    Object.assign(merged, whole, Object.keys(properties).length > 0 ? { properties, required } : {});
  }
  return merged;
}

function addAlternatives(converted: Record<string, unknown>, schema: Schema, child: Child): void {
  const all = [schema.anyOf, schema.oneOf].find(Array.isArray)?.filter(isSchema) ?? [];
  const alternatives = all.filter((alternative) => alternative.type !== 'null');
  if (alternatives.length < all.length) converted.nullable = true;
  if (alternatives.length === 1) Object.assign(converted, child(alternatives[0]));
  else if (alternatives.length > 1) converted.anyOf = alternatives.map(child);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectOf(value: unknown): Schema {
  return isSchema(value) ? value : {};
}

function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

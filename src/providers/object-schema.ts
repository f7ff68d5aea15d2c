import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../core/json.ts';
import { resolveReference } from './resolve-reference.ts';

type Schema = Readonly<Record<string, unknown>>;
export type ObjectSchema = { type: 'object' } & Record<string, unknown>;

/**
 * The parameters of a function as a schema that says at its top that it is of an object, and nothing else: Anthropic refuses
 * more ("input_schema does not support oneOf, allOf, or anyOf at the top level"), and so do Claude and Nova on Bedrock.
 * Alternatives and references there become properties of one object, which takes what any of them takes; its description
 * says what goes together. The same schema if it is of that form.
 */
export function toObjectSchema(schema: Schema): ObjectSchema {
  if (!PARTS.some((keyword) => schema[keyword] !== undefined)) {
    return isOfObject(schema) ? schema : { properties: {}, ...schema, type: 'object' };
  }
  const known = joinedSchemas.get(schema);
  if (known) return known;
  const joined = withPartsNamed(join(schema), schema);
  joinedSchemas.set(schema, joined);
  return joined;
}

const PARTS = ['anyOf', 'oneOf', 'allOf', '$ref'] as const;
const joinedSchemas = new WeakMap<Schema, ObjectSchema>();

function isOfObject(schema: Schema): schema is ObjectSchema {
  return schema.type === 'object';
}

/** What a schema of an object asks for, its parts included. */
interface Fields {
  readonly properties: Map<string, unknown>;
  readonly required: Set<unknown>;
  /** Names of the properties of each alternative. */
  readonly sets: string[][];
}

function join(schema: Schema): ObjectSchema {
  const { properties, required, sets } = fieldsOf(schema, schema, new Map());
  const { anyOf: _anyOf, oneOf: _oneOf, allOf: _allOf, $ref: _ref, required: _required, ...own } = schema;
  const joined: ObjectSchema = { ...own, type: 'object', properties: Object.fromEntries(properties) };
  if (required.size > 0) joined.required = [...required];
  if (sets.length > 1) joined.description = describe(schema.description, sets);
  return joined;
}

/** References to a part that stood at the top, as generators make them for what two parts share, lead to it among `$defs`. */
function withPartsNamed(joined: ObjectSchema, schema: Schema): ObjectSchema {
  const named: Record<string, unknown> = {};
  const renamed = (reference: string) =>
    reference.replace(PART_AT_TOP, (whole, keyword: string, place: string) => {
      const part = listOf(schema[keyword])[Number(place)];
      if (part === undefined) return whole;
      named[`${keyword}_${place}`] = part;
      return `#/$defs/${keyword}_${place}`;
    });
  const rename = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (key, own: unknown) => (key === '$ref' && typeof own === 'string' ? renamed(own) : own)));
  const own = rename(joined) as ObjectSchema;
  let parts: object = {};
  // Parts may refer to further parts.
  while (Object.keys(parts).length < Object.keys(named).length) parts = rename({ ...named }) as object;
  if (Object.keys(parts).length === 0) return joined;
  return { ...own, $defs: { ...(isRecord(own.$defs) ? own.$defs : undefined), ...parts } };
}

const PART_AT_TOP = /^#\/(anyOf|oneOf|allOf)\/(\d{1,4})/;

function describe(description: unknown, sets: readonly string[][]): string {
  const hint = `Properties that go together: ${sets.map((names) => names.join(', ')).join(' | ')}`;
  return typeof description === 'string' ? `${description}\n\n${hint}` : hint;
}

/** `read`: the fields of references that were met, each once however many lead there. */
function fieldsOf(schema: unknown, root: Schema, read: Map<string, Fields>): Fields {
  const fields: Fields = { properties: new Map(), required: new Set(), sets: [] };
  if (!isRecord(schema)) return fields;
  if (isRecord(schema.properties)) for (const [name, own] of Object.entries(schema.properties)) fields.properties.set(name, own);
  if (Array.isArray(schema.required)) for (const name of schema.required) fields.required.add(name);
  if (typeof schema.$ref === 'string') addAll(fields, fieldsNamed(schema.$ref, root, read));
  for (const part of listOf(schema.allOf)) addAll(fields, fieldsOf(part, root, read));
  for (const alternatives of [listOf(schema.anyOf), listOf(schema.oneOf)])
    addOneOf(
      fields,
      alternatives.map((alternative) => fieldsOf(alternative, root, read)),
    );
  return fields;
}

/** Of what leads back to itself, what is known so far: the rest is of the same object. */
function fieldsNamed(reference: string, root: Schema, read: Map<string, Fields>): Fields {
  const known = read.get(reference);
  if (known) return known;
  const fields: Fields = { properties: new Map(), required: new Set(), sets: [] };
  read.set(reference, fields);
  addAll(fields, fieldsOf(resolveReference(root, reference), root, read));
  return fields;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Adds what holds in any case. */
function addAll(fields: Fields, { properties, required, sets }: Fields): void {
  for (const [name, schema] of properties) addProperty(fields.properties, name, schema, 'allOf');
  for (const name of required) fields.required.add(name);
  fields.sets.push(...sets);
}

/** Adds alternatives: only what each of them requires is required. */
function addOneOf(fields: Fields, alternatives: readonly Fields[]): void {
  const together: Fields = { properties: new Map(), required: new Set(), sets: [] };
  for (const { properties, required } of alternatives) {
    for (const [name, schema] of properties) addProperty(together.properties, name, schema, 'anyOf');
    for (const name of required) if (alternatives.every((other) => other.required.has(name))) together.required.add(name);
    const names = new Set([...properties.keys(), ...required].map(String));
    if (names.size > 0) together.sets.push([...names]);
  }
  addAll(fields, together);
}

/** A property that two parts describe is both, or either. */
function addProperty(properties: Map<string, unknown>, name: string, schema: unknown, how: 'allOf' | 'anyOf'): void {
  const before = properties.get(name);
  if (before === undefined) properties.set(name, schema);
  else if (!isDeepStrictEqual(before, schema)) properties.set(name, { [how]: [...variantsOf(before, how), schema] });
}

function variantsOf(schema: unknown, how: 'allOf' | 'anyOf'): readonly unknown[] {
  const isOfVariants = isRecord(schema) && Object.keys(schema).length === 1 && Array.isArray(schema[how]);
  return isOfVariants ? (schema[how] as unknown[]) : [schema];
}

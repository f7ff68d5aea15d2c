type Schema = Readonly<Record<string, unknown>>;

/**
 * A JSON Schema in the OpenAPI 3.0 subset of `parameters` and `responseSchema`, for models before Gemini 2.5.
 * References are put in place, null becomes `nullable`, keywords outside the subset are left out.
 * Undefined where the subset can't say it: a recursive schema.
 */
export function toOpenApiSchema(schema: Schema): Record<string, unknown> | undefined {
  try {
    return convert(schema, { root: schema, open: [] });
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
}

// Deeper than any tool's parameters; a schema beyond it is refused rather than walked.
const DEEPEST = 64;

const KEPT_KEYWORDS = [
  'description',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'pattern',
  'nullable',
  'propertyOrdering',
] as const;

function convert(given: Schema, outer: Place, depth = 0): Record<string, unknown> {
  if (depth > DEEPEST) throw new Inexpressible('a schema nested too deep');
  const { schema, place } = resolved(given, outer);
  const converted: Record<string, unknown> = {};
  for (const keyword of KEPT_KEYWORDS) if (schema[keyword] !== undefined) converted[keyword] = schema[keyword];
  addType(converted, schema);
  addValues(converted, schema);
  const child = (value: unknown) => convert(isSchema(value) ? value : {}, place, depth + 1);
  addObject(converted, schema, child);
  if (converted.type === 'ARRAY') converted.items = isSchema(schema.items) ? child(schema.items) : { type: 'STRING' };
  addAlternatives(converted, schema, child);
  return converted;
}

function resolved(schema: Schema, place: Place): { schema: Schema; place: Place } {
  const reference = schema.$ref;
  const parts = Array.isArray(schema.allOf) ? schema.allOf.filter(isSchema) : [];
  if (typeof reference !== 'string') return { schema: parts.length > 0 ? mergedParts(schema, parts, place) : schema, place };
  if (place.open.includes(reference)) throw new Inexpressible('a recursive schema');
  const target = lookUp(place.root, reference);
  const { $ref: _, ...beside } = schema;
  return resolved({ ...target, ...beside }, { root: place.root, open: [...place.open, reference] });
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

function lookUp(root: Schema, reference: string): Schema {
  let value: unknown = root;
  for (const step of reference.replace(/^#\/?/, '').split('/')) {
    if (step === '') continue;
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    value = isSchema(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  if (!isSchema(value)) throw new Inexpressible('a reference to outside of the schema');
  return value;
}

function addType(converted: Record<string, unknown>, schema: Schema): void {
  const types = typeof schema.type === 'string' ? [schema.type] : stringsOf(schema.type);
  if (types.includes('null')) converted.nullable = true;
  const named = types.filter((type) => type !== 'null').map((type) => type.toUpperCase());
  if (named.length === 1) converted.type = named[0];
  else if (named.length > 1) converted.anyOf = named.map((type) => ({ type }));
  else if (isSchema(schema.properties)) converted.type = 'OBJECT';
}

function addValues(converted: Record<string, unknown>, schema: Schema): void {
  const values = schema.const !== undefined ? [schema.const] : Array.isArray(schema.enum) ? schema.enum : [];
  const texts = stringsOf(values);
  if (values.includes(null)) converted.nullable = true;
  if (texts.length > 0 && texts.length === values.filter((value) => value !== null).length) {
    Object.assign(converted, { type: 'STRING', format: 'enum', enum: texts });
  } else if (schema.format !== undefined && (converted.type !== 'STRING' || schema.format === 'date-time')) {
    converted.format = schema.format;
  }
}

function addObject(converted: Record<string, unknown>, schema: Schema, child: (value: unknown) => unknown): void {
  if (!isSchema(schema.properties)) return;
  const names = Object.keys(schema.properties);
  if (names.length === 0) return;
  const { properties } = schema;
  converted.properties = Object.fromEntries(names.map((name) => [name, child(properties[name])]));
  const required = stringsOf(schema.required).filter((name) => Object.hasOwn(properties, name));
  if (required.length > 0) converted.required = required;
}

function addAlternatives(converted: Record<string, unknown>, schema: Schema, child: (value: unknown) => unknown): void {
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

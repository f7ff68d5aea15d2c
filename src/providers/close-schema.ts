import { resolveReference } from './resolve-reference.ts';

type Schema = Record<string, unknown>;

/**
 * A JSON schema as Anthropic's and Bedrock's structured output takes it, for answers and for strict tools: every object
 * closed, keywords that are refused there (limits of numbers, lengths and lists, patterns, unknown formats) moved into the
 * description. Undefined if the schema cannot be closed without changing what it allows, or cannot be said there at all: maps,
 * tuples, objects of several parts, recursion, references to elsewhere, values that are objects, anything without a type.
 * Computed once per schema object. Sources: "JSON Schema limitations" of Anthropic's guide to
 * structured outputs; "Get validated JSON results from models" of Bedrock's user guide.
 */
export function closeSchema(schema: Schema): Schema | undefined {
  if (closedSchemas.has(schema)) return closedSchemas.get(schema);
  const closed = isRecursive(schema) ? undefined : close(schema);
  const isWhole = closed !== undefined && holdsItsReferences(closed);
  closedSchemas.set(schema, isWhole ? closed : undefined);
  return isWhole ? closed : undefined;
}

const closedSchemas = new WeakMap<Schema, Schema | undefined>();

const DEEPEST_SCHEMA = 64;
const KEPT = ['type', 'title', 'enum', 'const', 'required', '$ref'] as const;
const STRING_FORMATS: ReadonlySet<unknown> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);
const HANDLED: ReadonlySet<string> = new Set<string>([
  ...KEPT,
  'description',
  'properties',
  'additionalProperties',
  'items',
  'anyOf',
  'oneOf',
  'allOf',
  '$defs',
  'definitions',
  '$schema',
]);

function close(given: unknown, depth = 0): Schema | undefined {
  if (!isSchema(given) || depth > DEEPEST_SCHEMA) return undefined;
  const schema = ofOnePart(given);
  if (valuesOf(schema).some(isComplex)) return undefined;
  const closed: Schema = {};
  for (const keyword of KEPT) if (schema[keyword] !== undefined) closed[keyword] = schema[keyword];
  if (!closeChildren(schema, closed, depth + 1)) return undefined;
  if (describesObject(schema)) {
    if (!isClosable(schema)) return undefined;
    closed.additionalProperties = false;
  } else if (!SAYS_WHAT_IT_IS.some((keyword) => schema[keyword] !== undefined)) {
    return undefined;
  }
  const description = describe(schema, closed);
  if (description) closed.description = description;
  // The caller's own object if nothing had to change, so that it goes out as it was written.
  return isSame(schema, closed) ? schema : closed;
}

/** A schema of a single part, as some generators wrap a reference to add a description, is that part. */
function ofOnePart(schema: Schema): Schema {
  const { allOf, ...own } = schema;
  const part: unknown = Array.isArray(allOf) && allOf.length === 1 ? allOf[0] : undefined;
  if (!isSchema(part)) return schema;
  const isClear = Object.keys(part).every((name) => own[name] === undefined || name === 'description' || name === 'title');
  return isClear ? { ...part, ...own } : schema;
}

function valuesOf(schema: Schema): readonly unknown[] {
  return Array.isArray(schema.enum) ? [...schema.enum, schema.const] : [schema.const];
}

function isComplex(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Whether nothing but its own properties makes an object valid: closing would shut out what other parts of it allow. */
function isClosable(schema: Schema): boolean {
  const { additionalProperties, properties, required } = schema;
  if (additionalProperties !== undefined && additionalProperties !== false) return false;
  if (PARTS.some((keyword) => schema[keyword] !== undefined) || !isSchema(properties)) return false;
  return !Array.isArray(required) || required.every((name) => Object.hasOwn(properties, name));
}

const PARTS = ['anyOf', 'oneOf', 'allOf', '$ref'] as const;

function isSame(schema: Schema, closed: Schema): boolean {
  const names = Object.keys(closed);
  if (names.length !== Object.keys(schema).length) return false;
  return names.every((name) => schema[name] === closed[name] || holdsTheSame(schema[name], closed[name]));
}

/** Lists and maps of schemas are made anew; what they hold is not. */
function holdsTheSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) return false;
  const entries = Object.entries(other);
  return entries.length === Object.keys(one).length && entries.every(([name, value]) => Reflect.get(one, name) === value);
}

const SAYS_WHAT_IT_IS = ['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', '$ref'] as const;

function describesObject(schema: Schema): boolean {
  const { type } = schema;
  return type === 'object' || (Array.isArray(type) && type.includes('object'));
}

/** False if a child cannot be closed. */
function closeChildren(schema: Schema, closed: Schema, depth: number): boolean {
  for (const keyword of ['properties', '$defs', 'definitions'] as const) {
    const named = schema[keyword];
    if (!isSchema(named)) continue;
    const entries = Object.entries(named).map(([name, child]) => [name, close(child, depth)] as const);
    if (entries.some(([, child]) => child === undefined)) return false;
    closed[keyword] = Object.fromEntries(entries);
  }
  for (const keyword of ['anyOf', 'oneOf', 'allOf'] as const) {
    const variants = schema[keyword];
    if (!Array.isArray(variants)) continue;
    const children = variants.map((variant) => close(variant, depth));
    if (children.includes(undefined)) return false;
    // Closed one by one, the parts would shut each other out; references among them are refused.
    if (keyword === 'allOf' && children.some((child) => child?.$ref !== undefined || child?.properties !== undefined))
      return false;
    closed[keyword === 'oneOf' ? 'anyOf' : keyword] = children;
  }
  if (schema.prefixItems !== undefined) return false;
  if (schema.items === undefined) return true;
  const items = close(schema.items, depth);
  closed.items = items;
  return items !== undefined;
}

/** The description with what the model should keep to although nothing enforces it. */
function describe(schema: Schema, closed: Schema): string | undefined {
  const hints: string[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (HANDLED.has(keyword)) continue;
    if ((keyword === 'format' && STRING_FORMATS.has(value)) || (keyword === 'minItems' && (value === 0 || value === 1))) {
      closed[keyword] = value;
    } else {
      hints.push(`${keyword}: ${JSON.stringify(value)}`);
    }
  }
  const description = typeof schema.description === 'string' ? schema.description : undefined;
  if (hints.length === 0) return description;
  const hint = `{${hints.join(', ')}}`;
  return description === undefined ? hint : `${description}\n\n${hint}`;
}

/** True if following `$ref`s inside the schema leads back to where one came from. */
function isRecursive(root: Schema): boolean {
  const open = new Set<unknown>();
  const done = new Set<unknown>();
  const visit = (node: unknown): boolean => {
    if (typeof node !== 'object' || node === null || done.has(node)) return false;
    if (open.has(node)) return true;
    open.add(node);
    const target = '$ref' in node && typeof node.$ref === 'string' ? resolveReference(root, node.$ref) : undefined;
    const recursive = (target !== undefined && visit(target)) || Object.values(node).some(visit);
    open.delete(node);
    done.add(node);
    return recursive;
  };
  return visit(root);
}

/** Whether every reference leads to a place inside the schema, also after it was closed. */
function holdsItsReferences(root: Schema): boolean {
  const leads = (node: unknown): boolean => {
    if (typeof node !== 'object' || node === null) return true;
    const reference = '$ref' in node ? node.$ref : undefined;
    if (typeof reference === 'string' && resolveReference(root, reference) === undefined) return false;
    return Object.values(node).every(leads);
  };
  return leads(root);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

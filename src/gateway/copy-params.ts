import type { Params } from '../core/params.ts';
import { InvalidParamsError } from '../errors/invalid-params-error.ts';

// Deeper than any schema or tool argument in use; what nests deeper cannot be serialised safely.
const DEEPEST = 128;

/**
 * The caller's params as plain data of our own: checked to be JSON, lone surrogates made well formed, counts checked.
 * Strings are shared, not copied. Throws `InvalidParamsError` with the path, before anything is reserved or sent.
 */
export function copyParams(body: unknown): Params {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new InvalidParamsError('body', 'expected an object');
  const params = copyObject(body, '', 0);
  checkCounts(params);
  return params;
}

function copyValue(value: unknown, path: string, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? value : value.toWellFormed();
    case 'number':
      if (Number.isFinite(value)) return value;
      throw new InvalidParamsError(path, `expected a finite number, not ${value}`);
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      if (value === null) return null;
      if (depth >= DEEPEST)
        throw new InvalidParamsError(path.slice(0, 200), `expected at most ${DEEPEST} levels of nesting, and no circle`);
      return Array.isArray(value) ? copyArray(value, path, depth + 1) : copyObject(value, path, depth + 1);
    default:
      throw new InvalidParamsError(path, `expected JSON, not a ${typeof value}`);
  }
}

function copyArray(values: readonly unknown[], path: string, depth: number): unknown[] {
  const copies = new Array<unknown>(values.length);
  for (let index = 0; index < values.length; index += 1) copies[index] = copyItem(values, index, path, depth);
  return copies;
}

function copyItem(values: readonly unknown[], index: number, path: string, depth: number): unknown {
  const value = values[index];
  // Most items are strings and small objects whose path nobody needs: it is built when something is wrong with them.
  if (typeof value === 'string' && value.isWellFormed()) return value;
  return copyValue(value, `${path}[${index}]`, depth);
}

function copyObject(source: object, path: string, depth: number): Record<string, unknown> {
  const prototype = Object.getPrototypeOf(source);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new InvalidParamsError(
      path || 'body',
      `expected a plain object, not a ${prototype.constructor?.name ?? 'class instance'}`,
    );
  }
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(source)) {
    const keyPath = path === '' ? key : `${path}.${key}`;
    const value = copyValue(read(source, key, keyPath), keyPath, depth);
    if (value === undefined) continue;
    if (key === '__proto__') Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true });
    else copy[key] = value;
  }
  return copy;
}

/** A getter of the caller's may throw. */
function read(source: object, key: string, path: string): unknown {
  try {
    return (source as Record<string, unknown>)[key];
  } catch (error) {
    throw new InvalidParamsError(path, `could not be read: ${error instanceof Error ? error.message : 'its getter threw'}`);
  }
}

const COUNTS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'n'];

function checkCounts(params: Record<string, unknown>): void {
  for (const name of COUNTS) {
    const value = params[name];
    if (value === undefined || value === null) continue;
    if (!Number.isSafeInteger(value) || (value as number) < 1)
      throw new InvalidParamsError(name, 'expected a positive whole number');
  }
  const { messages } = params;
  if (messages !== undefined && (!Array.isArray(messages) || messages.length === 0)) {
    throw new InvalidParamsError('messages', 'expected at least one message');
  }
}

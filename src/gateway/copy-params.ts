import { ALL_LIMIT_NAMES } from '../core/output-limit.ts';
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
  let params: Record<string, unknown>;
  try {
    params = copyObject(body, 0);
  } catch (error) {
    throw error instanceof Unfit ? new InvalidParamsError(error.path(), error.problem) : error;
  }
  checkCounts(params);
  return params;
}

/** What is wrong with a value. The path to it comes together on the way out, so that params in order pay nothing for it. */
class Unfit {
  readonly problem: string;
  readonly #steps: (string | number)[] = [];

  constructor(problem: string) {
    this.problem = problem;
  }

  within(step: string | number): this {
    this.#steps.unshift(typeof step === 'string' ? step.slice(0, LONGEST_PATH) : step);
    return this;
  }

  path(): string {
    const [first = 'body', ...others] = this.#steps;
    const rest = others.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`));
    return `${first}${rest.join('')}`.slice(0, LONGEST_PATH);
  }
}

const LONGEST_PATH = 200;

function copyValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? value : value.toWellFormed();
    case 'number':
      if (Number.isFinite(value)) return value;
      throw new Unfit(`expected a finite number, not ${value}`);
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      if (value === null) return null;
      if (depth >= DEEPEST) throw new Unfit(`expected at most ${DEEPEST} levels of nesting, and no circle`);
      return Array.isArray(value) ? copyArray(value, depth + 1) : copyObject(value, depth + 1);
    default:
      throw new Unfit(`expected JSON, not a ${typeof value}`);
  }
}

function copyArray(values: readonly unknown[], depth: number): unknown[] {
  const copies = new Array<unknown>(values.length);
  for (let index = 0; index < values.length; index += 1) copies[index] = copyStep(values, index, depth);
  return copies;
}

function copyObject(source: object, depth: number): Record<string, unknown> {
  const prototype = Object.getPrototypeOf(source);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new Unfit(`expected a plain object, not a ${prototype.constructor?.name ?? 'class instance'}`);
  }
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(source)) {
    const value = copyStep(source, key, depth);
    if (value === undefined) continue;
    if (key === '__proto__') Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true });
    else copy[key] = value;
  }
  return copy;
}

function copyStep(source: object, step: string | number, depth: number): unknown {
  try {
    return copyValue((source as Record<string | number, unknown>)[step], depth);
  } catch (error) {
    if (error instanceof Unfit) throw error.within(step);
    // A getter of the caller's threw.
    throw new Unfit(`could not be read: ${error instanceof Error ? error.message : 'its getter threw'}`).within(step);
  }
}

const COUNTS = [...ALL_LIMIT_NAMES, 'n', 'best_of'];

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

import { ALL_LIMIT_NAMES } from '../../core/output-limit.ts';
import type { Params } from '../../core/params.ts';
import { InvalidParamsError } from '../../errors/invalid-params-error.ts';

// Deeper than any schema or tool argument in use; what nests deeper cannot be serialised safely.
const DEEPEST = 128;

/**
 * A body as plain data of our own: what `JSON.stringify` would make of it, lone surrogates made well formed. Strings are
 * shared, not copied. Throws `InvalidParamsError` with the path, before anything is reserved or sent.
 */
export function copyJson(body: unknown): unknown {
  try {
    return copyValue(body, '', 0);
  } catch (error) {
    throw error instanceof Unfit ? new InvalidParamsError(error.path(), error.problem) : error;
  }
}

/** The params of an operation whose fields are known: an object, its counts checked. Throws `InvalidParamsError`. */
export function copyParams(body: unknown): Params {
  const params = copyJson(body);
  if (!isObject(params)) throw new InvalidParamsError('body', 'expected an object');
  checkCounts(params);
  return params;
}

export function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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

function copyValue(given: unknown, key: string | number, depth: number): unknown {
  const value = isWithToJson(given) ? given.toJSON(String(key)) : given;
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? value : value.toWellFormed();
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      if (depth >= DEEPEST) throw new Unfit(`expected at most ${DEEPEST} levels of nesting, and no circle`);
      return Array.isArray(value) ? copyArray(value, depth + 1) : copyObject(value, depth + 1);
    case 'bigint':
      throw new Unfit('expected JSON, not a bigint');
    default:
      return undefined;
  }
}

/** Functions and bigints may have one too: code that keeps bigints gives their prototype one. */
function isWithToJson(value: unknown): value is { toJSON(key: string): unknown } {
  const kind = typeof value;
  if (kind === 'object' ? value === null : kind !== 'function' && kind !== 'bigint') return false;
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

/** A scalar that goes out as it is written (`JSON.rawJSON` of V8): a number with more digits than a double has. */
function isRawJson(value: object): value is { readonly rawJSON: string } {
  return (JSON as { isRawJSON?: (value: unknown) => boolean }).isRawJSON?.(value) === true;
}

/** As the value itself, if nothing of it is lost. */
function ofRawJson(raw: { readonly rawJSON: string }): unknown {
  const value: unknown = JSON.parse(raw.rawJSON);
  return JSON.stringify(value) === raw.rawJSON ? value : raw;
}

function copyArray(values: readonly unknown[], depth: number): unknown[] {
  const copies = new Array<unknown>(values.length);
  for (let index = 0; index < values.length; index += 1) copies[index] = copyStep(values, index, depth) ?? null;
  return copies;
}

function copyObject(source: object, depth: number): unknown {
  const prototype = Object.getPrototypeOf(source);
  if (prototype !== Object.prototype && prototype !== null && BOXES.some((Box) => source instanceof Box))
    return copyValue(source.valueOf(), '', depth);
  if (prototype === null && isRawJson(source)) return ofRawJson(source);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(source)) {
    const value = copyStep(source, key, depth);
    if (value === undefined) continue;
    if (key === '__proto__') Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true });
    else copy[key] = value;
  }
  return copy;
}

const BOXES = [String, Number, Boolean, BigInt] as const;

function copyStep(source: object, step: string | number, depth: number): unknown {
  try {
    return copyValue((source as Record<string | number, unknown>)[step], step, depth);
  } catch (error) {
    if (error instanceof Unfit) throw error.within(step);
    // A getter or `toJSON` of the caller's threw.
    throw new Unfit(`could not be read: ${error instanceof Error ? error.message : 'its getter threw'}`).within(step);
  }
}

const COUNTS = ['n', 'best_of'];

function checkCounts(params: Params): void {
  for (const name of COUNTS) checkCount(params, name, 1, 'expected a positive whole number');
  // A limit of 0 asks for no output: OpenAI's completions (with `echo`) and Anthropic (to fill its cache) take it.
  for (const name of ALL_LIMIT_NAMES) checkCount(params, name, 0, 'expected a whole number that is not negative');
  const { messages } = params;
  if (messages !== undefined && (!Array.isArray(messages) || messages.length === 0)) {
    throw new InvalidParamsError('messages', 'expected at least one message');
  }
}

function checkCount(params: Params, name: string, least: number, expected: string): void {
  const value = params[name];
  if (value === undefined || value === null) return;
  if (!Number.isSafeInteger(value) || (value as number) < least) throw new InvalidParamsError(name, expected);
}

import type { Redactor } from './redactor.ts';

/** The method of an error of the gateway's own that makes its copy itself, because its further fields are for the caller. */
export const REDACTED: unique symbol = Symbol('tollgate.redacted');

/** An error that makes its own copy without credentials. */
export interface Redactable {
  [REDACTED](redactor: Redactor): Error;
}

/**
 * A copy of an error that holds nothing but texts that passed the redactor, and codes. Clients keep commands, requests,
 * options and sockets on their errors: none of that is copied, and no object of theirs is kept. Never throws.
 */
export function redactedError(error: unknown, redactor: Redactor): unknown {
  return copyOf(error, redactor, 0);
}

/** A copy without any text, for an error that may quote a secret which nobody else knows: its name, codes and place. */
export function untoldError(error: unknown): unknown {
  return copyOf(error, undefined, 0);
}

/** Gives a copy the place of its original in the code. */
export function placedAs<T extends Error>(copy: T, original: object): T {
  return define(copy, 'stack', `${copy.name}: ${copy.message}${framesOf(original)}`);
}

const DEEPEST = 5;
const MOST_ERRORS = 5;
const UNTOLD = 'its text is not told, since it may quote a secret';

/** Fields of Node's errors, of HTTP clients, of the transport, and of SQLite that are codes, numbers or names. */
const FIELDS = [
  ...['code', 'errno', 'syscall', 'hostname', 'address', 'port', 'status', 'statusCode', 'fault', 'reason'],
  ...['errcode', 'errstr'],
];

function copyOf(error: unknown, redactor: Redactor | undefined, depth: number): unknown {
  if (typeof error === 'string') return redactor?.text(error) ?? UNTOLD;
  if (typeof error === 'number' || typeof error === 'boolean' || error === null) return error;
  if (typeof error !== 'object' || depth > DEEPEST) return undefined;
  const own = redactor && ownCopyOf(error, redactor);
  if (own !== undefined) return own;
  const message = textAt(error, 'message');
  if (message === undefined && !(error instanceof Error)) return undefined;
  const copy = new (classOf(error))(redactor?.text(message ?? '') ?? UNTOLD);
  const name = nameOf(error);
  define(copy, 'name', redactor?.text(name) ?? name);
  placedAs(copy, error);
  for (const field of FIELDS) {
    const value = fieldOf(error, field, redactor);
    if (value !== undefined) Object.assign(copy, { [field]: value });
  }
  const cause = read(error, 'cause');
  if (cause !== undefined) define(copy, 'cause', copyOf(cause, redactor, depth + 1));
  const errors = read(error, 'errors');
  if (Array.isArray(errors)) {
    define(
      copy,
      'errors',
      errors.slice(0, MOST_ERRORS).map((one) => copyOf(one, redactor, depth + 1)),
    );
  }
  return copy;
}

/** The language's own classes are kept; a class of somebody else's may print what it hides. */
function classOf(error: object): ErrorConstructor {
  return LANGUAGE.find((Class) => error instanceof Class) ?? Error;
}

const LANGUAGE = [TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError] as const;

/** A subclass of the user's may be in the way of its own copy, which is then made as of any other error. */
function ownCopyOf(error: object, redactor: Redactor): Error | undefined {
  try {
    return REDACTED in error ? (error as Redactable)[REDACTED](redactor) : undefined;
  } catch {
    return undefined;
  }
}

/** The class's name if the error has none of its own. */
function nameOf(error: object): string {
  const name = textAt(error, 'name');
  if (name !== undefined && name !== 'Error') return name;
  const made = read(error, 'constructor');
  return typeof made === 'function' && made !== Object && made.name !== '' ? made.name : 'Error';
}

function fieldOf(error: object, field: string, redactor: Redactor | undefined): string | number | boolean | undefined {
  const value = read(error, field);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  if (redactor !== undefined) return redactor.text(value);
  return SYSTEM_CODE.test(value) ? value : undefined;
}

// `ECONNRESET`, `ERR_INVALID_URL`, `UND_ERR_SOCKET`.
const SYSTEM_CODE = /^[A-Z][A-Z_]{2,40}$/;

/** The lines of a stack that name a place, after the message; none if the message was changed since. */
function framesOf(error: object): string {
  const stack = textAt(error, 'stack') ?? '';
  const message = textAt(error, 'message') ?? '';
  const at = stack.indexOf(message);
  if (at < 0) return '';
  const lines = stack.slice(at + message.length, at + message.length + LONGEST_STACK).split('\n');
  return lines.reduce((frames, line) => (FRAME.test(line) ? `${frames}\n${line}` : frames), '');
}

const LONGEST_STACK = 20_000;
const FRAME = /^ {4}at .{1,400}:\d+:\d+\)?$/;

function textAt(error: object, name: string): string | undefined {
  const value = read(error, name);
  return typeof value === 'string' ? value : undefined;
}

/** A field, whatever its getter does. */
function read(error: object, name: string): unknown {
  try {
    return Reflect.get(error, name);
  } catch {
    return undefined;
  }
}

function define<T extends object>(target: T, name: string, value: unknown): T {
  return Object.defineProperty(target, name, { value, configurable: true, writable: true });
}

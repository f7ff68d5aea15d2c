import type { Operation } from '../core/operation.ts';
import type { Params } from '../core/params.ts';
import { Upload } from '../core/upload.ts';
import { InvalidParamsError } from '../errors/invalid-params-error.ts';
import { copyJson, copyParams, isObject } from './doors/copy-params.ts';

/** The body of a request, by the form in which it came. */
export interface CallBody {
  /** The fields by which it is routed and held against budgets: of an upload, the text fields. */
  readonly params: Params;
  readonly form?: FormData | undefined;
  readonly upload?: Upload | undefined;
  /** As plain data, of a body that is handed through. */
  readonly json?: unknown;
}

/** Reads a body; that of a path which is handed through may be any JSON. Throws `InvalidParamsError`. */
export function toCallBody(body: unknown, operation: Operation): CallBody {
  if (body instanceof FormData) return { params: textFields(body, operation), form: body };
  if (body instanceof Upload) return { params: body.fields, upload: body };
  if (body === undefined || body === null) return NO_BODY;
  if (operation !== 'passthrough') return { params: copyParams(body) };
  const json = copyJson(body);
  return { params: isObject(json) ? json : NO_BODY.params, json };
}

const NO_BODY: CallBody = { params: {} };

function textFields(form: FormData, operation: Operation): Params {
  const params: Record<string, unknown> = {};
  for (const [name, value] of form) if (typeof value === 'string') params[name] = value;
  if (operation === 'passthrough' && form.has('session')) params.session = sessionIn(form);
  return params;
}

/** A call over WebRTC sets its session up by JSON in a field, which names the model: what can't be read may name any. */
function sessionIn(form: FormData): unknown {
  const [text, ...others] = form.getAll('session');
  if (typeof text !== 'string' || others.length > 0 || text.length > LONGEST_SESSION) throw unreadable();
  try {
    return copyJson(JSON.parse(text));
  } catch (error) {
    throw error instanceof SyntaxError ? unreadable() : error;
  }
}

// A prompt and tools; what it may be is read in one go.
const LONGEST_SESSION = 262_144;

function unreadable(): InvalidParamsError {
  return new InvalidParamsError('session', `expected one field of JSON, of at most ${LONGEST_SESSION} characters`);
}

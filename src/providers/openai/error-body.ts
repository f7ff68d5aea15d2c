import { isRecord, type RawRecord } from './wire-types.ts';

/** What an error body says, whichever of the shapes in use it has. */
export interface ErrorFacts {
  readonly code: string | undefined;
  readonly type: string | undefined;
  readonly message: string | undefined;
  readonly param: string | undefined;
  /** Further fields of the error and of the body around it. */
  readonly error: RawRecord;
  readonly body: RawRecord;
}

/**
 * Reads OpenAI's `{ error: { message, type, param, code } }`; xAI's and Ollama's `{ code?, error: text }`; Mistral's and
 * vLLM's flat `{ message, type, param, code }`; FastAPI's `{ detail }`; Google's list around an error.
 */
export function readError(body: unknown): ErrorFacts {
  const outer: unknown = Array.isArray(body) ? body[0] : body;
  if (!isRecord(outer)) return { ...NO_FACTS, message: typeof outer === 'string' ? outer : undefined };
  const { error } = outer;
  const inner = isRecord(error) ? error : outer;
  const message = typeof error === 'string' ? error : (text(inner.message) ?? detail(outer.detail));
  return {
    // Google's route has the name in `status` and the HTTP status in `code`.
    code: text(inner.code) ?? text(outer.code),
    type: text(inner.type) ?? text(inner.status),
    message,
    param: text(inner.param),
    error: inner,
    body: outer,
  };
}

const NO_FACTS: ErrorFacts = { code: undefined, type: undefined, message: undefined, param: undefined, error: {}, body: {} };

function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** FastAPI's validation errors: a text, or a list with the place and a message. */
function detail(value: unknown): string | undefined {
  if (!Array.isArray(value)) return text(value);
  const messages = value.map((item) => {
    if (!isRecord(item)) return String(item);
    const place = Array.isArray(item.loc) ? `${item.loc.join('.')}: ` : '';
    return `${place}${text(item.msg) ?? ''}`;
  });
  return text(messages.join('; '));
}

import { isRecord } from '../../core/json.ts';
import type { Operation } from '../../core/operation.ts';
import type { Params } from '../../core/params.ts';

/** What of a call decides whether guards can read it. */
export interface CallShape {
  readonly operation: Operation;
  readonly params: Params;
  /** Body that goes on as it comes, unread. */
  readonly upload?: unknown;
  readonly passthrough?: { readonly method: string; readonly json?: unknown } | undefined;
  readonly stream: boolean;
}

/** Why the input has no text that could be read, though it has content; undefined if it can be. */
export function unreadableInput({ operation, params, upload, passthrough }: CallShape): string | undefined {
  if (upload !== undefined) return 'a body that is handed through unread';
  if (
    operation === 'passthrough' &&
    passthrough?.json === undefined &&
    passthrough?.method !== 'GET' &&
    passthrough?.method !== 'DELETE'
  ) {
    return 'a body that is no JSON';
  }
  if (hasTokenIds(params.prompt) || hasTokenIds(params.input)) return 'an input of token ids';
  return undefined;
}

/** The same of the answer, as far as the call tells before it is sent. */
export function unreadableOutput({ operation, stream }: CallShape): string | undefined {
  if (operation === 'audio.speech') return 'an answer of sound';
  if (operation === 'passthrough' && stream) return 'a stream that is handed through';
  return undefined;
}

/** Whether the answer is only begun, to be asked for later by other calls. */
export function isBackground({ operation, params }: Pick<CallShape, 'operation' | 'params'>): boolean {
  return operation === 'responses' && params.background === true;
}

/** What the provider keeps of earlier turns of a call is told by this name; undefined if it keeps nothing. */
export function turnOf({ params, requestId }: Pick<CallShape, 'params'> & { readonly requestId: string }): string | undefined {
  const { previous_response_id: previous, conversation } = params;
  if (typeof previous === 'string' && previous !== '') return previous;
  return conversation === undefined || conversation === null ? undefined : requestId;
}

/** Texts may also be given as numbers, or lists of them (completions and embeddings). */
function hasTokenIds(value: unknown): boolean {
  return (
    Array.isArray(value) && value.some((item) => typeof item === 'number' || (Array.isArray(item) && typeof item[0] === 'number'))
  );
}

/** Whether the text of the answer is JSON itself, so that what is put into it must be escaped. */
export function answersJson({ operation, params }: CallShape): boolean {
  const format = operation === 'responses' ? (isRecord(params.text) ? params.text.format : undefined) : params.response_format;
  return isRecord(format) && (format.type === 'json_object' || format.type === 'json_schema');
}

/** The schema that the call asks its answer to keep to. */
export function schemaOf({
  operation,
  params,
}: Pick<CallShape, 'operation' | 'params'>): Readonly<Record<string, unknown>> | undefined {
  if (operation === 'responses') {
    const format = isRecord(params.text) ? params.text.format : undefined;
    return isRecord(format) && format.type === 'json_schema' && isRecord(format.schema) ? format.schema : undefined;
  }
  const format = params.response_format;
  const described = isRecord(format) && format.type === 'json_schema' ? format.json_schema : undefined;
  return isRecord(described) && isRecord(described.schema) ? described.schema : undefined;
}

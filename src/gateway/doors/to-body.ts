import type { OpenAI } from 'openai';
import { setFieldType, typedAs } from '../../core/field-types.ts';
import type { Params } from '../../core/params.ts';
import type { Plan } from '../../core/plan.ts';
import { type BodyChunks, Upload } from '../../core/upload.ts';
import { InvalidParamsError } from '../../errors/invalid-params-error.ts';

type RequestOptions = Awaited<Parameters<OpenAI['request']>[0]>;

/**
 * A body as OpenAI's client takes it: params and forms as they are, all else as it would be sent. Streams are not read,
 * but if files of a batch are to be looked into: budgets and rules want to know what they ask for.
 */
export function toBody(options: RequestOptions, plan: Plan): unknown {
  const { body } = options;
  // What OpenAI's client sends nothing for.
  if (!body) return undefined;
  if (typeof body !== 'object' && typeof body !== 'string') return body;
  if (body instanceof FormData) return withFields(body);
  const upload = toUpload(body, options);
  if (upload === undefined) return body;
  const looksIntoFiles = options.path === '/files' && (plan.budgets.length > 0 || plan.access.rules.length > 0);
  return looksIntoFiles ? formOf(upload) : upload;
}

/** OpenAI's client writes a field that has a type as a file without a name. */
function withFields(form: FormData): FormData | Promise<FormData> {
  return [...form.values()].some(isField) ? readFields(form) : form;
}

function isField(value: string | File): value is File {
  return typeof value !== 'string' && value.name === '' && FIELD_TYPE.test(value.type);
}

const FIELD_TYPE = /^(?:text\/|application\/(?:json|sdp)\b)/;

async function readFields(form: FormData): Promise<FormData> {
  const copy = typedAs(new FormData(), form);
  for (const [name, value] of form) {
    copy.append(name, isField(value) ? await value.text() : value);
    if (isField(value)) setFieldType(copy, name, value.type);
  }
  return copy;
}

function toUpload(body: object | string, options: RequestOptions): Upload | undefined {
  const contentType = contentTypeOf(options.headers);
  const fields = fieldsOf(options);
  if (typeof body === 'string') return contentType === undefined ? undefined : ofBytes(Buffer.from(body), contentType);
  if (body instanceof URLSearchParams) return ofBytes(Buffer.from(String(body)), contentType ?? FORM_TYPE);
  if (body instanceof ArrayBuffer) return ofBytes(new Uint8Array(body), contentType);
  if (ArrayBuffer.isView(body)) return ofBytes(new Uint8Array(body.buffer, body.byteOffset, body.byteLength), contentType);
  if (body instanceof Blob)
    return new Upload(() => body.stream(), { contentType: contentType ?? (body.type || undefined), byteLength: body.size });
  if (body instanceof ReadableStream) return new Upload(body, { contentType, fields });
  if (Symbol.asyncIterator in body || (Symbol.iterator in body && 'next' in body))
    return new Upload(ReadableStream.from(body as AsyncIterable<Uint8Array>), { contentType, fields });
  return undefined;
}

const FORM_TYPE = 'application/x-www-form-urlencoded;charset=UTF-8';

function ofBytes(bytes: Uint8Array, contentType: string | undefined): Upload {
  const open = (): BodyChunks => ReadableStream.from([bytes]);
  return new Upload(open, { contentType, byteLength: bytes.byteLength });
}

/** The client notes the model beside a form that it writes as it is read. */
function fieldsOf({ __metadata: metadata, stream }: RequestOptions): Params {
  const model = (metadata as { model?: unknown } | undefined)?.model;
  return { ...(typeof model === 'string' && { model }), ...(stream === true && { stream }) };
}

function contentTypeOf(headers: unknown): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  // What OpenAI's client has made of headers that were given to it.
  const given = 'values' in headers && headers.values instanceof Headers ? headers.values : headers;
  if (given instanceof Headers) return given.get('content-type') ?? undefined;
  const entries: [string, unknown][] = Array.isArray(given) ? given : Object.entries(given);
  const value = entries.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  return typeof value === 'string' ? value : undefined;
}

async function formOf(upload: Upload): Promise<FormData> {
  const headers = upload.contentType === undefined ? undefined : { 'content-type': upload.contentType };
  try {
    return await new Response(upload.open(), { headers }).formData();
  } catch (error) {
    const { message } = upload.unreadable ?? (error as Error);
    throw new InvalidParamsError('body', `could not be read: ${message}`);
  }
}

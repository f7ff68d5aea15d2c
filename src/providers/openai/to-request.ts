import type { Capabilities } from '../../core/capabilities.ts';
import { DEFAULT_MODELS } from '../../core/default-models.ts';
import { typedAs } from '../../core/field-types.ts';
import { ALL_LIMIT_NAMES } from '../../core/output-limit.ts';
import { chatName } from '../../core/param-names.ts';
import type { Params } from '../../core/params.ts';
import type { Passthrough } from '../../core/passthrough.ts';
import { REQUIREMENTS } from '../../core/requirements.ts';
import type { HttpRequest } from '../../core/transport.ts';
import type { Upload } from '../../core/upload.ts';
import { leaveOut } from '../drop.ts';
import type { UpstreamRequest } from '../provider.ts';
import { RequestInvalid } from '../request-invalid.ts';
import type { Account, WireRequest } from '../wire.ts';
import { thinkNotIfForced } from './forced-tools.ts';
import { OPENAI_PATHS } from './openai-paths.ts';
import type { VendorQuirks } from './quirks.ts';
import { toChatBody } from './to-chat-body.ts';
import { toInput } from './to-input.ts';
import { isKnownToTake } from './unsupported.ts';
import { isRecord } from './wire-types.ts';
import { withField } from './with-field.ts';

/** A call as the vendor's HTTP request, below the account's base URL. */
export function toRequest(
  request: UpstreamRequest,
  account: Account,
  quirks: VendorQuirks,
  capabilities: Capabilities = {},
): WireRequest {
  if (request.operation === 'passthrough') return toPassthrough(request, account);
  const path = quirks.paths.get(request.operation) ?? OPENAI_PATHS.get(request.operation);
  if (path === undefined) throw new RequestInvalid('operation', `one of this provider's, which has no ${request.operation}`);
  return {
    method: 'POST',
    path: withQuery(path, request.query),
    ...toBodyAndHeaders(request, account, () => toBody(request, account, quirks, capabilities)),
    answer: answerOf(request),
  };
}

/** What is uploaded goes as it came but for the name of its model; all else is the JSON that `json` gives. */
function toBodyAndHeaders(
  request: UpstreamRequest,
  account: Account,
  json: () => object | string | undefined,
): Pick<WireRequest, 'body' | 'headers'> {
  const { form, upload } = request;
  const headers = accountHeaders(account);
  if (upload !== undefined) return toUpload(upload, request, headers);
  if (form === undefined) {
    const body = json();
    return { headers: typeof body === 'string' ? { ...headers, 'content-type': 'application/json' } : headers, body };
  }
  if (request.passthrough?.modelAt === 'session') return { headers, body: withSessionModel(form, request) };
  return { headers, body: isToBeNamed(request) ? withModel(form, request) : form };
}

/** Whether the model of a body is the one that the call goes to; what is handed through may name others. */
function isToBeNamed({ operation, passthrough }: UpstreamRequest): boolean {
  return operation !== 'passthrough' || passthrough?.modelAt === 'body';
}

function toUpload(
  upload: Upload,
  request: UpstreamRequest,
  headers: Readonly<Record<string, string>> | undefined,
): Pick<WireRequest, 'body' | 'headers'> {
  const { model } = upload.fields;
  const renames = isToBeNamed(request) && typeof model === 'string' && model !== request.upstreamModel;
  const { contentType, byteLength } = upload;
  return {
    headers: {
      ...headers,
      ...(contentType !== undefined && { 'content-type': contentType }),
      ...(byteLength !== undefined && !renames && { 'content-length': String(byteLength) }),
    },
    body: renames ? withField(upload.open(), contentType, 'model', request.upstreamModel) : upload.open(),
  };
}

function answerOf({ stream, asBytes }: UpstreamRequest): WireRequest['answer'] {
  if (stream) return 'server-sent-events';
  return asBytes === true ? 'bytes' : 'whole';
}

/** Whether the caller named no model if the endpoint has one of its own, and that is the one to be asked. */
function isLeftToVendor(named: unknown, { operation, upstreamModel }: UpstreamRequest): boolean {
  return (named === undefined || named === null) && DEFAULT_MODELS.get(operation) === upstreamModel;
}

function withQuery(path: string, query: string | undefined): string {
  if (query === undefined || query === '') return path;
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}

/** The operation's JSON body. */
function toBody(request: UpstreamRequest, account: Account, quirks: VendorQuirks, capabilities: Capabilities): Params {
  const { operation, params } = request;
  const body: Record<string, unknown> = operation === 'chat' ? toChatBody(request, quirks) : { ...params };
  if (operation === 'responses') body.input = toInput(body.input, quirks);
  if (!isLeftToVendor(params.model, request)) body.model = request.upstreamModel;
  if (quirks.forcedTools.length > 0) thinkNotIfForced(body, request, quirks);
  setStream(body, request, quirks);
  if (operation === 'embeddings' && quirks.embeddings !== 'float-or-base64') body.encoding_format = undefined;
  if (account.drop.size > 0) leaveOutUnknown(body, request, account.drop, quirks, capabilities);
  return body;
}

/** What the vendor is not known to take is left out on the user's word, and what the gateway itself added with it. */
function leaveOutUnknown(
  body: Record<string, unknown>,
  request: UpstreamRequest,
  drop: ReadonlySet<string>,
  quirks: VendorQuirks,
  capabilities: Capabilities,
): void {
  for (const given of drop) {
    const name = chatName(given);
    if (ALL_LIMIT_NAMES.includes(given)) {
      // One that came under another name and was renamed stays: without it nothing would bound the answer.
      if (request.params[given] !== undefined) body[given] = undefined;
      continue;
    }
    if (NEEDED.has(name) || isKnownToTake(name, request, quirks)) continue;
    const requirement = REQUIREMENTS.find(({ parameter }) => parameter === name);
    if (requirement === undefined || capabilities[requirement.capability] !== true) leaveOut(body, name);
  }
}

const NEEDED: ReadonlySet<string> = new Set(['model', 'messages', 'input', 'prompt', 'stream']);

/** Usage of a stream is always asked for: the gateway accounts for it, also if the caller does not want to see it. */
function setStream(body: Record<string, unknown>, request: UpstreamRequest, quirks: VendorQuirks): void {
  if (!request.stream) {
    if (body.stream === true) body.stream = undefined;
    if (body.stream_options !== undefined) body.stream_options = undefined;
    return;
  }
  body.stream = true;
  if (request.operation !== 'chat' && request.operation !== 'completions') return;
  const options = isRecord(body.stream_options) ? body.stream_options : undefined;
  switch (quirks.streamOptions) {
    case 'with-usage':
      body.stream_options = { ...options, include_usage: true };
      return;
    case 'none':
      body.stream_options = undefined;
  }
}

/** A copy of the form with the upstream's name of the model. */
function withModel(form: FormData, request: UpstreamRequest): FormData {
  if (isLeftToVendor(form.get('model'), request)) return form;
  const model = request.upstreamModel;
  const copy = new FormData();
  for (const [name, value] of form) {
    if (name !== 'model') copy.append(name, value);
    else if (!copy.has(name)) copy.append(name, model);
  }
  if (!copy.has('model')) copy.append('model', model);
  return typedAs(copy, form);
}

/** The same where the model stands in the field that sets a session up, as the JSON that was read. */
function withSessionModel(form: FormData, { params, upstreamModel: model }: UpstreamRequest): FormData {
  const { session } = params;
  if (!isRecord(session)) return form;
  const copy = new FormData();
  for (const [name, value] of form) copy.append(name, name === 'session' ? JSON.stringify({ ...session, model }) : value);
  return typedAs(copy, form);
}

function toPassthrough(request: UpstreamRequest, account: Account): WireRequest {
  const { passthrough, params } = request;
  if (passthrough === undefined) throw new RequestInvalid('path', 'the path of a passthrough operation');
  const method = toMethod(passthrough.method);
  const query = passthrough.query === '' || passthrough.query.startsWith('?') ? passthrough.query : `?${passthrough.query}`;
  const json = method === 'GET' ? undefined : toJson(passthrough, params, request.upstreamModel);
  return {
    method,
    path: `${passthrough.path.startsWith('/') ? '' : '/'}${passthrough.path}${query}`,
    ...toBodyAndHeaders(request, account, () => json),
    answer: answerOf(request),
  };
}

/** A body of any JSON; an object that names a model, with the upstream's name of it. */
function toJson({ json, modelAt }: Passthrough, params: Params, upstreamModel: string): object | string | undefined {
  if (json === undefined) return undefined;
  return isRecord(json) ? withUpstreamModel(params, modelAt, upstreamModel) : Array.isArray(json) ? json : JSON.stringify(json);
}

/** What names a model gets the upstream's name of it; what names none gets none. */
function withUpstreamModel(params: Params, modelAt: Passthrough['modelAt'], model: string): Params {
  if (modelAt === 'body' && typeof params.model === 'string') return { ...params, model };
  const { session } = params;
  return modelAt === 'session' && isRecord(session) && typeof session.model === 'string'
    ? { ...params, session: { ...session, model } }
    : params;
}

function toMethod(method: string): HttpRequest['method'] {
  const upper = method.toUpperCase();
  if (upper === 'GET' || upper === 'POST' || upper === 'PUT' || upper === 'PATCH' || upper === 'DELETE') return upper;
  throw new RequestInvalid('method', `GET, POST, PUT, PATCH or DELETE, not ${method}`);
}

function accountHeaders({ organization, project }: Account): Readonly<Record<string, string>> | undefined {
  if (organization === undefined && project === undefined) return undefined;
  return {
    ...(organization !== undefined && { 'openai-organization': organization }),
    ...(project !== undefined && { 'openai-project': project }),
  };
}

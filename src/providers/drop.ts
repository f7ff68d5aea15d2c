import type { Capabilities } from '../core/capabilities.ts';
import { isRecord } from '../core/json.ts';
import { chatName, responsesName } from '../core/param-names.ts';
import type { Params } from '../core/params.ts';
import { REQUIREMENTS, requiredBits } from '../core/requirements.ts';
import type { Provider, UpstreamRequest } from './provider.ts';

/** Who knows what a candidate can't honour: a provider, or a wire. */
type Judge = Pick<Provider, 'unsupported'>;

/**
 * The provider under its account's `drop`: a param or a part that the list names is left out if the candidate can't
 * honour it, and stays if it can; `unsupported` names only what may not be left out. The list may speak in the words of
 * chat completions or of the Responses API. The same provider if there is nothing to drop.
 */
export function droppingProvider(provider: Provider, drop: ReadonlySet<string>): Provider {
  const names = droppableNames(drop);
  if (names.size === 0) return provider;
  return {
    name: provider.name,
    vendor: provider.vendor,
    origin: provider.origin,
    supports: (operation) => provider.supports(operation),
    capabilities: (upstreamModel) => provider.capabilities(upstreamModel),
    unsupported: (request) => provider.unsupported(request).filter((name) => !names.has(name)),
    classify: (error) => provider.classify(error),
    send: (request, context) => provider.send(withoutDropped(request, names, context.capabilities, provider), context),
  };
}

// Nothing is left of a request without these; and a limit of the output is what budgets reckon with, so that the pipeline
// sees to it.
const NEEDED: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'input', 'prompt', 'stream', 'tool_calls'],
  ...['max_tokens', 'max_completion_tokens', 'max_output_tokens'],
]);

/** The names of a list that may be left out, in chat's words. */
export function droppableNames(drop: ReadonlySet<string>): ReadonlySet<string> {
  if (drop.size === 0) return drop;
  return new Set([...drop].map(chatName).filter((name) => !NEEDED.has(name)));
}

/** The request without what `names` has and the candidate can't honour; the same object if that is nothing. */
export function withoutDropped(
  request: UpstreamRequest,
  names: ReadonlySet<string>,
  capabilities: Capabilities,
  judge: Judge,
): UpstreamRequest {
  if (request.form !== undefined || request.operation === 'passthrough') return request;
  const beyond = namesBeyond(request, capabilities);
  const refused = new Set(judge.unsupported(request));
  const dropped = [...names].filter((name) => beyond.has(name) || refused.has(name));
  if (dropped.length === 0) return request;
  const params: Record<string, unknown> = { ...request.params };
  for (const name of dropped) {
    if (name === 'audio') leaveOutSounds(params);
    if (isPart(name, params)) leaveOutParts(params, name, beyond.has(name) ? undefined : judge, request);
    else if (name === 'stop') leaveOutStops(params, judge, request);
    else if (name === 'tools' && !beyond.has(name)) leaveOutTools(params, judge, request);
    else leaveOut(params, name);
  }
  return { ...request, params };
}

const PART_CAPABILITIES: ReadonlySet<string> = new Set(['vision', 'documents', 'audioInput']);

/**
 * Chat's names of what the request asks beyond the deployment's capabilities. Of parts, one that is not known to be taken
 * counts too: nothing else tells, and the list is the user's word on it.
 */
function namesBeyond({ operation, params, stream }: UpstreamRequest, capabilities: Capabilities): Set<string> {
  const names = new Set<string>();
  const bits = requiredBits(operation, params, stream);
  for (const { bit, capability, parameter } of REQUIREMENTS) {
    if ((bits & bit) === 0 || capabilities[capability] === true) continue;
    if (capabilities[capability] === false || PART_CAPABILITIES.has(capability)) names.add(parameter);
  }
  return names;
}

// What means nothing without another param.
const DEPENDENTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['tools', ['tool_choice', 'parallel_tool_calls']],
  ['functions', ['function_call']],
  ['logprobs', ['top_logprobs']],
]);

/** Removes a param under its name in either API, and what depends on it. */
export function leaveOut(params: Record<string, unknown>, name: string): void {
  delete params[name];
  const [outer = '', inner] = responsesName(name).split('.');
  const value = params[outer];
  if (inner === undefined) delete params[outer];
  else if (isRecord(value)) params[outer] = { ...value, [inner]: undefined };
  for (const dependent of DEPENDENTS.get(name) ?? []) delete params[dependent];
}

/** Blank sequences go first: what is left of the list may be honoured. */
function leaveOutStops(params: Record<string, unknown>, judge: Judge, request: UpstreamRequest): void {
  const { stop } = params;
  delete params.stop;
  if (!Array.isArray(stop)) return;
  const kept = stop.filter((sequence) => typeof sequence !== 'string' || sequence.trim() !== '');
  if (kept.length === 0 || kept.length === stop.length) return;
  const shorter = { ...params, stop: kept };
  if (!judge.unsupported({ ...request, params: shorter }).includes('stop')) params.stop = kept;
}

/** Only those tools that are refused by themselves; what is said of tools goes with the last. */
function leaveOutTools(params: Record<string, unknown>, judge: Judge, request: UpstreamRequest): void {
  const tools: readonly unknown[] = Array.isArray(params.tools) ? params.tools : [];
  const kept = tools.filter((tool) => !judge.unsupported({ ...request, params: { ...params, tools: [tool] } }).includes('tools'));
  if (kept.length === 0) leaveOut(params, 'tools');
  else params.tools = kept;
}

/** Earlier answers of which there is only the sound; one with its transcript is read as a text. */
function leaveOutSounds(params: Record<string, unknown>): void {
  if (!Array.isArray(params.messages)) return;
  params.messages = params.messages.map((message) => {
    const isSound = isRecord(message) && isRecord(message.audio) && !message.audio.transcript;
    return isSound ? { ...message, audio: null } : message;
  });
}

/** A name that is no param of the request is a part's type. */
function isPart(name: string, params: Params): boolean {
  return !Object.hasOwn(params, name) && !Object.hasOwn(params, responsesName(name).split('.', 1)[0] ?? name);
}

/** Removes the parts of a type: all of them, or those that the judge refuses one by one. */
function leaveOutParts(params: Record<string, unknown>, name: string, judge: Judge | undefined, request: UpstreamRequest): void {
  const list = request.operation === 'responses' ? 'input' : 'messages';
  const messages = params[list];
  if (!Array.isArray(messages)) return;
  params[list] = messages.map((message) => {
    if (!isRecord(message)) return message;
    const field = Array.isArray(message.content) ? 'content' : 'output';
    const parts = message[field];
    if (!Array.isArray(parts)) return message;
    const kept = parts.filter((part) => {
      if (!isRecord(part) || (part.type !== name && part.type !== responsesName(name))) return true;
      if (judge === undefined) return false;
      return !judge.unsupported({ ...request, params: { ...params, [list]: [{ ...message, [field]: [part] }] } }).includes(name);
    });
    if (kept.length === parts.length) return message;
    return { ...message, [field]: kept.length === 0 ? '' : kept };
  });
}

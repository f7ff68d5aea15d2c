import { isRecord } from '../../core/json.ts';
import { responsesName } from '../../core/param-names.ts';
import type { Params } from '../../core/params.ts';
import { classify } from '../../providers/classify.ts';
import type { AttemptContext, Provider, UpstreamReply, UpstreamRequest } from '../../providers/provider.ts';
import { asRequestInvalid, RequestInvalid, unlessMalformed } from '../../providers/request-invalid.ts';
import { fromChat } from './from-chat.ts';
import { inCallersWords } from './in-callers-words.ts';
import { type AnswerFacts, responseId } from './response.ts';
import { ResponsesSource } from './responses-source.ts';
import { type ChatRequest, toChat } from './to-chat.ts';

/**
 * The provider with the Responses API over its chat completions, if it has the latter only; any other provider is
 * returned as it is. Params that chat has no place for are named by `unsupported`. `drop` holds the account's param names
 * that may be left out, in chat's words or in those of the Responses API; default none.
 */
export function bridgeResponses(provider: Provider, drop: ReadonlySet<string> = new Set()): Provider {
  if (provider.supports('responses') || !provider.supports('chat')) return provider;
  // A call's params are asked about before they are sent, mostly as the same object.
  const translated = new WeakMap<Params, ChatRequest>();
  const translate = (params: Params): ChatRequest => {
    const known = translated.get(params);
    if (known) return known;
    const chat = toChat(params, drop);
    translated.set(params, chat);
    return chat;
  };
  const unsupported = unlessMalformed((request: Parameters<Provider['unsupported']>[0]) =>
    unsupportedNames(provider, request, translate),
  );
  return {
    name: provider.name,
    vendor: provider.vendor,
    origin: provider.origin,
    supports: (operation) => operation === 'responses' || provider.supports(operation),
    capabilities: (upstreamModel) => provider.capabilities(upstreamModel),
    unsupported(request) {
      return request.operation === 'responses' ? unsupported(request) : provider.unsupported(request);
    },
    classify: (error) => (error instanceof RequestInvalid ? classify(error, () => undefined, 0) : provider.classify(error)),
    send(request, context) {
      if (request.operation !== 'responses') return provider.send(request, context);
      return sendAsChat(provider, request, context, translate);
    },
  };
}

/** Whether a response was made here, for the call of that id. */
export function isBridged(response: unknown, requestId: string): boolean {
  return isRecord(response) && response.id === responseId(stemOf(requestId));
}

function stemOf(requestId: string): string {
  return requestId.slice(requestId.indexOf('_') + 1);
}

type Translate = (params: Params) => ChatRequest;

function unsupportedNames(
  provider: Provider,
  request: Parameters<Provider['unsupported']>[0],
  translate: Translate,
): readonly string[] {
  const chat = translate(request.params);
  const names = provider.unsupported({ ...request, operation: 'chat', params: chat.params });
  return [...chat.inexpressible, ...names.map(responsesName)];
}

function translated(params: Params, translate: Translate): ChatRequest {
  try {
    return translate(params);
  } catch (error) {
    throw asRequestInvalid(error);
  }
}

async function sendAsChat(
  provider: Provider,
  request: UpstreamRequest,
  context: AttemptContext,
  translate: Translate,
): Promise<UpstreamReply> {
  const { params, inexpressible, places } = translated(request.params, translate);
  const [name] = inexpressible;
  if (name !== undefined)
    throw new RequestInvalid(name, `nothing that the chat completions of '${provider.name}' have no place for`);
  const reply = await provider.send({ ...request, operation: 'chat', params }, context).catch((error: unknown) => {
    throw error instanceof RequestInvalid ? inCallersWords(error, places) : error;
  });
  return inResponsesForm(reply, request, context);
}

/** What a provider answered to a chat, as an answer of the Responses API to the request that the chat was made of. */
export function inResponsesForm(
  reply: UpstreamReply,
  { params, upstreamModel }: UpstreamRequest,
  context: AttemptContext,
): UpstreamReply {
  const facts: AnswerFacts = { params, stem: stemOf(context.requestId), upstreamModel, clock: context.clock };
  const { status, headers } = reply;
  switch (reply.kind) {
    case 'object':
      return { kind: 'object', status, headers, body: fromChat(reply, facts) };
    case 'stream': {
      const items = new ResponsesSource(reply.items, facts);
      return { kind: 'stream', status, headers, items, reported: () => items.usage ?? reply.reported?.() };
    }
    case 'bytes':
    case 'chunks':
      return reply;
  }
}

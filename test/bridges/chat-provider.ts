import { bridgeResponses } from '../../src/bridges/responses/bridge.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import type {
  ChatAnswerMessage,
  ChatChunk,
  ChatCompletion,
  ChatDelta,
  ChatParams,
  ChunkChoice,
  FinishReason,
} from '../../src/core/chat.ts';
import type { ItemSource } from '../../src/core/item-source.ts';
import type { Params } from '../../src/core/params.ts';
import { DEFAULT_TIMEOUTS } from '../../src/core/timeouts.ts';
import type { OpenAiUsage } from '../../src/core/usage.ts';
import { droppingProvider } from '../../src/providers/drop.ts';
import type { AttemptContext, Provider, UpstreamReply, UpstreamRequest } from '../../src/providers/provider.ts';
import { TestClock } from '../support/test-clock.ts';

/** A provider that has chat only: answers with what it is given, and keeps the requests. */
export function chatProvider(
  reply: UpstreamReply,
  unsupported: readonly string[] = [],
): Provider & { requests: UpstreamRequest[] } {
  const requests: UpstreamRequest[] = [];
  return {
    name: 'chatty',
    vendor: 'chatty',
    requests,
    supports: (operation) => operation === 'chat' || operation === 'embeddings',
    capabilities: () => ({ tools: true }),
    unsupported: () => unsupported,
    classify: (error) => ({ kind: 'transient', code: 'own', message: String(error), reachedProvider: true }),
    async send(request) {
      requests.push(request);
      return reply;
    },
  };
}

export const context: AttemptContext = {
  requestId: 'req_1',
  cancellation: new Cancellation(),
  timeouts: DEFAULT_TIMEOUTS,
  clock: new TestClock(),
  credential: undefined,
  capabilities: {},
};

export function responsesRequest(params: Params, stream = false): UpstreamRequest {
  return { operation: 'responses', upstreamModel: 'chatty-1', params: { model: 'smart', ...params }, stream };
}

/** The chat params that a Responses request becomes. */
export async function chatParams(
  params: Params,
  drop: readonly string[] = [],
  refused: readonly string[] = [],
): Promise<ChatParams> {
  const provider = chatProvider({ kind: 'object', status: 200, headers: {}, body: completion({}) }, refused);
  await bridgeResponses(droppingProvider(provider, new Set(drop)), new Set(drop)).send(responsesRequest(params), context);
  return provider.requests[0]?.params as Params & ChatParams;
}

/** The names that a bridged request is passed over for. */
export function unsupported(params: Params, ofChat: readonly string[] = [], drop: readonly string[] = []): readonly string[] {
  const provider = chatProvider({ kind: 'object', status: 200, headers: {}, body: completion({}) }, ofChat);
  return bridgeResponses(droppingProvider(provider, new Set(drop)), new Set(drop)).unsupported(responsesRequest(params));
}

const USAGE: OpenAiUsage = {
  prompt_tokens: 30,
  completion_tokens: 12,
  total_tokens: 42,
  prompt_tokens_details: { cached_tokens: 8, cache_write_tokens: 3 },
  completion_tokens_details: { reasoning_tokens: 5 },
};

export function completion(
  message: Partial<ChatAnswerMessage>,
  finish: FinishReason = 'stop',
  extra: Partial<ChatCompletion> = {},
): ChatCompletion {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'chatty-1-0714',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: null, refusal: null, ...message },
        finish_reason: finish,
        logprobs: null,
      },
    ],
    usage: USAGE,
    ...extra,
  };
}

export function chunk(delta: ChatDelta, more: Partial<ChunkChoice> = {}): ChatChunk {
  return chunkOf([{ index: 0, delta, finish_reason: null, logprobs: null, ...more }]);
}

/** The last chunks of a stream: the finish, then the usage. */
export function ending(finish: FinishReason = 'stop'): ChatChunk[] {
  return [chunk({}, { finish_reason: finish }), { ...chunkOf([]), usage: USAGE }];
}

function chunkOf(choices: ChunkChoice[]): ChatChunk {
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'chatty-1-0714', choices };
}

/** Items that come at once or, if `late`, each after a turn of the event loop. */
export function sourceOf(items: readonly unknown[], late = false): ItemSource<unknown> & { cancelled: boolean } {
  let position = 0;
  return {
    cancelled: false,
    next() {
      const item = items[position];
      position += 1;
      if (item instanceof Error) throw item;
      return late ? Promise.resolve(item) : item;
    },
    cancel() {
      this.cancelled = true;
    },
  };
}

/** The bridged answer to a request, whole. */
export async function bridgedResponse(body: unknown, params: Params = { input: 'hello' }): Promise<Record<string, unknown>> {
  const bridge = bridgeResponses(chatProvider({ kind: 'object', status: 200, headers: {}, body }));
  const reply = await bridge.send(responsesRequest(params), context);
  if (reply.kind !== 'object') throw new Error('expected a whole answer');
  return reply.body as Record<string, unknown>;
}

export interface Event {
  readonly type: string;
  readonly sequence_number: number;
  readonly [field: string]: unknown;
}

/** The bridged events of a stream of chat chunks. */
export async function bridgedEvents(
  chunks: readonly unknown[],
  params: Params = { input: 'hello' },
  late = false,
): Promise<Event[]> {
  const items = await bridgedSource(sourceOf(chunks, late), params);
  const events: Event[] = [];
  for (let item = await items.next(); item !== undefined; item = await items.next()) events.push(item as Event);
  return events;
}

export async function bridgedSource(
  chunks: ItemSource<unknown>,
  params: Params = { input: 'hello' },
): Promise<ItemSource<unknown>> {
  const bridge = bridgeResponses(chatProvider({ kind: 'stream', status: 200, headers: {}, items: chunks }));
  const reply = await bridge.send(responsesRequest(params, true), context);
  if (reply.kind !== 'stream') throw new Error('expected a stream');
  return reply.items;
}

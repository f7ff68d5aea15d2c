import { completion, chunk as openAiChunk } from '../support/chat-upstream.ts';
import { frame } from '../support/event-frames.ts';
import type { FaultExchange } from '../support/fault-server.ts';

/** No vendor's prefix, and signs that a URL, JSON and base64 write in other ways. */
export const KEY = 'Zq8Lm-3Rt5/7Yw+Pv2=Kd9Xc~Hb4';
/** Looks like a code, as an upstream's code may look like a prompt. */
export const PROMPT = 'walrus_umbrella_sonata';

/** Everything that the request held, in every place and form that an answer has for it. */
export function echoOf({ request }: FaultExchange): string {
  const pair = Buffer.from(`user:${KEY}`).toString('base64');
  return [
    `Incorrect API key provided: ${KEY}, or ${KEY.slice(0, 16)}..., or ${KEY.slice(-14)}`,
    `url ?key=${encodeURIComponent(KEY)}&x=1 json ${JSON.stringify(KEY)} basic ${pair} base64 ${Buffer.from(KEY).toString('base64')}`,
    `headers ${JSON.stringify([...request.headers])}`,
    `path ${request.path} body ${request.body}`,
  ].join('\n');
}

/** One body that is an error on every wire. */
export function errorBody(exchange: FaultExchange, status: number): Record<string, unknown> {
  const message = echoOf(exchange);
  const error = { message, type: PROMPT, code: PROMPT, param: KEY, status: PROMPT, details: [{ reason: PROMPT, [KEY]: KEY }] };
  return { type: 'error', error: { ...error, http: status }, message, __type: PROMPT, detail: message, [KEY]: KEY };
}

/** Headers that repeat the key under names of their own, and under names that clients read. */
export function echoHeaders(): Record<string, string> {
  return {
    'x-request-id': KEY,
    'request-id': `req-${KEY}`,
    'x-echo-authorization': `Bearer ${KEY}`,
    authorization: `Bearer ${KEY}`,
    'x-api-key': KEY,
    'set-cookie': `session=${encodeURIComponent(KEY)}`,
    'www-authenticate': `Bearer realm="${KEY}"`,
    'x-ratelimit-limit-requests': KEY,
    'openai-processing-ms': Buffer.from(`user:${KEY}`).toString('base64'),
    'x-ratelimit-remaining-requests': '9',
  };
}

/** What differs by wire: the provider's configuration, a whole answer, and the events of a stream up to its first content. */
export interface Wire {
  readonly provider: Record<string, unknown>;
  /** Path of the base URL below which the wire calls. */
  readonly basePath: string;
  readonly answer: (text: string) => unknown;
  readonly start: (text: string) => string | Uint8Array;
  /** An error inside a stream. */
  readonly failure: (body: Record<string, unknown>) => string | Uint8Array;
  readonly contentType: string;
}

const SSE = 'text/event-stream';
const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const named = (name: string, value: Record<string, unknown>) => `event: ${name}\n${data({ type: name, ...value })}`;
const usage = { input_tokens: 10, output_tokens: 5 };

const openAi = {
  answer: (text: string) => completion(text),
  start: (text: string) => data(openAiChunk({ role: 'assistant', content: '' })) + data(openAiChunk({ content: text })),
  failure: data,
  contentType: SSE,
};

const google = {
  answer: (text: string) => ({
    candidates: [{ content: { role: 'model', parts: [{ text }] }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
  }),
  start: (text: string) => data({ candidates: [{ content: { role: 'model', parts: [{ text }] } }] }),
  failure: data,
  contentType: SSE,
};

export const WIRES: Readonly<Record<string, Wire>> = {
  'OpenAI-compatible': { provider: { type: 'openai-compatible', apiKey: KEY }, basePath: '/v1', ...openAi },
  'OpenAI-compatible with a token function': {
    provider: { type: 'openai-compatible', apiKey: async () => KEY },
    basePath: '/v1',
    ...openAi,
  },
  'OpenAI-compatible with a configured header': {
    provider: { type: 'openai-compatible', headers: { 'x-gateway-token': KEY } },
    basePath: '/v1',
    ...openAi,
  },
  Azure: { provider: { type: 'azure', apiKey: KEY, apiVersion: '2024-10-21' }, basePath: '', ...openAi },
  Anthropic: {
    provider: { type: 'anthropic', apiKey: KEY },
    basePath: '',
    answer: (text) => ({
      ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_reason: 'end_turn', stop_sequence: null, usage },
      content: [{ type: 'text', text }],
    }),
    start: (text) =>
      named('message_start', { message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], usage } }) +
      named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
      named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    failure: (body) => `event: error\n${data(body)}`,
    contentType: SSE,
  },
  Gemini: { provider: { type: 'google', apiKey: KEY }, basePath: '', ...google },
  Vertex: { provider: { type: 'vertex', apiKey: KEY, project: 'p' }, basePath: '', ...google },
  Cohere: {
    provider: { type: 'cohere', apiKey: KEY },
    basePath: '',
    answer: (text) => ({
      ...{ id: 'c1', finish_reason: 'COMPLETE', usage: { tokens: usage, billed_units: usage } },
      message: { role: 'assistant', content: [{ type: 'text', text }] },
    }),
    start: (text) =>
      named('message-start', { id: 'c1', delta: { message: { role: 'assistant' } } }) +
      named('content-start', { index: 0, delta: { message: { content: { type: 'text', text: '' } } } }) +
      named('content-delta', { index: 0, delta: { message: { content: { text } } } }),
    failure: (body) => named('message-end', { delta: { finish_reason: 'ERROR', error: body.message } }),
    contentType: SSE,
  },
  Bedrock: {
    provider: { type: 'bedrock', apiKey: KEY, region: 'us-east-1' },
    basePath: '',
    answer: (text) => ({
      output: { message: { role: 'assistant', content: [{ text }] } },
      ...{ stopReason: 'end_turn', usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 } },
    }),
    start: (text) =>
      Buffer.concat([
        frame({ ':message-type': 'event', ':event-type': 'messageStart' }, { role: 'assistant' }),
        frame({ ':message-type': 'event', ':event-type': 'contentBlockDelta' }, { contentBlockIndex: 0, delta: { text } }),
      ]),
    failure: (body) => frame({ ':message-type': 'exception', ':exception-type': 'internalServerException' }, body),
    contentType: 'application/vnd.amazon.eventstream',
  },
};

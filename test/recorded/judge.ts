import OpenAI, { type APIError } from 'openai';
import { type Gateway, routeOf } from 'tollgate';
import { recordedBytes } from '../support/event-frames.ts';
import type { Exchange } from '../support/fixtures.ts';
import { type Replay, seededCuts } from '../support/replay-server.ts';
import { conversationOf } from './conversations.ts';
import { sseData } from './native/server-sent-events.ts';
import { differences, saidByChunks, saidByCompletion } from './said.ts';
import { schemaProblems } from './schema.ts';
import { operationOf, READERS, withPlaces } from './wires.ts';

type Json = Record<string, unknown>;

/** What is wrong with an exchange that went through the gateway; both empty where nothing is. */
export interface Verdict {
  problems: string[];
  /** Of the request; undefined where there is none to compare with. */
  request: string[] | undefined;
}

const CHUNKINGS = [1, 2, 3];

/** Runs a recorded exchange through the public API and tells where it departs from the recording. */
export async function judge(exchange: Exchange, replay: Replay, gateway: Gateway, model: string): Promise<Verdict> {
  const conversation = conversationOf(exchange);
  const params = { ...(conversation?.params ?? PLAIN_PARAMS[operationOf(exchange.endpoint) ?? 'chat']), model };
  const problems = await judgeAnswer(exchange, replay, gateway, params);
  return { problems, request: conversation && judgeRequest(exchange, replay, (body) => conversation.comparable(body)) };
}

const PLAIN_PARAMS = {
  chat: { messages: [{ role: 'user', content: 'hello' }] },
  responses: { input: 'hello' },
  completions: { prompt: 'hello' },
  embeddings: { input: 'hello' },
};

async function judgeAnswer(exchange: Exchange, replay: Replay, gateway: Gateway, params: Json): Promise<string[]> {
  const { status } = exchange.response;
  if (status !== 200) return judgeError(exchange, await thrownBy(() => send(gateway, exchange, params)));
  if (exchange.stream) return judgeStream(exchange, replay, () => send(gateway, exchange, params));
  const answer = await send(gateway, exchange, params);
  switch (operationOf(exchange.endpoint)) {
    case 'embeddings':
      return judgeEmbeddings(exchange, answer as OpenAI.CreateEmbeddingResponse, params);
    case 'responses':
      return judgeResponse(exchange, answer as OpenAI.Responses.Response);
    default:
      return judgeCompletion(exchange, answer as OpenAI.ChatCompletion);
  }
}

function send(gateway: Gateway, exchange: Exchange, params: Json): Promise<unknown> {
  const { endpoint } = exchange;
  // The answer of a stream that was refused is no stream.
  const stream = exchange.stream || STREAM_ENDPOINTS.has(endpoint);
  const asked = { ...params, ...(stream && { stream }) };
  switch (operationOf(endpoint)) {
    case 'embeddings':
      return gateway.embeddings.create(params as never);
    case 'responses':
      return gateway.responses.create(asked as never);
    case 'completions':
      return gateway.completions.create(asked as never);
    default:
      return gateway.chat.completions.create({ ...asked, ...(stream && { stream_options: { include_usage: true } }) } as never);
  }
}

const STREAM_ENDPOINTS = new Set(['converse-stream', 'streamGenerateContent']);

function judgeCompletion(exchange: Exchange, answer: OpenAI.ChatCompletion): string[] {
  const read = READERS.get(exchange.endpoint);
  if (read === undefined) return [`no reader for ${exchange.endpoint}`];
  return [...schemaProblems('CreateChatCompletionResponse', answer), ...differences(read(exchange), saidByCompletion(answer))];
}

/** Once as it was recorded, then cut at random, which must not change an item. */
async function judgeStream(exchange: Exchange, replay: Replay, open: () => Promise<unknown>): Promise<string[]> {
  const broken = brokenAt(exchange);
  if (broken) return judgeBrokenStream(broken, await thrownBy(async () => itemsOf(await open())));
  const items = await itemsOf(await open());
  const problems = exchange.endpoint === 'completions' ? judgeTexts(exchange, items) : judgeChunks(exchange, items);
  const { length } = recordedBytes(exchange);
  for (const seed of CHUNKINGS) {
    replay.cuts = seededCuts(seed, length, Math.min(80, Math.ceil(length / 7)));
    if (comparableItems(await itemsOf(await open())) !== comparableItems(items))
      problems.push(`items differ when cut with seed ${seed}`);
  }
  replay.cuts = [];
  return problems;
}

async function itemsOf(stream: unknown): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of stream as AsyncIterable<unknown>) items.push(item);
  return items;
}

/** `created` is the gateway's clock where the wire gives none. Ids made of the request's differ from call to call. */
function comparableItems(items: readonly unknown[]): string {
  const ids = new Map<string, string>();
  return JSON.stringify(items, (key, value: unknown) => {
    if (key === 'created') return 0;
    if (key !== 'id' || typeof value !== 'string') return value;
    if (!ids.has(value)) ids.set(value, `id ${ids.size}`);
    return ids.get(value);
  });
}

function judgeChunks(exchange: Exchange, items: readonly unknown[]): string[] {
  const read = READERS.get(exchange.endpoint);
  if (read === undefined) return [`no reader for ${exchange.endpoint}`];
  const chunks = items as OpenAI.ChatCompletionChunk[];
  const problems = new Set(chunks.flatMap((chunk) => schemaProblems('CreateChatCompletionStreamResponse', chunk)));
  for (const field of ['id', 'created', 'model'] as const) {
    if (new Set(chunks.map((chunk) => chunk[field])).size !== 1) problems.add(`chunks do not share their ${field}`);
  }
  const roles = chunks.flatMap(({ choices }) => choices).filter(({ delta }) => delta.role !== undefined);
  if (roles.length !== new Set(chunks.flatMap(({ choices }) => choices.map(({ index }) => index))).size)
    problems.add(`role came ${roles.length} times`);
  return [...problems, ...differences(read(exchange), saidByChunks(chunks))];
}

function judgeTexts(exchange: Exchange, items: readonly unknown[]): string[] {
  const completions = items as OpenAI.Completion[];
  const recorded = sseData(exchange.response.sse ?? []) as OpenAI.Completion[];
  const textOf = (all: readonly OpenAI.Completion[]) => all.map(({ choices }) => choices[0]?.text ?? '').join('');
  const finishOf = (all: readonly OpenAI.Completion[]) => all.map(({ choices }) => choices[0]?.finish_reason ?? '').join('');
  return [
    ...new Set(completions.flatMap((item) => schemaProblems('CreateCompletionResponse', item))),
    ...(textOf(completions) === textOf(recorded) ? [] : ['text differs']),
    ...(finishOf(completions) === finishOf(recorded) ? [] : ['finish differs']),
  ];
}

function judgeResponse(exchange: Exchange, answer: OpenAI.Responses.Response): string[] {
  const { output_text: _, ...rest } = answer;
  const isSame = JSON.stringify(rest) === JSON.stringify(exchange.response.body);
  return isSame ? [] : ['the response is not what was recorded'];
}

function judgeEmbeddings(exchange: Exchange, answer: OpenAI.CreateEmbeddingResponse, params: Json): string[] {
  const recorded = recordedVectors(exchange);
  const found = answer.data.map(({ embedding }) => vectorOf(embedding, exchange));
  const problems = JSON.stringify(found) === JSON.stringify(recorded.vectors) ? [] : ['vectors differ'];
  const tokens = answer.usage?.prompt_tokens;
  const source = routeOf(answer)?.usageSource;
  if (source !== (recorded.tokens === undefined ? 'estimated' : 'reported')) problems.push(`usage is ${source}`);
  if (tokens !== (recorded.tokens ?? tokens)) problems.push(`usage: recorded ${recorded.tokens}, came ${tokens}`);
  // Vectors that were asked for in base64 come as text; the schema knows numbers only.
  if (params.encoding_format === 'base64') return problems;
  return [...problems, ...schemaProblems('CreateEmbeddingResponse', answer)];
}

/** Vectors in the precision that OpenAI's encoding has, and the tokens where they were counted. */
function recordedVectors(exchange: Exchange): { vectors: number[][]; tokens: number | undefined } {
  const body = exchange.response.body as {
    data?: { embedding: unknown }[];
    usage?: { prompt_tokens: number };
    embeddings?: { values: number[] }[] | { float: number[][] };
    predictions?: { embeddings: { values: number[]; statistics: { token_count: number } } }[];
    meta?: { billed_units: { input_tokens: number } };
  };
  const { data, embeddings, predictions = [], usage, meta } = body;
  if (data) return { vectors: data.map(({ embedding }) => vectorOf(embedding, exchange)), tokens: usage?.prompt_tokens };
  if (Array.isArray(embeddings)) return { vectors: embeddings.map(({ values }) => values.map(Math.fround)), tokens: undefined };
  if (embeddings)
    return { vectors: embeddings.float.map((values) => values.map(Math.fround)), tokens: meta?.billed_units.input_tokens };
  const all = predictions.map((prediction) => prediction.embeddings);
  return {
    vectors: all.map(({ values }) => values.map(Math.fround)),
    tokens: all.reduce((sum, { statistics }) => sum + statistics.token_count, 0),
  };
}

function vectorOf(embedding: unknown, { provider }: Exchange): number[] {
  if (typeof embedding !== 'string') return (embedding as number[]).map(Math.fround);
  const bytes = Buffer.from(embedding, 'base64');
  if (provider === 'perplexity') return Array.from(new Int8Array(bytes));
  return Array.from({ length: bytes.length / 4 }, (_, place) => bytes.readFloatLE(place * 4));
}

async function thrownBy(send: () => Promise<unknown>): Promise<unknown> {
  return send().then(
    () => new Error('nothing was thrown'),
    (error: unknown) => error,
  );
}

const CLASSES: Readonly<Record<number, new (...args: never[]) => Error>> = {
  400: OpenAI.BadRequestError,
  401: OpenAI.AuthenticationError,
  403: OpenAI.PermissionDeniedError,
  404: OpenAI.NotFoundError,
  422: OpenAI.UnprocessableEntityError,
  429: OpenAI.RateLimitError,
};

function judgeError({ response }: Exchange, error: unknown): string[] {
  const { status, code, message, attempts } = error as APIError & { attempts?: { failure?: { kind: string } }[] };
  const problems: string[] = [];
  const expected = CLASSES[response.status];
  if (expected === undefined || !(error instanceof expected))
    problems.push(`class ${(error as Error).constructor.name}: ${message}`);
  if (status !== response.status) problems.push(`status: recorded ${response.status}, came ${status}`);
  if (typeof code !== 'string' || code === '') problems.push(`code ${code}`);
  const said = messageOf(response.body);
  if (!message.includes(said)) problems.push(`message: recorded ${said}, came ${message}`);
  if (attempts?.length !== 1 || !attempts[0]?.failure?.kind) problems.push('no failure kind on the attempt');
  return problems;
}

function messageOf(body: unknown): string {
  const { error, message, detail } = body as { error?: string | { message: string }; message?: string; detail?: string };
  if (typeof error === 'object') return error.message;
  return error ?? message ?? detail ?? '';
}

/** The error event in a recorded stream, and whether anything was said before it. */
function brokenAt({ response }: Exchange): { status: number; said: boolean } | undefined {
  const items = sseData(response.sse ?? []) as {
    error?: { status_code?: number; code?: unknown };
    choices?: { delta?: Json }[];
  }[];
  const broken = items.find(({ error }) => error);
  if (broken === undefined) return undefined;
  const before = items.slice(0, items.indexOf(broken)).flatMap(({ choices = [] }) => choices.map(({ delta }) => delta ?? {}));
  const said = before.some(({ content, reasoning, tool_calls: calls }) => content || reasoning || calls);
  return { status: broken.error?.status_code ?? 500, said };
}

function judgeBrokenStream({ status, said }: { status: number; said: boolean }, error: unknown): string[] {
  const { status: found, code } = error as APIError;
  if (said)
    return code === 'stream_interrupted'
      ? []
      : [`after content a stream is interrupted, came ${code}: ${(error as Error).message}`];
  return found === status && code ? [] : [`status: recorded ${status}, came ${found} ${code}`];
}

// Anthropic's client marks its beta resources; Google's asks for numeric enums.
const CLIENTS_OWN = /\?(beta=true|%24alt=.*)$/;

function judgeRequest(exchange: Exchange, replay: Replay, comparable: (body: unknown) => unknown): string[] {
  const { request } = exchange;
  const [sent] = replay.requests;
  if (sent === undefined || request === null) return ['nothing was sent'];
  const problems: string[] = [];
  const [recordedPath, sentPath] = [withPlaces(request.path).replace(CLIENTS_OWN, ''), sent.path].map(decodeURIComponent);
  if (recordedPath !== sentPath) problems.push(`path: recorded ${recordedPath}, sent ${sentPath}`);
  const [recordedBody, sentBody] = [request.body, sent.body].map((body) => canonical(comparable(body)));
  if (recordedBody !== sentBody) problems.push(`body: recorded ${recordedBody}, sent ${sentBody}`);
  return problems;
}

/** JSON with its keys in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, child: unknown) => {
    if (typeof child !== 'object' || child === null || Array.isArray(child)) return child;
    return Object.fromEntries(Object.entries(child).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}

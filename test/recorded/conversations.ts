import { comparable as comparableMessages, toAsk } from '../providers/anthropic/recorded-request.ts';
import { normalised as comparableConverse, toOpenAi as fromConverse } from '../providers/bedrock/native-to-openai.ts';
import { normalised as comparableCohere, toOpenAi as fromCohere } from '../providers/cohere/native-to-openai.ts';
import {
  camelCased,
  comparable as comparableGemini,
  toOpenAi as fromGemini,
  type Native,
} from '../providers/google/native-to-openai.ts';
import type { Exchange } from '../support/fixtures.ts';

type Json = Record<string, unknown>;

/** A recorded request as the params of OpenAI's client that ask the same, and how the request that came of them is compared. */
export interface Conversation {
  readonly params: Json;
  /** A native body without what differs for a reason; the reasons stand beside each wire's function. */
  comparable(body: unknown): unknown;
}

/** Undefined where the recording kept no request, or one that OpenAI's form has no words for. */
export function conversationOf({ endpoint, request }: Exchange): Conversation | undefined {
  if (request === null) return undefined;
  const body = request.body as Json;
  const make = CONVERSATIONS.get(endpoint);
  if (make === undefined) throw new Error(`no conversation for ${endpoint}`);
  return make(body);
}

// Anthropic: texts as blocks, turns of one role joined, defaults left out. Google: one spelling of names, one form of schemas,
// the role of the system instruction. Bedrock: empty fields, default choices, JSON results as text. Cohere: empty text beside calls.
const CONVERSATIONS: ReadonlyMap<string, (body: Json) => Conversation | undefined> = new Map([
  ['messages', (body: Json) => ({ params: withoutStream(toAsk(body)), comparable: comparableMessages })],
  ['generateContent', gemini],
  ['streamGenerateContent', gemini],
  ['converse', converse],
  ['converse-stream', converse],
  ['chat', (body: Json) => ({ params: fromCohere(body), comparable: (sent: unknown) => comparableCohere(sent as Json) })],
  ['chat.completions', (body: Json) => ({ params: withoutStream(body), comparable: comparableCompletions })],
  ['responses', (body: Json) => ({ params: withoutStream(body), comparable: withoutDefaults })],
  ['completions', (body: Json) => ({ params: withoutStream(body), comparable: withoutDefaults })],
  // OpenAI's client asks for base64 where its caller says nothing.
  ['embeddings', (body: Json) => ({ params: body, comparable: withoutDefaults })],
  ['embed', embed],
  ['batchEmbedContents', batchEmbed],
  ['predict', predict],
]);

function gemini(body: Json): Conversation | undefined {
  const native = camelCased(body) as Native;
  if (native.contents.some(({ role }) => role === 'invalid_role')) return undefined;
  return { params: fromGemini(native), comparable: (sent) => comparableGemini(camelCased(sent) as Native) };
}

function converse(body: Json): Conversation | undefined {
  const params = fromConverse(body);
  return params && { params, comparable: comparableConverse };
}

function embed({ texts, model: _, embedding_types: __, ...rest }: Json): Conversation {
  return { params: { ...rest, input: texts }, comparable: withoutDefaults };
}

function batchEmbed({ requests }: Json): Conversation {
  const all = requests as { content: { parts: { text: string }[] }; outputDimensionality?: number; taskType?: string }[];
  const [{ outputDimensionality: dimensions, taskType } = {}] = all;
  const input = all.map(({ content }) => content.parts[0]?.text);
  return { params: defined({ input, dimensions, taskType }), comparable: withoutDefaults };
}

function predict({ instances }: Json): Conversation {
  return { params: { input: (instances as { content: string }[]).map(({ content }) => content) }, comparable: withoutDefaults };
}

function withoutStream({ stream: _, ...rest }: Json): Json {
  return rest;
}

/** Nulls, what streaming adds, and the encoding of vectors. */
function withoutDefaults(body: unknown): Json {
  const { stream: _, stream_options: __, encoding_format: ___, ...rest } = body as Json;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
}

/** Empty lists of tools, reasoning under two names at once, and what streaming adds. */
function comparableCompletions(body: unknown): Json {
  const { tools, messages, ...rest } = withoutDefaults(body);
  return defined({
    ...rest,
    tools: Array.isArray(tools) && tools.length > 0 ? tools : undefined,
    messages: (messages as Json[]).map(({ reasoning_content: more, ...message }) =>
      defined({ ...message, reasoning_content: message.reasoning === undefined ? more : undefined }),
    ),
  });
}

function defined(record: Json): Json {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

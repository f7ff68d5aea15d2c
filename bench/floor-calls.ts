import { Agent, type Dispatcher } from 'undici';
import { type Calls, expectAnswer, expectStream } from './calls.ts';
import { PROMPT } from './prompt.ts';
import { DELTAS_PER_STREAM } from './upstream-facts.ts';

type Vendor = 'anthropic' | 'google';

interface Chunk {
  readonly id: string;
  readonly object: 'chat.completion.chunk';
  readonly created: number;
  readonly model: string;
  readonly choices: readonly { index: number; delta: { content?: string }; finish_reason: string | null; logprobs: null }[];
  readonly usage?: { readonly completion_tokens: number };
}

/**
 * The least that a call over a vendor's own wire can be: undici's dispatcher, and a reader that knows the words of this
 * upstream and no others, with an iterator that gives a promise for each chunk in OpenAI's form. No errors, timers,
 * cancellation, budgets or routing: what is above it is what they cost.
 */
export function floorCalls(vendor: Vendor, origin: string): Calls {
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const request = requestsTo[vendor];
  const read = readers[vendor];
  return {
    async chat() {
      const text = await new Promise<string>((resolve, reject) => {
        const pieces: Buffer[] = [];
        agent.dispatch(request(origin, false), {
          ...WITHOUT_HEAD,
          onResponseData: (_controller, piece) => void pieces.push(piece),
          onResponseEnd: () => resolve(Buffer.concat(pieces).toString()),
          onResponseError: (_controller, error) => reject(error),
        });
      });
      const { content, outputTokens } = wholeOf[vendor](JSON.parse(text));
      expectAnswer(content.length, outputTokens);
    },
    async stream() {
      const items = new Items(read);
      agent.dispatch(request(origin, true), items);
      let count = 0;
      let outputTokens: number | undefined;
      for await (const chunk of items) {
        if (chunk.choices[0]?.delta.content) count += 1;
        if (chunk.usage) outputTokens = chunk.usage.completion_tokens;
      }
      expectStream(count, DELTAS_PER_STREAM, outputTokens);
    },
  };
}

const WITHOUT_HEAD = { onRequestStart() {}, onResponseStart() {} };

type Read = (line: string) => Chunk | undefined;

/** The chunks of one body: those of one read are made together. */
class Items implements Dispatcher.DispatchHandler, AsyncIterator<Chunk, undefined> {
  readonly #read: Read;
  #ready: Chunk[] = [];
  #taken = 0;
  #rest = '';
  #ended = false;
  #resolve: ((item: IteratorResult<Chunk, undefined>) => void) | undefined;

  constructor(read: Read) {
    this.#read = read;
  }

  onRequestStart(): void {}
  onResponseStart(): void {}

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Buffer): void {
    const text = this.#rest + bytes.toString('latin1');
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      if (text.charCodeAt(start) === D) {
        const chunk = this.#read(text.slice(start + 'data: '.length, end));
        if (chunk) this.#ready.push(chunk);
      }
      start = end + 1;
    }
    this.#rest = text.slice(start);
    this.#wake();
  }

  onResponseEnd(): void {
    this.#ended = true;
    this.#wake();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    throw error;
  }

  next(): Promise<IteratorResult<Chunk, undefined>> {
    const item = this.#take();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #wake(): void {
    if (this.#resolve === undefined) return;
    const item = this.#take();
    if (item === undefined) return;
    this.#resolve(item);
    this.#resolve = undefined;
  }

  #take(): IteratorResult<Chunk, undefined> | undefined {
    const value = this.#ready[this.#taken];
    if (value === undefined) return this.#ended ? { done: true, value: undefined } : undefined;
    this.#taken += 1;
    if (this.#taken === this.#ready.length) {
      this.#ready = [];
      this.#taken = 0;
    }
    return { done: false, value };
  }
}

const D = 0x64;

function toChunk(model: string, content: string): Chunk {
  const choices = [{ index: 0, delta: { content }, finish_reason: null, logprobs: null }];
  return { id: 'chatcmpl-floor', object: 'chat.completion.chunk', created: 1, model, choices };
}

const CLAUDE = 'claude-sonnet-4-6';
const GEMINI = 'gemini-2.5-flash';
const CLAUDE_TEXT = '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"';
const GEMINI_TEXT = '{"candidates":[{"content":{"parts":[{"text":"';

/** Texts of this upstream have no escapes. */
const readers: Readonly<Record<Vendor, Read>> = {
  anthropic(line) {
    if (line.startsWith(CLAUDE_TEXT))
      return toChunk(CLAUDE, line.slice(CLAUDE_TEXT.length, line.indexOf('"', CLAUDE_TEXT.length)));
    const { usage } = JSON.parse(line);
    if (usage === undefined) return undefined;
    return { ...toChunk(CLAUDE, ''), choices: [], usage: { completion_tokens: usage.output_tokens } };
  },
  google(line) {
    const chunk = toChunk(GEMINI, line.slice(GEMINI_TEXT.length, line.indexOf('"', GEMINI_TEXT.length)));
    if (!line.includes('"finishReason"')) return chunk;
    return { ...chunk, usage: { completion_tokens: JSON.parse(line).usageMetadata.candidatesTokenCount } };
  },
};

interface Whole {
  readonly content: string;
  readonly outputTokens: number;
}

interface Claude {
  readonly content: readonly { readonly text: string }[];
  readonly usage: { readonly output_tokens: number };
}

interface Gemini {
  readonly candidates: readonly { readonly content: { readonly parts: readonly { readonly text: string }[] } }[];
  readonly usageMetadata: { readonly candidatesTokenCount: number };
}

const wholeOf = {
  anthropic: ({ content, usage }: Claude): Whole => ({ content: content[0]?.text ?? '', outputTokens: usage.output_tokens }),
  google: ({ candidates, usageMetadata }: Gemini): Whole => ({
    content: candidates[0]?.content.parts[0]?.text ?? '',
    outputTokens: usageMetadata.candidatesTokenCount,
  }),
};

const { system, user, temperature, mostTokens } = PROMPT;

function post(origin: string, path: string, key: string, body: object): Dispatcher.DispatchOptions {
  const base = new URL(origin);
  const headers = { 'content-type': 'application/json', [key]: 'bench', 'anthropic-version': '2023-06-01' };
  const prefix = base.pathname === '/' ? '' : base.pathname;
  return { origin: base.origin, path: prefix + path, method: 'POST', headers, body: JSON.stringify(body) };
}

const requestsTo: Readonly<Record<Vendor, (origin: string, stream: boolean) => Dispatcher.DispatchOptions>> = {
  anthropic(origin, stream) {
    const body = { model: CLAUDE, temperature, max_tokens: mostTokens, system, messages: [{ role: 'user', content: user }] };
    return post(origin, '/v1/messages', 'x-api-key', stream ? { ...body, stream } : body);
  },
  google(origin, stream) {
    const method = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
    const contents = [{ role: 'user', parts: [{ text: user }] }];
    const generationConfig = { temperature, maxOutputTokens: mostTokens };
    const body = { contents, systemInstruction: { parts: [{ text: system }] }, generationConfig };
    return post(origin, `/v1beta/models/${GEMINI}:${method}`, 'x-goog-api-key', body);
  },
};

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Wire } from './hostile-bodies.ts';

const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
const CHAT = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  text: 'said',
  choices: [
    {
      index: 0,
      text: 'said',
      message: { role: 'assistant', content: 'said', refusal: null },
      finish_reason: 'stop',
      logprobs: null,
    },
  ],
  usage: USAGE,
};
const RESPONSE = {
  id: 'resp',
  object: 'response',
  created_at: 1,
  model: 'm',
  status: 'completed',
  output: [
    {
      type: 'message',
      id: 'msg',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'said', annotations: [] }],
    },
  ],
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
};
const SOUND = 'x'.repeat(16 * 1024);
const MESSAGE = {
  id: 'msg',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [{ type: 'text', text: 'said' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
};
const CANDIDATE = {
  candidates: [{ content: { role: 'model', parts: [{ text: 'said' }] }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
};
const COHERE = {
  id: 'c',
  finish_reason: 'COMPLETE',
  message: { role: 'assistant', content: [{ type: 'text', text: 'said' }] },
  usage: { tokens: { input_tokens: 1, output_tokens: 1 } },
};

/** More than anybody may hold. */
const STREAM_BYTES = 64 * 1024 * 1024;
const EVENT = `data: ${JSON.stringify({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta: { content: 'some words of joe@example.com and others' }, finish_reason: null }],
})}\n\n`;
const LAST = `data: ${JSON.stringify({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
})}\n\ndata: [DONE]\n\n`;

export interface HostileUpstream {
  readonly baseURL: Readonly<Record<Wire, string>>;
  /** Answers under way. */
  readonly open: number;
  /** Bytes of streams that went out. */
  readonly streamed: number;
  close(): void;
}

/** Reads whatever comes, and answers in the form of the path that was asked. */
export async function startHostileUpstream(): Promise<HostileUpstream> {
  let open = 0;
  let streamed = 0;
  const stream = (outgoing: ServerResponse, type: string, piece: string, last: string) => {
    outgoing.setHeader('content-type', type);
    const pieces = function* () {
      for (let sent = 0; sent < STREAM_BYTES; sent += piece.length) {
        streamed += piece.length;
        yield piece;
      }
      yield last;
    };
    pipeline(Readable.from(pieces(), { objectMode: false, highWaterMark: 1 }), outgoing).catch(() => {});
  };
  const server: Server = createServer((incoming, outgoing) => {
    open += 1;
    outgoing.once('close', () => {
      open -= 1;
    });
    let lists = 0;
    let isStream = false;
    incoming.on('data', (chunk: Buffer) => {
      isStream ||= chunk.length < 1_000 && chunk.includes('"stream":true');
      for (let at = chunk.indexOf('],'); at >= 0; at = chunk.indexOf('],', at + 1)) lists += 1;
    });
    incoming.on('end', () => {
      const url = incoming.url ?? '';
      if (isStream) return stream(outgoing, 'text/event-stream', EVENT.repeat(64), LAST);
      if (url.endsWith('/audio/speech') || url.endsWith('/content')) return stream(outgoing, 'audio/mpeg', SOUND, '');
      outgoing.setHeader('content-type', 'application/json');
      outgoing.end(JSON.stringify(answerTo(url, lists)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const baseURL = { 'openai-compatible': `${origin}/v1`, anthropic: origin, google: origin, cohere: origin };
  return {
    baseURL,
    get open() {
      return open;
    },
    get streamed() {
      return streamed;
    },
    close: () => void server.close(),
  };
}

function answerTo(path: string, lists: number): object {
  if (path.endsWith('/v1/embeddings')) return embeddings(lists + 1);
  if (path.endsWith('/responses')) return RESPONSE;
  if (path.endsWith('/messages')) return MESSAGE;
  if (path.includes(':generateContent')) return CANDIDATE;
  return path.endsWith('/v2/chat') ? COHERE : CHAT;
}

/** A vector for each list of tokens; of other inputs they are too few, which is no matter here. */
function embeddings(count: number): object {
  const data = Array.from({ length: count }, (_, index) => ({ object: 'embedding', index, embedding: [1, 2] }));
  return { object: 'list', model: 'm', data, usage: USAGE };
}

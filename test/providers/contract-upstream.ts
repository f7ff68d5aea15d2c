import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { UpstreamMood } from '../../src/testing/index.ts';
import { recordedBytes } from '../support/event-frames.ts';
import { type Exchange, exchangeIndex, readExchange } from '../support/fixtures.ts';

/** An upstream on loopback that answers with recordings, as its mood is. */
export interface Upstream {
  readonly origin: string;
  readonly model: string;
  requests(): number;
  reached(): Promise<void>;
  close(): Promise<void>;
}

export async function upstreamIn(
  mood: UpstreamMood,
  { provider, whole, stream }: { provider: string; whole: string; stream: string },
): Promise<Upstream> {
  const wholeAnswer = recordingOf(provider, whole, false);
  const streamedAnswer = recordingOf(provider, stream, true);
  let requests = 0;
  let reached = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    requests += 1;
    const asksForStream =
      /converse-stream|streamGenerateContent/.test(request.url ?? '') || Buffer.concat(chunks).includes('"stream":true');
    answerIn(mood, asksForStream ? streamedAnswer : wholeAnswer, request, response);
    reached.resolve();
    reached = Promise.withResolvers<void>();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    model: streamedAnswer.model ?? wholeAnswer.model,
    requests: () => requests,
    reached: () => reached.promise,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function recordingOf(provider: string, endpoint: string, stream: boolean): Exchange {
  const entry = exchangeIndex().find(
    (each) =>
      each.provider === provider &&
      each.endpoint === endpoint &&
      each.stream === stream &&
      each.status === 200 &&
      !hasError(each.file),
  );
  if (entry === undefined) throw new Error(`no recording of ${provider} ${endpoint}`);
  return readExchange(entry.file);
}

function hasError(file: string): boolean {
  return readExchange(file).response.sse?.some((event) => event.includes('"error"')) ?? false;
}

function answerIn(mood: UpstreamMood, exchange: Exchange, request: IncomingMessage, response: ServerResponse): void {
  if (mood === 'hangs') return;
  if (mood === 'fails' || mood === 'refuses') {
    const message = `no luck with ${JSON.stringify(request.headers)}`;
    response.writeHead(mood === 'fails' ? 500 : 429, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message, type: 'some_error', code: null }, message, headers: request.headers }));
    return;
  }
  const bytes = recordedBytes(exchange);
  const type = exchange.response.headers['content-type'] ?? (exchange.stream ? 'text/event-stream' : 'application/json');
  response.writeHead(200, { 'content-type': type });
  if (mood === 'answers') response.end(bytes);
  else {
    response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => {
      if (mood === 'breaks') response.destroy();
    });
  }
}

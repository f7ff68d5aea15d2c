import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { recordedBytes } from './event-frames.ts';
import type { Exchange } from './fixtures.ts';

/** A request as it arrived under a replay's prefix. */
export interface ReplayedRequest {
  readonly method: string;
  /** Path and query, without the replay's prefix. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** One exchange that is being served. */
export interface Replay {
  /** Where its upstream stands: the server's origin with a prefix of its own. */
  readonly root: string;
  readonly requests: ReplayedRequest[];
  /** Positions at which the answer's bytes are cut into pieces. */
  cuts: readonly number[];
}

/** A server on loopback that answers with recorded exchanges, each under a path prefix of its own. */
export class ReplayServer {
  readonly #server: Server;
  readonly #replays: { replay: Replay; exchange: Exchange }[] = [];

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Call it only on a server that listens. */
  add(exchange: Exchange): Replay {
    const { port } = this.#server.address() as AddressInfo;
    const replay: Replay = { root: `http://127.0.0.1:${port}/r${this.#replays.length}`, requests: [], cuts: [] };
    this.#replays.push({ replay, exchange });
    return replay;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [, number = '', path = ''] = /^\/r(\d+)(.*)$/.exec(request.url ?? '') ?? [];
    const found = this.#replays[Number(number)];
    if (found === undefined) {
      response.writeHead(599).end('no such recording');
      return;
    }
    const { replay, exchange } = found;
    replay.requests.push({ method: request.method ?? '', path, headers: request.headers, body: parsed(Buffer.concat(chunks)) });
    response.writeHead(exchange.response.status, headersOf(exchange));
    const bytes = recordedBytes(exchange);
    let start = 0;
    for (const end of [...replay.cuts, bytes.length]) {
      if (end > start) response.write(bytes.subarray(start, end));
      start = Math.max(start, end);
    }
    response.end();
  }
}

function parsed(body: Buffer): unknown {
  return body.length === 0 ? undefined : JSON.parse(body.toString('utf8'));
}

// They describe the transfer of the recording, not the answer; a recording may lack the content type.
const OF_THE_TRANSFER = new Set(['connection', 'content-encoding', 'content-length', 'transfer-encoding']);

function headersOf({ response }: Exchange): Record<string, string> {
  const kept = Object.entries(response.headers).filter(([name]) => !OF_THE_TRANSFER.has(name));
  return { 'content-type': response.sse ? 'text/event-stream' : 'application/json', ...Object.fromEntries(kept) };
}

/** Positions to cut `length` bytes at, ascending, the same for the same seed. */
export function seededCuts(seed: number, length: number, count: number): number[] {
  let state = Math.imul(seed, 2_654_435_761) | 1;
  const cuts = Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * length);
  });
  return cuts.sort((left, right) => left - right);
}

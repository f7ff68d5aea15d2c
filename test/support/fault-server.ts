import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';

/** One request as it arrived. */
export interface FaultRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Position of its connection, from 0. */
  readonly connection: number;
}

/**
 * One request and the socket to answer it on. Every verb writes at once; those that write resolve when the system
 * took the bytes or the socket closed.
 */
export interface FaultExchange {
  readonly request: FaultRequest;
  /** Position of the request on this server, from 0. */
  readonly index: number;
  readonly socket: net.Socket;
  /** Resolves when the socket closed, whoever closed it. */
  readonly closed: Promise<void>;
  /** Status line and headers; without `content-length` or `transfer-encoding` the body lasts until `end`. */
  head(status: number, headers?: Readonly<Record<string, string | readonly string[]>>): Promise<void>;
  /** The head of a chunked event stream. */
  sseHead(): Promise<void>;
  /** Bytes as they are. */
  write(bytes: string | Uint8Array): Promise<void>;
  /** One chunk of a chunked body. */
  chunk(bytes: string | Uint8Array): Promise<void>;
  /** One chunk with an event `data: …` for each value; a value that is no string goes as JSON. */
  sse(...values: unknown[]): Promise<void>;
  /** The end of a chunked body; the connection stays. */
  lastChunk(): Promise<void>;
  /** A whole answer with its length; a body that is no string and no bytes goes as JSON. */
  answer(status: number, body: unknown, headers?: Readonly<Record<string, string>>): Promise<void>;
  /** Closes regularly (FIN). */
  end(): void;
  /** Closes at once (RST). */
  reset(): void;
}

export interface FaultServerOptions {
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer };
  /** Runs for each connection before its first request. */
  readonly onConnection?: (socket: net.Socket, connection: number) => void;
}

/** A raw server on 127.0.0.1 whose every byte a test decides. */
export class FaultServer {
  readonly requests: FaultRequest[] = [];
  readonly #server: net.Server;
  readonly #script: (exchange: FaultExchange) => void | Promise<void>;
  readonly #sockets = new Set<net.Socket>();
  readonly #scriptErrors: unknown[] = [];
  readonly #scheme: string;
  #connections = 0;

  constructor(script: (exchange: FaultExchange) => void | Promise<void>, options: FaultServerOptions) {
    this.#script = script;
    this.#scheme = options.tls ? 'https' : 'http';
    const accept = (socket: net.Socket) => this.#accept(socket, options);
    this.#server = options.tls ? tls.createServer(options.tls, accept) : net.createServer(accept);
    this.#server.on('tlsClientError', () => {});
  }

  listen(): Promise<unknown> {
    return once(this.#server.listen(0, '127.0.0.1'), 'listening');
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  get origin(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  /** Connections accepted so far. */
  get connections(): number {
    return this.#connections;
  }

  openSockets(): number {
    return this.#sockets.size;
  }

  /** Resolves when no connection is open. */
  async quiet(): Promise<void> {
    await Promise.all([...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  }

  /** Closes every connection. Rejects if a script threw. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    if (this.#scriptErrors.length > 0) throw new AggregateError(this.#scriptErrors, 'a script of the fault server failed');
  }

  #accept(socket: net.Socket, options: FaultServerOptions): void {
    const connection = this.#connections;
    this.#connections += 1;
    this.#sockets.add(socket);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    options.onConnection?.(socket, connection);
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      for (let taken = takeRequest(received, connection); taken; taken = takeRequest(received, connection)) {
        received = taken.rest;
        this.#run(toExchange(socket, closed, taken.request, this.requests.push(taken.request) - 1));
      }
    });
  }

  async #run(exchange: FaultExchange): Promise<void> {
    try {
      await this.#script(exchange);
    } catch (error) {
      this.#scriptErrors.push(error);
    }
  }
}

/** Starts a server that runs `script` for each request. */
export async function startFaultServer(
  script: (exchange: FaultExchange) => void | Promise<void>,
  options: FaultServerOptions = {},
): Promise<FaultServer> {
  const server = new FaultServer(script, options);
  await server.listen();
  return server;
}

/** The first request of what was received, once its head and body (by `content-length`) are whole. */
function takeRequest(received: Buffer, connection: number): { request: FaultRequest; rest: Buffer } | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [requestLine = '', ...lines] = received.toString('latin1', 0, headEnd).split('\r\n');
  const [method = '', path = ''] = requestLine.split(' ');
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.replace(/^.*?:\s*/, '')]));
  const bodyEnd = headEnd + 4 + Number(headers.get('content-length') ?? 0);
  if (received.length < bodyEnd) return undefined;
  const body = received.subarray(headEnd + 4, bodyEnd);
  return { request: { method, path, headers, body, connection }, rest: received.subarray(bodyEnd) };
}

function toExchange(socket: net.Socket, closed: Promise<void>, request: FaultRequest, index: number): FaultExchange {
  const write = (...parts: (string | Uint8Array)[]) =>
    new Promise<void>((resolve) => {
      if (socket.destroyed) return resolve();
      socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))), () => resolve());
    });
  const exchange: FaultExchange = {
    request,
    index,
    socket,
    closed,
    head: (status, headers = {}) => write(`HTTP/1.1 ${status} Scripted\r\n${headerLines(headers)}\r\n`),
    sseHead: () => exchange.head(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' }),
    write: (bytes) => write(bytes),
    chunk: (bytes) => write(`${Buffer.byteLength(bytes).toString(16)}\r\n`, bytes, '\r\n'),
    sse: (...values) => exchange.chunk(values.map((value) => `data: ${toText(value)}\n\n`).join('')),
    lastChunk: () => write('0\r\n\r\n'),
    answer(status, body, headers = {}) {
      const bytes = body instanceof Uint8Array ? body : Buffer.from(toText(body));
      const lines = headerLines({ 'content-type': 'application/json', 'content-length': `${bytes.length}`, ...headers });
      return write(`HTTP/1.1 ${status} Scripted\r\n${lines}\r\n`, bytes);
    },
    end: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
  };
  return exchange;
}

function headerLines(headers: Readonly<Record<string, string | readonly string[]>>): string {
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}\r\n`));
  return lines.join('');
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

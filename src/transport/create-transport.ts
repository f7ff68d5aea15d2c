import type { Dispatcher } from 'undici';
import type { HttpOptions, HttpReply, HttpRequest, Transport } from '../core/transport.ts';
import { type ExchangeLimits, HttpExchange } from './http-exchange.ts';
import { undici } from './undici.ts';

/** Proxies as the environment names them, read by the configuration; the credentials in their URLs are never printed. */
export interface ProxySettings {
  readonly httpProxy?: string | undefined;
  readonly httpsProxy?: string | undefined;
  /** Hosts reached without a proxy, separated by commas or spaces. */
  readonly noProxy?: string | undefined;
}

export interface TransportOptions {
  /** Sends through this instead of an agent of the transport's own, and does not close it. */
  readonly dispatcher?: Dispatcher | undefined;
  /** Largest whole body, decoded, and largest event of a stream, in bytes. Default 64 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** Largest event of a stream, in bytes, if it is another limit. */
  readonly maxEventBytes?: number | undefined;
  /** When the own agent gives up connecting, in milliseconds; a request's `timeouts.connectMs` may end sooner. Default 5,000. */
  readonly connectMs?: number | undefined;
  readonly proxy: ProxySettings | undefined;
}

/** The transport on undici: keep-alive sockets over HTTP/1.1, one request at a time on each; idle ones keep no process alive. */
export function createTransport(options: TransportOptions): Transport {
  const { maxBodyBytes = DEFAULT_MAX_BODY_BYTES, maxEventBytes = maxBodyBytes } = options;
  const createOwn = (pipelining: number) => createAgent(options, pipelining);
  return new UndiciTransport(options.dispatcher, createOwn, { maxBodyBytes, maxEventBytes });
}

// The last event of a Responses stream repeats all images of the answer as base64.
const DEFAULT_MAX_BODY_BYTES = 67_108_864;
const DEFAULT_CONNECT_MS = 5_000;
// Less than what hosts grant an idle socket (60 s at common load balancers); a server's own keep-alive hint wins.
const KEEP_ALIVE_MS = 30_000;

// Requests that one socket may carry at a time; with 0 it is closed after its first.
const ONE_AT_A_TIME = 1;
const NO_KEEP_ALIVE = 0;

function createAgent({ proxy, connectMs = DEFAULT_CONNECT_MS }: TransportOptions, pipelining: number): Dispatcher {
  const agentOptions = {
    pipelining,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
    connectTimeout: connectMs,
  };
  // An agent that is told itself to leave HTTP/2 alone puts a key together for every request.
  const { Agent, EnvHttpProxyAgent } = undici.value;
  if (proxy === undefined) return new Agent({ ...agentOptions, factory: http1Pool });
  // An absent setting would be read from the environment.
  const { httpProxy = '', httpsProxy = '', noProxy = '' } = proxy;
  return new EnvHttpProxyAgent({ ...agentOptions, allowH2: false, httpProxy, httpsProxy, noProxy });
}

function http1Pool(origin: string | URL, options: object): Dispatcher {
  return new undici.value.Pool(origin, { ...options, allowH2: false });
}

class UndiciTransport implements Transport {
  /** An own one is made when it is first needed. */
  #dispatcher: Dispatcher | undefined;
  readonly #isOwn: boolean;
  readonly #createOwn: (pipelining: number) => Dispatcher;
  readonly #limits: ExchangeLimits;
  /** Keeps no socket; made when it is first needed. */
  #unkept: Dispatcher | undefined;

  constructor(dispatcher: Dispatcher | undefined, createOwn: (pipelining: number) => Dispatcher, limits: ExchangeLimits) {
    this.#dispatcher = dispatcher;
    this.#isOwn = dispatcher === undefined;
    this.#createOwn = createOwn;
    this.#limits = limits;
  }

  send(request: HttpRequest, options: HttpOptions): Promise<HttpReply> {
    if (options.cancellation.cancelled) return Promise.reject(options.cancellation.reason);
    if (this.#isOwn && !undici.isLoaded) return undici.load().then(() => this.send(request, options));
    return new Promise((resolve, reject) => {
      const exchange = new HttpExchange(request.origin, options, this.#limits, resolve, reject);
      exchange.start(options.newSocket ? this.#withNewSocket() : this.#kept(), request);
    });
  }

  async close(force = false): Promise<void> {
    if (!this.#isOwn) return;
    await Promise.all(
      [this.#dispatcher, this.#unkept].map((dispatcher) => (force ? dispatcher?.destroy() : dispatcher?.close())),
    );
  }

  #kept(): Dispatcher {
    this.#dispatcher ??= this.#createOwn(ONE_AT_A_TIME);
    return this.#dispatcher;
  }

  /** A dispatcher of the user's own is asked as ever: only it knows how its servers are reached. */
  #withNewSocket(): Dispatcher {
    if (!this.#isOwn) return this.#kept();
    this.#unkept ??= this.#createOwn(NO_KEEP_ALIVE);
    return this.#unkept;
  }
}

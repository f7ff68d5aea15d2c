import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import type { HttpOptions, HttpReply, HttpRequest, Transport } from '../core/transport.ts';
import { type ExchangeLimits, HttpExchange } from './http-exchange.ts';

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
  /** Largest whole body, in bytes, decoded. Default 32 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** Largest event of a stream, in bytes. Default 8 MiB, the limit of OpenAI's own client. */
  readonly maxEventBytes?: number | undefined;
  /** When the own agent gives up connecting, in milliseconds; a request's `timeouts.connectMs` may end sooner. Default 5,000. */
  readonly connectMs?: number | undefined;
  readonly proxy: ProxySettings | undefined;
}

/** The transport on undici: keep-alive sockets over HTTP/1.1, one request at a time on each; idle ones keep no process alive. */
export function createTransport(options: TransportOptions): Transport {
  const { maxBodyBytes = DEFAULT_MAX_BODY_BYTES, maxEventBytes = DEFAULT_MAX_EVENT_BYTES } = options;
  return new UndiciTransport(options.dispatcher, () => createAgent(options), { maxBodyBytes, maxEventBytes });
}

const DEFAULT_MAX_BODY_BYTES = 33_554_432;
const DEFAULT_MAX_EVENT_BYTES = 8_388_608;
const DEFAULT_CONNECT_MS = 5_000;
// Less than what hosts grant an idle socket (60 s at common load balancers); a server's own keep-alive hint wins.
const KEEP_ALIVE_MS = 30_000;

function createAgent({ proxy, connectMs = DEFAULT_CONNECT_MS }: TransportOptions): Dispatcher {
  const agentOptions = {
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
    connectTimeout: connectMs,
  };
  // An agent that is told itself to leave HTTP/2 alone puts a key together for every request.
  if (proxy === undefined) return new Agent({ ...agentOptions, factory: http1Pool });
  // An absent setting would be read from the environment.
  const { httpProxy = '', httpsProxy = '', noProxy = '' } = proxy;
  return new EnvHttpProxyAgent({ ...agentOptions, allowH2: false, httpProxy, httpsProxy, noProxy });
}

function http1Pool(origin: string | URL, options: object): Dispatcher {
  return new Pool(origin, { ...options, allowH2: false });
}

class UndiciTransport implements Transport {
  readonly #dispatcher: Dispatcher;
  readonly #isOwn: boolean;
  readonly #limits: ExchangeLimits;

  constructor(dispatcher: Dispatcher | undefined, createOwn: () => Dispatcher, limits: ExchangeLimits) {
    this.#dispatcher = dispatcher ?? createOwn();
    this.#isOwn = dispatcher === undefined;
    this.#limits = limits;
  }

  send(request: HttpRequest, options: HttpOptions): Promise<HttpReply> {
    if (options.cancellation.cancelled) return Promise.reject(options.cancellation.reason);
    return new Promise((resolve, reject) => {
      const exchange = new HttpExchange(request.origin, options, this.#limits, resolve, reject);
      exchange.start(this.#dispatcher, request);
    });
  }

  async close(force = false): Promise<void> {
    if (!this.#isOwn) return;
    if (force) await this.#dispatcher.destroy();
    else await this.#dispatcher.close();
  }
}

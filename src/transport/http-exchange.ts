import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { AwsEvent, HttpOptions, HttpReply, HttpRequest, ServerSentEvent } from '../core/transport.ts';
import { TransportError } from '../core/transport-error.ts';
import { Watchdog } from '../core/watchdog.ts';
import { areEvents } from './are-events.ts';
import { AwsEventDecoder } from './aws-events.ts';
import type { BodyControl, BodyReader } from './body-reader.ts';
import { BoundedBody } from './bounded-body.ts';
import { ChunkDecoder } from './chunk-decoder.ts';
import { contentEncoding, StreamDecompressor } from './content-encoding.ts';
import { EventBody } from './event-body.ts';
import type { EventDecoder } from './event-decoder.ts';
import { kindOfReply } from './kind-of-reply.ts';
import { observeSocket, type SocketObserver } from './observe-socket.ts';
import { SentBody } from './sent-body.ts';
import { ServerSentEventDecoder } from './server-sent-events.ts';
import { toTransportError } from './to-transport-error.ts';
import { WholeBody } from './whole-body.ts';

export interface ExchangeLimits {
  readonly maxBodyBytes: number;
  readonly maxEventBytes: number;
}

/** What a request waits for. */
type Phase = 'connect' | 'first-byte' | 'idle';

/** One request and its answer, as the HTTP client's handler. It settles once; after that nothing of it is left behind. */
export class HttpExchange implements Dispatcher.DispatchHandler, BodyControl, SocketObserver {
  readonly #origin: string;
  readonly #options: HttpOptions;
  readonly #limits: ExchangeLimits;
  readonly #resolve: (reply: HttpReply) => void;
  readonly #reject: (error: unknown) => void;
  readonly #watchdog: Watchdog<Phase>;
  #detach: (() => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #reader: BodyReader | undefined;
  /** Of a request that is written as it comes. */
  #sentBody: SentBody | undefined;
  #done = false;
  #answered = false;
  /** The head of a whole answer is there, and nothing of its body. */
  #awaitsBody = false;
  /** Read as a whole, until its first bytes tell what it is. */
  #isUntyped = false;
  #status = 0;
  #headers: Record<string, string> = NO_HEADERS;
  #reusedSocket = false;

  constructor(
    origin: string,
    options: HttpOptions,
    limits: ExchangeLimits,
    resolve: (reply: HttpReply) => void,
    reject: (error: unknown) => void,
  ) {
    this.#origin = origin;
    this.#options = options;
    this.#limits = limits;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#watchdog = new Watchdog(options.clock, (phase, limitMs) => this.#fail(this.#timedOut(phase, limitMs)));
  }

  start(dispatcher: Dispatcher, request: HttpRequest): void {
    const { cancellation, timeouts, progress } = this.#options;
    if (progress) progress.sent = false;
    this.#watchdog.wait('connect', timeouts.connectMs);
    this.#detach = cancellation.onCancel((reason) => this.#fail(reason));
    const { origin, path, method, headers } = request;
    const body = request.body instanceof ReadableStream ? this.#openSentBody(request.body) : (request.body ?? null);
    try {
      dispatcher.dispatch({ origin, path, method, headers, body, headersTimeout: 0, bodyTimeout: 0 }, this);
    } catch (error) {
      this.#fail(this.#toTransportError(error));
    }
  }

  /** As long as it is written, nothing is missing of the answer. */
  #openSentBody(body: ReadableStream<Uint8Array>): Readable {
    this.#sentBody = new SentBody(body, () => this.#watchdog.touch());
    // The HTTP client's types know iterables by this name only.
    return this.#sentBody as unknown as Readable;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#done) {
      controller.abort(ABANDONED);
      return;
    }
    this.#controller = controller;
    if (this.#options.progress) this.#options.progress.sent = true;
    this.#watchdog.wait('first-byte', this.#options.timeouts.firstTokenMs);
    observeSocket(this);
  }

  onSocket(reused: boolean): void {
    this.#reusedSocket = reused;
  }

  onResponseStarted(): void {
    this.#answered = true;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, rawHeaders: IncomingHttpHeaders): void {
    this.#answered = true;
    if (this.#done || status < 200) return;
    const headers = joinValues(rawHeaders);
    this.#status = status;
    this.#headers = headers;
    if (REDIRECTS.has(status) && headers.location !== undefined) {
      this.#fail(new TransportError('redirect', `${this.#host} answered ${status}, and redirects are not followed`));
      return;
    }
    if (status < 300 && this.#options.progress) this.#options.progress.accepted = true;
    const kind = kindOfReply(this.#options.answer, status, headers);
    this.#isUntyped = kind === 'untyped';
    if (kind === 'whole' || kind === 'untyped') this.#readWhole();
    else this.#readEvents(kind);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#done) return;
    if (this.#isUntyped) this.#lookAt(chunk);
    this.#reader?.data(chunk);
    if (this.#awaitsBody) this.startWaiting();
    else this.#watchdog.touch();
  }

  onResponseEnd(): void {
    if (this.#done) return;
    this.#finish();
    this.#reader?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#done) this.#fail(this.#toTransportError(error));
  }

  pause(): void {
    if (!this.#done) this.#controller?.pause();
  }

  resume(): void {
    if (!this.#done) this.#controller?.resume();
  }

  startWaiting(): void {
    this.#awaitsBody = false;
    if (!this.#done) this.#watchdog.wait('idle', this.#options.timeouts.idleMs);
  }

  stopWaiting(): void {
    this.#watchdog.rest();
  }

  close(): void {
    if (this.#done) return;
    this.#finish();
    this.#controller?.abort(ABANDONED);
  }

  #lookAt(chunk: Buffer): void {
    const seen = areEvents(chunk);
    this.#isUntyped = seen === undefined;
    if (seen === true) this.#readEvents('server-sent-events');
  }

  #readWhole(): void {
    const status = this.#status;
    const headers = this.#headers;
    const maxBytes = this.#limits.maxBodyBytes;
    const onFail = (error: unknown, received: Buffer | undefined) => {
      this.close();
      const { progress } = this.#options;
      if (progress && status < 300) progress.received = received;
      this.#reject(error);
    };
    const onEnd = (body: Buffer) => this.#resolve({ kind: 'whole', status, headers, body });
    const reader = new WholeBody({ maxBytes, encoding: contentEncoding(headers), onEnd, onFail });
    this.#reader = reader;
    this.#awaitBody();
    if (Number(headers['content-length']) > maxBytes) reader.failTooLarge();
  }

  /** Some hosts send the head at once, and the body when the answer is written: that is waited for as for the head. */
  #awaitBody(): void {
    const { firstTokenMs, idleMs } = this.#options.timeouts;
    this.#awaitsBody = true;
    this.#watchdog.wait('idle', Math.max(firstTokenMs, idleMs));
  }

  #readEvents(kind: Exclude<HttpReply['kind'], 'whole'>): void {
    const status = this.#status;
    const headers = this.#headers;
    this.#awaitsBody = false;
    this.#watchdog.rest();
    const { maxEventBytes } = this.#limits;
    if (kind === 'bytes') {
      this.#resolve({ kind, status, headers, chunks: this.#openBody(new ChunkDecoder(), headers) });
    } else if (kind === 'aws-events') {
      const events = this.#openBody<AwsEvent>(new AwsEventDecoder(maxEventBytes), headers);
      this.#resolve({ kind, status, headers, events });
    } else {
      const events = this.#openBody<ServerSentEvent>(new ServerSentEventDecoder(maxEventBytes), headers);
      this.#resolve({ kind, status, headers, events });
    }
  }

  #openBody<T>(decoder: EventDecoder<T>, headers: Readonly<Record<string, string>>): EventBody<T> {
    const encoding = contentEncoding(headers);
    const decompressor = encoding === undefined ? undefined : new StreamDecompressor(encoding, this);
    const control = decompressor ?? this;
    const body = new EventBody(decoder, control, this.#options.cancellation);
    // Events in place of a whole answer are put together to one.
    const isKept = this.#options.answer === 'whole-or-events';
    const reader = isKept ? new BoundedBody(body, control, this.#limits.maxBodyBytes) : body;
    decompressor?.pipeTo(reader);
    this.#reader = decompressor ?? reader;
    return body;
  }

  /** Without credentials, should the origin have any. */
  get #host(): string {
    const origin = this.#origin;
    return origin.slice(Math.max(origin.indexOf('://') + 3, origin.lastIndexOf('@') + 1));
  }

  #fail(error: unknown): void {
    if (this.#done) return;
    this.close();
    if (this.#reader === undefined) this.#reject(error);
    else this.#reader.fail(error);
  }

  #finish(): void {
    this.#done = true;
    this.#watchdog.stop();
    this.#sentBody?.cancel();
    this.#detach?.();
    this.#detach = undefined;
  }

  #timedOut(phase: Phase, limitMs: number): TransportError {
    switch (phase) {
      case 'connect':
        return new TransportError('connect-timeout', `no connection to ${this.#host} within ${limitMs} ms`, { neverSent: true });
      case 'first-byte':
        return new TransportError('first-byte-timeout', `no answer from ${this.#host} within ${limitMs} ms`);
      case 'idle':
        return new TransportError('idle-timeout', `the answer of ${this.#host} stopped for ${limitMs} ms`);
    }
  }

  #toTransportError(error: unknown): TransportError {
    return toTransportError(error, {
      host: this.#host,
      sent: this.#controller !== undefined,
      answered: this.#answered,
      reusedSocket: this.#reusedSocket,
    });
  }
}

const NO_HEADERS: Record<string, string> = {};

// What the HTTP client gets as the reason of an abort; nobody else sees it.
const ABANDONED = new Error('the exchange is over');

// Those that lead elsewhere if they say where to (https://fetch.spec.whatwg.org/#redirect-status).
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** As it is if no name has several values, which is nearly always. */
function joinValues(headers: IncomingHttpHeaders): Record<string, string> {
  for (const name in headers) {
    if (typeof headers[name] !== 'string') return joined(headers);
  }
  return headers as Record<string, string>;
}

function joined(headers: IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return result;
}

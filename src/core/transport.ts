import type { Cancellation } from './cancellation.ts';
import type { Clock } from './clock.ts';
import type { ItemSource } from './item-source.ts';
import type { SentCredentials } from './sent-credentials.ts';
import type { Timeouts } from './timeouts.ts';

/** The only way out of the process. Redirects are refused, bodies are capped, no retry happens here. */
export interface Transport {
  /**
   * Sends a request. `answer` says what a 2xx reply is to be; any other reply comes with its whole body, so that an
   * error can be read, and so does a 2xx reply that is not what was asked for: by its content type, or by its first bytes,
   * since many a host sends server-sent events as something else.
   * Rejects with `TransportError`, or with the cancellation's reason.
   */
  send(request: HttpRequest, options: HttpOptions): Promise<HttpReply>;
  /** Ends idle sockets; with `force`, busy ones too. */
  close(force?: boolean): Promise<void>;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `https://host[:port]`. */
  readonly origin: string;
  /** Path and query, percent-encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream is written as it comes, and cancelled if the exchange ends before it. */
  readonly body: string | Uint8Array | ReadableStream<Uint8Array> | undefined;
}

export interface HttpOptions {
  /** `bytes`: whatever is not JSON, as it comes. `whole-or-events`: whole, unless it comes as server-sent events. */
  readonly answer: 'whole' | 'whole-or-events' | 'server-sent-events' | 'aws-events' | 'bytes';
  readonly cancellation: Cancellation;
  readonly timeouts: Timeouts;
  readonly clock: Clock;
  /** Sends over a socket that carried no request before, as far as the dispatcher is the transport's own. */
  readonly newSocket?: boolean | undefined;
  /** Kept up to date by the transport. */
  readonly progress?: RequestProgress | undefined;
}

/** How far a request came, so that an abort knows whether the provider may be at work on it. */
export interface RequestProgress {
  /** Undefined until the transport has the request, then false until it begins to be written. */
  sent?: boolean | undefined;
  /** The server has answered with a success, whatever became of the body. */
  accepted?: boolean | undefined;
  /** Bytes of a whole answer with success that broke off, decoded, until the provider has read them. */
  received?: Uint8Array | undefined;
  /** What came of a whole answer with success that broke off, in OpenAI's form; kept by the provider. */
  came?: object | undefined;
  /** What the request was authorised with, kept by the provider; undefined if it does not tell. */
  credentials?: SentCredentials | undefined;
  /** Headers of the upstream's answer, kept by the provider, so that those which others add are told from them. */
  answered?: Readonly<Record<string, string>> | undefined;
}

interface HttpReplyHead {
  readonly status: number;
  /** Lower-case names; several values of one name are joined by a comma and a space. */
  readonly headers: Readonly<Record<string, string>>;
}

export type HttpReply =
  | (HttpReplyHead & { readonly kind: 'whole'; readonly body: Uint8Array })
  | (HttpReplyHead & { readonly kind: 'bytes'; readonly chunks: ItemSource<Uint8Array> })
  | (HttpReplyHead & { readonly kind: 'server-sent-events'; readonly events: ItemSource<ServerSentEvent> })
  | (HttpReplyHead & { readonly kind: 'aws-events'; readonly events: ItemSource<AwsEvent> });

/** One dispatched event of a `text/event-stream`. */
export interface ServerSentEvent {
  /** The `event:` field; `message` if there was none. */
  readonly event: string;
  readonly data: string;
}

/** One frame of `application/vnd.amazon.eventstream`, checksums verified. */
export interface AwsEvent {
  /** String headers such as `:message-type`, `:event-type`, `:exception-type`. */
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: Uint8Array;
}

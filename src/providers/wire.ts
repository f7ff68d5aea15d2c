import type { Capabilities } from '../core/capabilities.ts';
import type { Clock } from '../core/clock.ts';
import type { FailureKind } from '../core/failure.ts';
import type { ItemSource } from '../core/item-source.ts';
import type { Operation } from '../core/operation.ts';
import type { Secret } from '../core/secret.ts';
import type { AwsEvent, HttpOptions, HttpReply, HttpRequest, ServerSentEvent } from '../core/transport.ts';
import type { Usage } from '../core/usage.ts';
import type { AttemptContext, UpstreamRequest } from './provider.ts';
import type { ReportingSource } from './reported-usage.ts';
import type { UpstreamError } from './upstream-error.ts';

/**
 * How one vendor's HTTP API is spoken. All members but `authorise` are pure; `wire-provider.ts` does the I/O for all
 * wires in the same way, so that a wire is nothing but translation.
 */
export interface Wire {
  readonly operations: ReadonlySet<Operation>;
  /** Takes a query that the caller adds to a path. */
  readonly takesQuery?: boolean;
  capabilities(upstreamModel: string): Capabilities;
  unsupported(request: Pick<UpstreamRequest, 'operation' | 'upstreamModel' | 'params' | 'stream'>): readonly string[];
  /** As the provider's. */
  judgedAs?(upstreamModel: string): string;
  /** Most inputs of one embeddings request, as the vendor documents it; undefined if it names no limit. */
  mostInputs?(upstreamModel: string): number | undefined;
  /**
   * The caller's params in the wire's form, those that `account.drop` names and the candidate can't honour already left out.
   * What it throws is the request's fault: `RequestInvalid` with the path, if it knows it.
   */
  toRequest(request: UpstreamRequest, account: Account, context: AttemptContext): WireRequest;
  /** Adds the credential; may be asynchronous if a token is fetched or the request signed. */
  authorise(request: HttpRequest, secret: Secret | undefined, account: Account): HttpRequest | Promise<HttpRequest>;
  /** A whole 2xx answer in OpenAI's form. Throws `UpstreamError` if the body is an error or no answer. */
  fromResponse(body: unknown, exchange: WireExchange): unknown;
  /** A stream in OpenAI's form. Its `next` throws `UpstreamError` on an error event or a missing terminal marker. */
  fromStream(events: WireEvents, exchange: WireExchange): ReportingSource<unknown>;
  /** Usage that a body reports although it is an error or no answer, wherever this wire may put it. */
  usageIn(body: unknown): Usage | undefined;
  /**
   * What an error answer means by the wire's own codes, before its status; undefined leaves it to the status.
   * `nowMs` is the wall clock, for reset headers that are points in time.
   */
  explain(error: UpstreamError, nowMs: number): Explanation | undefined;
}

export type WireEvents = ItemSource<ServerSentEvent> | ItemSource<AwsEvent>;

/** A vendor account as configured. */
export interface Account {
  /** Provider's name in the configuration. */
  readonly name: string;
  readonly origin: string;
  /** Path of the base URL without a trailing slash; empty for the root. */
  readonly basePath: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Takes the place of the credential on the paths of an organisation's administration. */
  readonly adminKey?: Secret | undefined;
  readonly drop: ReadonlySet<string>;
  readonly organization: string | undefined;
  readonly project: string | undefined;
  readonly region: string | undefined;
  readonly apiVersion: string | undefined;
}

export interface WireRequest {
  readonly method: HttpRequest['method'];
  /** Path and query below `account.basePath`, percent-encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** An object is sent as JSON; a form as multipart; a stream as it comes. */
  readonly body: object | string | Uint8Array | FormData | ReadableStream<Uint8Array> | undefined;
  readonly answer: HttpOptions['answer'];
}

/** What a translation of the answer may need to know of the exchange. */
export interface WireExchange {
  readonly request: UpstreamRequest;
  readonly requestId: string;
  readonly status: number;
  readonly headers: HttpReply['headers'];
  /** Wall clock at the answer's head in seconds; `created` of answers whose wire gives none. */
  readonly createdSeconds: number;
  /** Node's own if there is none. */
  readonly clock?: Clock | undefined;
}

/** A wire's reading of an error answer. */
export interface Explanation {
  readonly kind: FailureKind;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly type?: string | undefined;
  readonly param?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

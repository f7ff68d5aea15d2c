import type { Cancellation } from '../core/cancellation.ts';
import type { Capabilities } from '../core/capabilities.ts';
import type { Clock } from '../core/clock.ts';
import type { Failure } from '../core/failure.ts';
import type { ItemSource } from '../core/item-source.ts';
import type { Operation } from '../core/operation.ts';
import type { Params } from '../core/params.ts';
import type { Passthrough } from '../core/passthrough.ts';
import type { Secret } from '../core/secret.ts';
import type { Timeouts } from '../core/timeouts.ts';
import type { RequestProgress } from '../core/transport.ts';
import type { Upload } from '../core/upload.ts';
import type { OpenAiUsage } from '../core/usage.ts';

/**
 * A configured vendor account that can be called. Implementations are stateless between calls; everything a call
 * needs comes with it. `tollgate/testing` has `providerContract`, the suite that every implementation runs.
 */
export interface Provider {
  /** Key in `config.providers`. */
  readonly name: string;
  /** Value of OpenTelemetry's `gen_ai.provider.name`, and the vendor whose prices apply. */
  readonly vendor: string;
  /** `https://host[:port]` that it sends to, for telemetry; undefined if it does not tell. */
  readonly origin?: string | undefined;
  supports(operation: Operation): boolean;
  /** What the vendor documents of this model; a deployment's own `capabilities` win over it. Pure. */
  capabilities(upstreamModel: string): Capabilities;
  /**
   * Names of the params, and of content parts by their types, that this provider knows but can't honour for this request and
   * may not leave out; nothing of a malformed request, which `send` refuses. Pure; never throws.
   */
  unsupported(request: Pick<UpstreamRequest, 'operation' | 'upstreamModel' | 'params' | 'stream'>): readonly string[];
  /**
   * Models with the same answer are judged alike by `unsupported`, so that of a list of many one is asked for all of them.
   * Left out: each model by itself. Pure.
   */
  judgedAs?: ((upstreamModel: string) => string) | undefined;
  /**
   * Sends one attempt. Resolves with the whole answer in OpenAI's shape, or with a source of OpenAI's
   * stream items, also for a chat, a text completion or a response that was asked for whole: it is put together then.
   * Rejects with whatever went wrong; `classify` turns that into a failure. Never retries.
   */
  send(request: UpstreamRequest, context: AttemptContext): Promise<UpstreamReply>;
  /** The one place where a throw of `send`, or of its reply's items, becomes data. Pure; never throws. */
  classify(error: unknown): Failure;
}

/** One attempt's request: the caller's params with the deployment's merged under, `model` still the public name. */
export interface UpstreamRequest {
  readonly operation: Operation;
  /** The model's name at the provider; goes into body or path. */
  readonly upstreamModel: string;
  /** Body of the operation in OpenAI's form. Not to be mutated. */
  readonly params: Params;
  /** Multipart body of the operations that upload; `params` then holds its text fields for routing only. */
  readonly form?: FormData | undefined;
  /** Body that is sent as it comes, of an operation that uploads or is handed through. */
  readonly upload?: Upload | undefined;
  /** How many bytes of JSON the caller's body had, if it is large: a provider may take care of the memory then. */
  readonly largeBytes?: number | undefined;
  /** The caller takes an answer of bytes as they come. */
  readonly asBytes?: boolean | undefined;
  /** Query that the caller adds to the operation's path; undefined for none. */
  readonly query?: string | undefined;
  /** True if stream items are asked for. */
  readonly stream: boolean;
  /** Extra headers of the caller, validated, without any credential. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Method, path under the base URL and query, of a `passthrough` operation only. */
  readonly passthrough?: Passthrough | undefined;
}

/** What an attempt may use. */
export interface AttemptContext {
  readonly requestId: string;
  /** Ends the attempt; `context.cancellation.signal` is there for code that needs an `AbortSignal`. */
  readonly cancellation: Cancellation;
  readonly timeouts: Timeouts;
  readonly clock: Clock;
  /** Undefined for a provider that needs none or finds its own (default credentials, SigV4). */
  readonly credential: Credential | undefined;
  readonly capabilities: Capabilities;
  /** The one before was found closed, and all that are kept may be: the request is to go over a new socket. */
  readonly newSocket?: boolean | undefined;
  /** For a provider that can tell whether its request was sent. */
  readonly progress?: RequestProgress | undefined;
}

/** One API key of a provider, or a function that gives a short-lived token. */
export interface Credential {
  /** Safe to print: `<provider>#<position>`. */
  readonly id: string;
  /** Resolves to the bearer token or key. */
  token(): Secret | Promise<Secret>;
}

interface ReplyHead {
  readonly status: number;
  /** Lower-case names; of the upstream's answer. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An upstream's answer. */
export type UpstreamReply =
  /** A parsed answer in OpenAI's shape. */
  | (ReplyHead & { readonly kind: 'object'; readonly body: unknown })
  /** OpenAI's stream items (chat chunks with usage last, Responses events, …); ends only after the wire's terminal marker. */
  | (ReplyHead & {
      readonly kind: 'stream';
      readonly items: ItemSource<unknown>;
      /** Usage that the wire has told so far, for an answer that ends before the item that carries it. */
      readonly reported?: (() => OpenAiUsage | undefined) | undefined;
    })
  /** Bytes (speech, file contents) or text (transcripts as srt, vtt, text). */
  | (ReplyHead & { readonly kind: 'bytes'; readonly bytes: Uint8Array })
  /** Bytes as they come, for a caller that takes them so. */
  | (ReplyHead & { readonly kind: 'chunks'; readonly items: ItemSource<Uint8Array> });

/** Closes a reply that came when nobody waited for it any more. */
export function abandon(reply: UpstreamReply): void {
  if (reply.kind === 'stream' || reply.kind === 'chunks') reply.items.cancel();
}

import type { Caller } from '../core/caller.ts';
import type { FailureKind } from '../core/failure.ts';
import type { Operation } from '../core/operation.ts';
import type { Usage } from '../core/usage.ts';
import type { RequestEndEvent } from './event-map.ts';

interface Asked {
  /** `gateway.gatewayId` of the gateway whose call it is. */
  readonly gatewayId: string;
  readonly requestId: string;
  readonly caller: Caller;
  readonly model: string;
  readonly operation: Operation;
  /** Wall clock, milliseconds. */
  readonly startedAt: number;
}

type EndOfRequest = Omit<
  RequestEndEvent,
  'type' | 'at' | 'requestId' | 'askedFor' | 'caller' | 'model' | 'operation' | 'error' | 'output'
>;

/** Message of the tracing channel `tollgate:request`: one object per call, with the facts of its end from `asyncEnd` on. */
export interface RequestMessage extends Asked, Partial<EndOfRequest> {
  readonly stream: boolean;
  /** Id of the call that the gateway makes this one for: a guard's question about it, or an embedding for its cache. */
  readonly askedFor?: string | undefined;
  /**
   * Of a stream that is handed out as it comes: milliseconds from each item to the next, from the first content on; 0 for one
   * that came together with the one before. The first 10,000.
   */
  readonly chunkGapsMs?: readonly number[];
  /** Codes without words: those of an upstream may repeat the prompt. */
  readonly error?: { readonly code: string; readonly status?: number | undefined };
}

/** Message of the tracing channel `tollgate:attempt`: one object per attempt, with the facts of its end from `asyncEnd` on. */
export interface AttemptMessage extends Asked {
  /** The message of its call. */
  readonly request: RequestMessage;
  /** Number of the attempt in its call, from 1. */
  readonly attempt: number;
  readonly deployment: string;
  readonly provider: string;
  readonly upstreamModel: string;
  /** Value of OpenTelemetry's `gen_ai.provider.name`. */
  readonly vendor: string;
  /** `https://host[:port]` of the provider, if it tells. */
  readonly origin?: string | undefined;
  /** Milliseconds from the start of the call. */
  readonly startedAfterMs: number;
  readonly durationMs?: number;
  readonly usage?: Usage | undefined;
  readonly costUsd?: number | undefined;
  /** The failure, without words. */
  readonly error?: {
    readonly kind: FailureKind;
    readonly code: string;
    readonly status?: number | undefined;
    readonly retryAfterMs?: number | undefined;
  };
}

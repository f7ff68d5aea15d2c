import type { OpenAI } from 'openai';
import { type Clock, systemClock } from '../core/clock.ts';
import { batchingProvider } from './batching-provider.ts';
import { classify } from './classify.ts';
import { droppingProvider } from './drop.ts';
import { openAiCapabilities } from './openai/capabilities.ts';
import { clientReply, handedBack } from './openai/client-reply.ts';
import { mostInputsOf } from './openai/embeddings.ts';
import { explain } from './openai/explain.ts';
import { judgedAs } from './openai/judged-as.ts';
import type { VendorQuirks } from './openai/quirks.ts';
import { toOwnError } from './openai/to-own-error.ts';
import { toRequest } from './openai/to-request.ts';
import { unsupportedParams } from './openai/unsupported.ts';
import { usageIn } from './openai/usage.ts';
import type { AttemptContext, Provider, UpstreamRequest } from './provider.ts';
import { asRequestInvalid, unlessMalformed } from './request-invalid.ts';
import type { Vendor } from './vendor.ts';
import type { Account, WireRequest } from './wire.ts';

export interface OpenAiClientOptions {
  /** Names of params that are left out. */
  readonly drop?: ReadonlySet<string> | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * A provider that sends through an `OpenAI` client the user built (AzureOpenAI, BedrockOpenAI, one with a fetch of its
 * own). Address, credentials and transport are the client's; its retries are off, since the gateway owns them.
 */
export function openaiClientProvider(name: string, vendor: Vendor, client: OpenAI, options: OpenAiClientOptions = {}): Provider {
  const { quirks, operations } = vendor;
  const clock = options.clock ?? systemClock;
  const account: Account = { ...NO_ACCOUNT, name, drop: options.drop ?? NO_ACCOUNT.drop };
  const provider: Provider = {
    name,
    vendor: vendor.vendor,
    origin: originOf(client.baseURL),
    supports: (operation) => operations.has(operation),
    capabilities: (upstreamModel) => openAiCapabilities(upstreamModel, quirks.capabilities),
    unsupported: unlessMalformed((request) => unsupportedParams(request, quirks)),
    judgedAs: (upstreamModel) => judgedAs(upstreamModel, quirks),
    classify: (error) =>
      classify(
        error,
        (upstreamError, nowMs) => explain(upstreamError, nowMs, quirks),
        clock.now(),
        (body) => usageIn(body, quirks),
      ),
    async send(request, context) {
      const wireRequest = translated(request, account, context, quirks);
      const wait = context.timeouts.firstTokenMs;
      const sent = client.request<unknown>({
        method: METHODS[wireRequest.method],
        path: wireRequest.path,
        body: wireRequest.body,
        headers: { ...request.headers, ...typeOf(wireRequest) },
        stream: request.stream,
        signal: context.cancellation.signal,
        timeout: wait,
        maxRetries: 0,
      });
      try {
        return await clientReply(sent, request, context, quirks);
      } catch (error) {
        if (context.cancellation.cancelled) throw context.cancellation.reason;
        const reply = handedBack(error, request);
        if (reply !== undefined) return reply;
        throw toOwnError(error, 'status');
      }
    },
  };
  return droppingProvider(
    batchingProvider(provider, (upstreamModel) => mostInputsOf(upstreamModel, quirks)),
    account.drop,
  );
}

function translated(request: UpstreamRequest, account: Account, context: AttemptContext, quirks: VendorQuirks): WireRequest {
  try {
    return toRequest(request, account, quirks, context.capabilities);
  } catch (error) {
    throw asRequestInvalid(error);
  }
}

/** Of a body that the client sends as it is. */
function typeOf({ headers }: WireRequest): Record<string, string> {
  const type = headers?.['content-type'];
  return type === undefined ? {} : { 'content-type': type };
}

const METHODS = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

const NO_ACCOUNT: Account = {
  name: '',
  origin: '',
  basePath: '',
  headers: {},
  drop: new Set(),
  organization: undefined,
  project: undefined,
  region: undefined,
  apiVersion: undefined,
};

/** A client may be given an address that is none, or take its own at each call. */
function originOf(baseURL: string): string | undefined {
  return URL.canParse(baseURL) ? new URL(baseURL).origin : undefined;
}

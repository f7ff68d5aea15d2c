import type { ItemSource } from '../../core/item-source.ts';
import type { Operation } from '../../core/operation.ts';
import type { ServerSentEvent } from '../../core/transport.ts';
import type { Provider } from '../provider.ts';
import { unlessMalformed } from '../request-invalid.ts';
import type { Vendor } from '../vendor.ts';
import type { Wire } from '../wire.ts';
import { type ProviderParts, wireProvider } from '../wire-provider.ts';
import { openAiCapabilities } from './capabilities.ts';
import { mostInputsOf } from './embeddings.ts';
import { explain } from './explain.ts';
import { fromResponse } from './from-response.ts';
import { fromStream } from './from-stream.ts';
import { judgedAs } from './judged-as.ts';
import type { VendorQuirks } from './quirks.ts';
import { toRequest } from './to-request.ts';
import { unsupportedParams } from './unsupported.ts';
import { usageIn } from './usage.ts';

/** A provider that speaks OpenAI's wire as the vendor does. */
export function openAiProvider(vendor: Vendor, parts: ProviderParts): Provider {
  return wireProvider(vendor.vendor, openAiWire(vendor.quirks, vendor.operations), parts);
}

/** OpenAI's wire with a vendor's quirks. */
export function openAiWire(quirks: VendorQuirks, operations: ReadonlySet<Operation>): Wire {
  return {
    operations,
    takesQuery: true,
    capabilities: (upstreamModel) => openAiCapabilities(upstreamModel, quirks.capabilities),
    unsupported: unlessMalformed((request) => unsupportedParams(request, quirks)),
    judgedAs: (upstreamModel) => judgedAs(upstreamModel, quirks),
    mostInputs: (upstreamModel) => mostInputsOf(upstreamModel, quirks),
    toRequest: (request, account, context) => toRequest(request, account, quirks, context.capabilities),
    authorise(request, secret) {
      if (secret === undefined) return request;
      return { ...request, headers: { ...request.headers, authorization: `Bearer ${secret.reveal()}` } };
    },
    fromResponse: (body, exchange) => fromResponse(body, exchange, quirks),
    fromStream: (events, exchange) => fromStream(events as ItemSource<ServerSentEvent>, exchange, quirks),
    usageIn: (body) => usageIn(body, quirks),
    explain: (error, nowMs) => explain(error, nowMs, quirks),
  };
}

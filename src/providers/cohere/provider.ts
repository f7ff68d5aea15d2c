import type { ItemSource } from '../../core/item-source.ts';
import type { Operation } from '../../core/operation.ts';
import type { ServerSentEvent } from '../../core/transport.ts';
import { ChunkSource } from '../chunk-source.ts';
import type { Provider } from '../provider.ts';
import { unlessMalformed } from '../request-invalid.ts';
import type { Wire } from '../wire.ts';
import { type ProviderParts, wireProvider } from '../wire-provider.ts';
import { ChatTranslation } from './chat-translation.ts';
import { fromEmbedResponse, MOST_TEXTS } from './embeddings.ts';
import { explain } from './explain.ts';
import { fromChatResponse } from './from-response.ts';
import { cohereModel } from './models.ts';
import { toRequest, unsupported } from './to-request.ts';
import { usageIn } from './usage.ts';

/** Cohere by its v2 API: chat and embeddings. */
export function cohereProvider(parts: ProviderParts): Provider {
  return wireProvider('cohere', cohereWire(), parts);
}

const OPERATIONS: ReadonlySet<Operation> = new Set<Operation>(['chat', 'embeddings']);

export function cohereWire(): Wire {
  return {
    operations: OPERATIONS,
    capabilities: (upstreamModel) => cohereModel(upstreamModel).capabilities,
    unsupported: unlessMalformed(unsupported),
    mostInputs: () => MOST_TEXTS,
    toRequest,
    authorise(request, secret) {
      if (secret === undefined) return request;
      return { ...request, headers: { ...request.headers, authorization: `Bearer ${secret.reveal()}` } };
    },
    fromResponse(body, exchange) {
      if (exchange.request.operation === 'embeddings') return fromEmbedResponse(body, exchange);
      return fromChatResponse(body, exchange);
    },
    fromStream(events, exchange) {
      const translation = new ChatTranslation(exchange);
      // The transport gives this kind of events because `toRequest` asked for it.
      return new ChunkSource(events as ItemSource<ServerSentEvent>, translation, exchange);
    },
    explain,
    usageIn,
  };
}

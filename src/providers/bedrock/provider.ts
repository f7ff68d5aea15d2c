import type { ItemSource } from '../../core/item-source.ts';
import type { Operation } from '../../core/operation.ts';
import type { AwsEvent } from '../../core/transport.ts';
import { ChunkSource } from '../chunk-source.ts';
import type { Provider } from '../provider.ts';
import { unlessMalformed } from '../request-invalid.ts';
import type { Wire } from '../wire.ts';
import { type ProviderParts, wireProvider } from '../wire-provider.ts';
import { ConverseTranslation } from './converse-translation.ts';
import { fromInvokeAnswer, mostTexts } from './embeddings.ts';
import { explain } from './explain.ts';
import { fromConverse } from './from-response.ts';
import { bedrockModel } from './models.ts';
import { requestSigner, SigningUnavailable } from './signing.ts';
import { toRequest, unsupported } from './to-request.ts';
import { usageIn } from './usage.ts';

/** Amazon Bedrock by Converse and ConverseStream, with an API key as bearer token or, without one, signed requests. */
export function bedrockProvider(parts: ProviderParts): Provider {
  const provider = wireProvider('aws.bedrock', bedrockWire(parts), parts);
  return {
    ...provider,
    classify(error) {
      if (!(error instanceof SigningUnavailable)) return provider.classify(error);
      const { code, message } = error;
      return { kind: 'credential-rejected', code, message, words: message, reachedProvider: false, cause: error };
    },
  };
}

/** Host of Bedrock's runtime in a region; China has a domain of its own. */
export function bedrockOrigin(region: string): string {
  return `https://bedrock-runtime.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

const OPERATIONS: ReadonlySet<Operation> = new Set<Operation>(['chat', 'embeddings']);

export function bedrockWire({ account, clock }: Pick<ProviderParts, 'account' | 'clock'>): Wire {
  const sign = requestSigner(account.region, clock);
  return {
    operations: OPERATIONS,
    capabilities: (upstreamModel) => bedrockModel(upstreamModel).capabilities,
    unsupported: unlessMalformed(unsupported),
    mostInputs: mostTexts,
    toRequest,
    authorise(request, secret) {
      if (secret === undefined) return sign(request);
      return { ...request, headers: { ...request.headers, authorization: `Bearer ${secret.reveal()}` } };
    },
    fromResponse(body, exchange) {
      if (exchange.request.operation === 'embeddings') return fromInvokeAnswer(body, exchange);
      return fromConverse(body, exchange);
    },
    fromStream(events, exchange) {
      const translation = new ConverseTranslation(exchange);
      // The transport gives this kind of events because `toRequest` asked for it.
      return new ChunkSource(events as ItemSource<AwsEvent>, translation, exchange);
    },
    explain,
    usageIn,
  };
}

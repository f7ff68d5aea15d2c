import type { Operation } from '../../core/operation.ts';
import type { HttpRequest } from '../../core/transport.ts';
import type { UpstreamRequest } from '../provider.ts';
import { unlessMalformed } from '../request-invalid.ts';
import type { Wire, WireRequest } from '../wire.ts';
import {
  embeddingMethod,
  fromEmbeddingResponse,
  mostTexts,
  toEmbeddingRequest,
  unsupportedEmbeddingParams,
} from './embeddings.ts';
import { methodPath } from './endpoints.ts';
import { explain } from './explain.ts';
import { fromChatResponse } from './from-response.ts';
import { fromChatStream } from './from-stream.ts';
import { fromImageResponse, toImageRequest, unsupportedImageParams } from './images.ts';
import { capabilities, type GeminiModel, geminiModel, type Platform } from './model.ts';
import { readGeminiParams, toChatRequest } from './to-request.ts';
import { unsupportedChatParams } from './unsupported.ts';
import { usageIn } from './usage.ts';

const OPERATIONS: ReadonlySet<Operation> = new Set<Operation>(['chat', 'embeddings', 'images.generate']);

/** The wire on the Gemini API. */
export const googleWire: Wire = geminiWire('gemini-api', (request, secret) => {
  return secret === undefined ? request : withHeader(request, 'x-goog-api-key', secret.reveal());
});

/** generateContent and its neighbours on a platform; `authorise` is the platform's. */
export function geminiWire(platform: Platform, authorise: Wire['authorise']): Wire {
  return {
    operations: OPERATIONS,
    capabilities,
    authorise,
    explain,
    usageIn,
    unsupported: unlessMalformed(({ operation, upstreamModel, params }) => {
      if (operation === 'embeddings') return unsupportedEmbeddingParams(params);
      if (operation === 'images.generate') return unsupportedImageParams(params, upstreamModel);
      return unsupportedChatParams(readGeminiParams(params), geminiModel(upstreamModel, platform));
    }),
    mostInputs: (upstreamModel) => mostTexts(geminiModel(upstreamModel, platform)),
    toRequest(request, account) {
      const model = geminiModel(request.upstreamModel, platform);
      const { method, body } = toMethod(request, model);
      const path = methodPath(platform, account, request.upstreamModel, method) + (request.stream ? '?alt=sse' : '');
      return { method: 'POST', path, body, answer: request.stream ? 'server-sent-events' : 'whole' };
    },
    fromResponse(body, exchange) {
      const { operation } = exchange.request;
      if (operation === 'embeddings') return fromEmbeddingResponse(body, exchange);
      if (operation === 'images.generate') return fromImageResponse(body, exchange);
      return fromChatResponse(body, exchange);
    },
    fromStream: fromChatStream,
  };
}

function toMethod(
  { operation, params, stream }: UpstreamRequest,
  model: GeminiModel,
): { method: string; body: WireRequest['body'] } {
  if (operation === 'embeddings') return { method: embeddingMethod(model), body: toEmbeddingRequest(params, model) };
  if (operation === 'images.generate') return { method: 'predict', body: toImageRequest(params) };
  const method = stream ? 'streamGenerateContent' : 'generateContent';
  return { method, body: toChatRequest(params, model) };
}

export function withHeader(request: HttpRequest, name: string, value: string): HttpRequest {
  return { ...request, headers: { ...request.headers, [name]: value } };
}

import { anthropicWire } from '../anthropic/provider.ts';
import type { UpstreamError } from '../upstream-error.ts';
import type { Wire } from '../wire.ts';
import type { AccessToken } from './default-credentials.ts';
import { geminiWire, withHeader } from './wire.ts';

/** Vertex AI: Gemini by its own wire, Claude by Anthropic's. `accessToken` is asked if no key is configured. */
export function vertexWire(accessToken: AccessToken): Wire {
  const gemini = geminiWire('vertex', async (request, secret) => {
    return withHeader(request, 'authorization', `Bearer ${secret?.reveal() ?? (await accessToken())}`);
  });
  const claude = anthropicWire({ hosting: 'vertex' });
  const wireOf = (upstreamModel: string) => (isClaude(upstreamModel) ? claude : gemini);
  return {
    operations: gemini.operations,
    authorise: gemini.authorise,
    capabilities: (upstreamModel) => wireOf(upstreamModel).capabilities(upstreamModel),
    unsupported(request) {
      if (isClaude(request.upstreamModel) && request.operation !== 'chat') return ['model'];
      return wireOf(request.upstreamModel).unsupported(request);
    },
    mostInputs: (upstreamModel) => gemini.mostInputs?.(upstreamModel),
    toRequest(request, account, context) {
      const wireRequest = wireOf(request.upstreamModel).toRequest(request, account, context);
      if (!isClaude(request.upstreamModel)) return wireRequest;
      return { ...wireRequest, path: `/${account.apiVersion ?? 'v1'}${wireRequest.path}` };
    },
    fromResponse: (body, exchange) => wireOf(exchange.request.upstreamModel).fromResponse(body, exchange),
    fromStream: (events, exchange) => wireOf(exchange.request.upstreamModel).fromStream(events, exchange),
    usageIn: (body) => gemini.usageIn(body) ?? claude.usageIn(body),
    explain: (error, nowMs) => (isAnthropicError(error) ? claude : gemini).explain(error, nowMs),
  };
}

function isClaude(upstreamModel: string): boolean {
  return upstreamModel.startsWith('claude');
}

/** Claude's own errors have a type at the top; Google answers in its own form if a request does not reach the model. */
function isAnthropicError({ body }: UpstreamError): boolean {
  return typeof body === 'object' && body !== null && 'type' in body && body.type === 'error';
}

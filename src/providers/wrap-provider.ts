import { untilCancelled } from '../core/sleep.ts';
import { type AttemptContext, abandon, type Provider, type UpstreamReply, type UpstreamRequest } from './provider.ts';

/** Something around every attempt at a provider: may change the request, answer itself, or look at the reply. */
export type ProviderMiddleware = (
  request: UpstreamRequest,
  context: AttemptContext,
  next: (request: UpstreamRequest, context: AttemptContext) => Promise<UpstreamReply>,
) => Promise<UpstreamReply>;

/** The provider with middleware around its `send`; the first is outermost. Ends at once when the attempt is cancelled. */
export function wrapProvider(provider: Provider, ...middleware: readonly ProviderMiddleware[]): Provider {
  if (middleware.length === 0) return provider;
  const send = middleware.reduceRight<Provider['send']>(
    (next, around) => (request, context) => around(request, context, next),
    (request, context) => provider.send(request, context),
  );
  return {
    name: provider.name,
    vendor: provider.vendor,
    origin: provider.origin,
    supports: (operation) => provider.supports(operation),
    capabilities: (upstreamModel) => provider.capabilities(upstreamModel),
    unsupported: (request) => provider.unsupported(request),
    judgedAs: provider.judgedAs,
    classify: (error) => provider.classify(error),
    send: (request, context) => untilCancelled(send(request, context), context.cancellation, abandon),
  };
}

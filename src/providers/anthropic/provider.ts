import type { Operation } from '../../core/operation.ts';
import type { Provider } from '../provider.ts';
import { unlessMalformed } from '../request-invalid.ts';
import type { Wire } from '../wire.ts';
import { type ProviderParts, wireProvider } from '../wire-provider.ts';
import { traitsUnder, versionOf } from './api-version.ts';
import { toChatParams } from './chat-params.ts';
import { explain } from './explain.ts';
import { fromResponse } from './from-response.ts';
import { fromStream } from './from-stream.ts';
import { HOSTINGS, type Hosting } from './hosting.ts';
import { traitsOf } from './models.ts';
import { toRequest } from './to-request.ts';
import { unsupportedParams } from './unsupported.ts';
import { usageIn } from './usage.ts';

/** Claude at Anthropic itself. The account's origin is `https://api.anthropic.com`, its base path empty. */
export function anthropicProvider(parts: ProviderParts): Provider {
  return wireProvider('anthropic', anthropicWire({ hosting: 'anthropic', version: versionOf(parts.account) }), parts);
}

/** Anthropic's Messages API; path, version, model's place and credential differ by who hosts it. `version`: of the account. */
export function anthropicWire({ hosting, version }: { hosting: Hosting; version?: string | undefined }): Wire {
  const rules = HOSTINGS[hosting];
  return {
    operations: OPERATIONS,
    capabilities: (upstreamModel) => traitsOf(upstreamModel).capabilities,
    unsupported: unlessMalformed(({ upstreamModel, params, stream }) =>
      unsupportedParams(toChatParams(params), traitsUnder(version, upstreamModel), stream),
    ),
    toRequest: (request, account) => toRequest(request, account, rules),
    authorise: (request, secret) =>
      secret ? { ...request, headers: { ...request.headers, ...rules.credential(secret) } } : request,
    fromResponse,
    fromStream,
    explain,
    usageIn,
  };
}

const OPERATIONS: ReadonlySet<Operation> = new Set<Operation>(['chat']);

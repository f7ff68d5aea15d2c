import type { Provider } from '../provider.ts';
import { type ProviderParts, wireProvider } from '../wire-provider.ts';
import { type AccessToken, defaultCredentials } from './default-credentials.ts';
import { vertexWire } from './vertex-wire.ts';

export { vertexOrigin } from './endpoints.ts';

export interface VertexOptions {
  /** Bearer token if no apiKey is configured; Application Default Credentials when left out. */
  readonly accessToken?: AccessToken | undefined;
}

/**
 * A provider on Vertex AI: Gemini natively, Claude by Anthropic's wire. The account's origin is `vertexOrigin(region)`, its
 * base path empty; a configured apiKey is a bearer token.
 */
export function vertexProvider(parts: ProviderParts, options: VertexOptions = {}): Provider {
  return wireProvider('gcp.vertex_ai', vertexWire(options.accessToken ?? defaultCredentials()), parts);
}

import type { Secret } from '../../core/secret.ts';
import type { Account } from '../wire.ts';

/** Where Claude is served from. The translation is one; what differs stands here as data. */
export type Hosting = 'anthropic' | 'vertex';

export interface HostingRules {
  /** Path below the account's base path. */
  path(model: string, stream: boolean, account: Account): string;
  readonly modelInBody: boolean;
  /** The version's place: a header's value, or a field of the body. */
  readonly version: { readonly header: string } | { readonly body: string };
  readonly systemTurns: boolean;
  credential(secret: Secret): Readonly<Record<string, string>>;
}

export const HOSTINGS: Readonly<Record<Hosting, HostingRules>> = {
  anthropic: {
    path: () => '/v1/messages',
    modelInBody: true,
    version: { header: '2023-06-01' },
    systemTurns: true,
    credential: (secret) => ({ 'x-api-key': secret.reveal() }),
  },
  // Base path is `/v1`; regions have hosts of their own, which the account names.
  vertex: {
    path: (model, stream, account) =>
      `/projects/${encodeURIComponent(account.project ?? '')}/locations/${encodeURIComponent(account.region ?? 'global')}` +
      `/publishers/anthropic/models/${encodeURIComponent(model)}:${stream ? 'streamRawPredict' : 'rawPredict'}`,
    modelInBody: false,
    version: { body: 'vertex-2023-10-16' },
    systemTurns: false,
    credential: (secret) => ({ authorization: `Bearer ${secret.reveal()}` }),
  },
};

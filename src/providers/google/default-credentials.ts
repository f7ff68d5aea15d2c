import { UpstreamError } from '../upstream-error.ts';

/** Gives a bearer token; asked for every attempt, so it should cache. */
export type AccessToken = () => string | Promise<string>;

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * Application Default Credentials by the optional peer `google-auth-library`, loaded on the first use. The library
 * caches and renews the token. Rejects with a refused credential where the library or the credentials are missing, as overloaded where the token service is away.
 */
export function defaultCredentials(): AccessToken {
  let loading: Promise<AccessToken> | undefined;
  return async () => {
    loading ??= load();
    try {
      const accessToken = await loading;
      return await accessToken();
    } catch (error) {
      loading = undefined;
      throw toUpstreamError(error);
    }
  };
}

async function load(): Promise<AccessToken> {
  const library = await import('google-auth-library').catch(() => undefined);
  if (library === undefined) {
    throw new Error('Vertex AI without an apiKey needs the package google-auth-library; install it, or configure an apiKey');
  }
  const auth = new library.GoogleAuth({ scopes: SCOPE });
  return async () => {
    const token = await auth.getAccessToken();
    if (!token) throw new Error('Application Default Credentials gave no access token');
    return token;
  };
}

/** A token service that can't be reached is away for now; anything else is a credential that will not do. */
function toUpstreamError(error: unknown): UpstreamError {
  const { message, code, status }: { message: string; code?: unknown; status?: unknown } =
    error instanceof Error ? error : new Error(String(error));
  const isAway = (typeof code === 'string' && NETWORK_FAULTS.test(code)) || (typeof status === 'number' && status >= 500);
  const answer = isAway ? { code: 503, status: 'UNAVAILABLE', message } : { code: 401, status: 'UNAUTHENTICATED', message };
  return new UpstreamError('status', answer.code, {}, { error: answer }, message);
}

// Codes of the system's resolver and sockets.
const NETWORK_FAULTS = /^(ECONN|ENOTFOUND$|EAI_|ETIMEDOUT$|EPIPE$|EHOST|ENET)/;

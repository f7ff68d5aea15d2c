import { UpstreamError } from '../upstream-error.ts';

/** Gives a bearer token; asked for every attempt, so it should cache. */
export type AccessToken = () => string | Promise<string>;

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * Application Default Credentials by the optional peer `google-auth-library`, loaded on the first use. The library
 * caches and renews the token. Rejects with a refused credential if the library or the credentials are missing, as overloaded if the token service is away.
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
  const { GoogleAuth } = await authLibrary();
  const auth = new GoogleAuth({ scopes: SCOPE });
  return async () => {
    const token = await auth.getAccessToken();
    if (!token) throw new NoToken(GAVE_NONE);
    return token;
  };
}

// A bundler lets an optional package be missing only if its name stands inside a `try`.
async function authLibrary() {
  try {
    return await import('google-auth-library');
  } catch {
    throw new NoToken('Vertex AI without an apiKey needs the package google-auth-library; install it, or configure an apiKey');
  }
}

/** A message of our own. */
class NoToken extends Error {}

const GAVE_NONE = 'Application Default Credentials gave no access token';

/** A token service that can't be reached is away for now; anything else is a credential that will not do. */
function toUpstreamError(error: unknown): UpstreamError {
  const { code, status } = (error instanceof Error ? error : {}) as { code?: unknown; status?: unknown };
  const message = messageFor(error);
  const isAway = (typeof code === 'string' && NETWORK_FAULTS.test(code)) || (typeof status === 'number' && status >= 500);
  const answer = isAway ? { code: 503, status: 'UNAVAILABLE', message } : { code: 401, status: 'UNAUTHENTICATED', message };
  return new UpstreamError('status', answer.code, {}, { error: answer }, message);
}

/** The library's texts quote tokens, and what token services answer; of them only what the reason is called is told. */
function messageFor(error: unknown): string {
  if (!(error instanceof Error)) return GAVE_NONE;
  if (error instanceof NoToken) return error.message;
  if (error.message.startsWith(NONE_FOUND)) return `${NONE_FOUND} (cloud.google.com/docs/authentication/getting-started)`;
  const [reason] = OAUTH_ERROR.exec(error.message) ?? SYSTEM_CODE.exec('code' in error ? String(error.code) : '') ?? [];
  return reason === undefined ? GAVE_NONE : `${GAVE_NONE} (${reason})`;
}

// `GoogleAuthExceptionMessages.NO_ADC_FOUND` of google-auth-library.
const NONE_FOUND = 'Could not load the default credentials';

// RFC 6749, section 5.2.
const OAUTH_ERROR =
  /\b(?:invalid_(?:request|client|grant|scope)|unauthorized_client|unsupported_grant_type|access_denied|temporarily_unavailable)\b/;

const SYSTEM_CODE = /^E[A-Z_]{2,30}$/;

// Codes of the system's resolver and sockets.
const NETWORK_FAULTS = /^(ECONN|ENOTFOUND$|EAI_|ETIMEDOUT$|EPIPE$|EHOST|ENET)/;

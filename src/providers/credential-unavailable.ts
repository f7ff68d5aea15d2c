import { untoldError } from '../core/redact-error.ts';

/**
 * The user's function gave no token. What it threw may quote a secret that only it knows, so that its name, codes and
 * place are kept as the cause, and no text.
 */
export class CredentialUnavailable extends Error {
  override readonly name = 'CredentialUnavailable';
  readonly code = 'credential_unavailable';

  /** `credentialId`: `<provider>#<position>`. */
  constructor(credentialId: string, cause?: unknown) {
    const message = `no token could be had for the credential '${credentialId}'`;
    super(message, cause === undefined ? undefined : { cause: untoldError(cause) });
  }
}

import { Secret } from '../../core/secret.ts';
import { CredentialUnavailable } from '../../providers/credential-unavailable.ts';
import type { Credential } from '../../providers/provider.ts';

/** A key of the configuration, or a function of the user's that gives a token. */
export class ConfiguredCredential implements Credential {
  readonly id: string;
  readonly #key: Secret | (() => string | Promise<string>);
  /** Tokens that the function gave last, the newest first: an answer to an older one may be under way. */
  readonly #given: Secret[] = [];

  constructor(id: string, key: Secret | (() => string | Promise<string>)) {
    this.id = id;
    this.#key = key;
  }

  /** Throws or rejects with `CredentialUnavailable` if the function gives none. */
  readonly token = (): Secret | Promise<Secret> => {
    if (this.#key instanceof Secret) return this.#key;
    try {
      const token = this.#key();
      if (!(token instanceof Promise)) return this.#keep(token);
      return token.then((given) => this.#keep(given)).catch((error: unknown) => this.#fail(error));
    } catch (error) {
      return this.#fail(error);
    }
  };

  /** The values that requests may carry. */
  get known(): readonly string[] {
    const secrets = this.#key instanceof Secret ? [this.#key] : this.#given;
    return secrets.map((secret) => secret.reveal());
  }

  #keep(token: string): Secret {
    if (typeof token !== 'string' || token === '') throw new CredentialUnavailable(this.id);
    const [newest] = this.#given;
    if (newest?.reveal() === token) return newest;
    const secret = new Secret(token);
    this.#given.unshift(secret);
    this.#given.length = Math.min(this.#given.length, MOST_REMEMBERED);
    return secret;
  }

  #fail(error: unknown): never {
    throw error instanceof CredentialUnavailable ? error : new CredentialUnavailable(this.id, error);
  }
}

const MOST_REMEMBERED = 16;

import type { Credential } from '../providers/provider.ts';

/** The credentials of one provider, taken in turn; those that cool down are left out. */
export class CredentialRing {
  readonly #credentials: readonly Credential[];
  readonly #isCooling: (credentialId: string) => boolean;
  #next = 0;

  constructor(credentials: readonly Credential[], isCooling: (credentialId: string) => boolean) {
    this.#credentials = credentials;
    this.#isCooling = isCooling;
  }

  /** Undefined only if there is none; if all are cooling, the next in turn: its deployments cool with them. */
  pick(): Credential | undefined {
    const credentials = this.#credentials;
    if (credentials.length <= 1) return credentials[0];
    for (let step = 0; step < credentials.length; step += 1) {
      const credential = credentials[(this.#next + step) % credentials.length];
      if (!credential || this.#isCooling(credential.id)) continue;
      this.#next = (this.#next + step + 1) % credentials.length;
      return credential;
    }
    this.#next = (this.#next + 1) % credentials.length;
    return credentials[this.#next];
  }

  get ids(): readonly string[] {
    return this.#credentials.map(({ id }) => id);
  }

  /** How many credentials there are, cooling ones included; 0 if the provider needs none. */
  get size(): number {
    return this.#credentials.length;
  }

  /** How many credentials `pick` would choose from now. */
  get usableCount(): number {
    if (this.#credentials.length <= 1) return this.#credentials.length;
    return this.#credentials.filter(({ id }) => !this.#isCooling(id)).length;
  }
}

/** What a request was authorised with, so that it is known again in what comes back. Nothing is read of it until it is asked. */
export class SentCredentials {
  readonly #headers: Readonly<Record<string, string>>;

  /** Headers of the request as it was sent. */
  constructor(headers: Readonly<Record<string, string>>) {
    this.#headers = headers;
  }

  /** Everything in the headers that is secret. */
  values(): string[] {
    return Object.entries(this.#headers).flatMap(([name, value]) => (CREDENTIAL.test(name) ? secretsIn(value) : []));
  }

  /** Whether a short text has a credential in it, or is a part of one; of ids in the headers nothing is thought. */
  areIn(text: string): boolean {
    for (const name in this.#headers) {
      const value = this.#headers[name];
      if (value === undefined || name.endsWith('id')) continue;
      if (overlap(value.slice(value.indexOf(' ') + 1), text)) return true;
    }
    return false;
  }
}

/** Whether a short text has one of the secrets in it, or is a part of one. */
export function isIn(secrets: readonly string[], text: string): boolean {
  return secrets.some((secret) => overlap(secret, text));
}

function overlap(secret: string, text: string): boolean {
  if (secret.length < SHORTEST_KEY || text.length < SHORTEST_KEY) return false;
  return secret.includes(text) || text.includes(secret);
}

// A shorter one is a word that a text may hold by chance, and no vendor's key.
const SHORTEST_KEY = 8;

/** Names of headers with credentials: the wires' own, AWS's `x-amz-security-token`, and what configurations add. */
const CREDENTIAL = /auth|key|token|secret|password|credential|signature|cookie/i;

/** The value itself, what follows its scheme, and the parts of the schemes that have some. */
function secretsIn(value: string): string[] {
  const [scheme = '', rest = value] = value.split(/ +(.*)/s, 2);
  if (scheme.toLowerCase() === 'basic') return [rest, ...userAndPassword(Buffer.from(rest, 'base64').toString())];
  // AWS: `AWS4-HMAC-SHA256 Credential=<id>/<scope>, SignedHeaders=…, Signature=…`.
  if (scheme.startsWith('AWS4-'))
    return [/Credential=([^/,]+)/.exec(rest)?.[1], /Signature=(\w+)/.exec(rest)?.[1]].filter(isText);
  return [rest];
}

/** `user:password` as a whole, and its password. */
export function userAndPassword(pair: string): string[] {
  const colon = pair.indexOf(':');
  return colon < 0 ? [pair] : [pair, pair.slice(colon + 1)];
}

function isText(value: string | undefined): value is string {
  return value !== undefined;
}

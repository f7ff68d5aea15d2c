import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { untoldError } from '../../core/redact-error.ts';
import type { HttpRequest } from '../../core/transport.ts';

/** Signs requests with AWS Signature Version 4. */
export type RequestSigner = (request: HttpRequest) => Promise<HttpRequest>;

/** Long-lived or temporary AWS credentials. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/**
 * Signing is not possible: a package is missing, or no credentials or region were found. A source of credentials may quote
 * what it read, so that of the cause only name, codes and place are kept.
 */
export class SigningUnavailable extends Error {
  override readonly name = 'SigningUnavailable';
  readonly code = 'credentials_unavailable';
}

/**
 * A signer for an account without an API key. `@smithy/signature-v4` and, unless `credentials` is given,
 * `@aws-sdk/credential-provider-node` are loaded at the first request. Rejects with `SigningUnavailable`.
 */
export function requestSigner(
  region: string | undefined,
  clock: Clock,
  credentials?: () => Promise<AwsCredentials>,
): RequestSigner {
  let loaded: Promise<Signature> | undefined;
  return async (request) => {
    const regionOfRequest = region ?? regionOf(request.origin);
    if (regionOfRequest === undefined) throw new SigningUnavailable('a region is needed to sign requests to Bedrock');
    loaded ??= loadSignature(regionOfRequest, credentials);
    // A failure is not kept: credentials may turn up.
    const signature = await loaded.catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return sign(request, signature, new Date(clock.now()));
  };
}

interface Signature {
  sign(request: SignableRequest, options: { signingDate: Date }): Promise<{ headers: Record<string, string> }>;
}
interface SignableRequest {
  method: string;
  protocol: string;
  hostname: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
}

async function loadSignature(region: string, credentials?: () => Promise<AwsCredentials>): Promise<Signature> {
  const { SignatureV4 } = await signatureLibrary();
  const provider = credentials ?? (await defaultCredentials());
  return new SignatureV4({ service: 'bedrock', region, credentials: provider, sha256: Sha256 });
}

async function defaultCredentials(): Promise<() => Promise<AwsCredentials>> {
  const { defaultProvider } = await credentialLibrary();
  return defaultProvider();
}

// A bundler lets an optional package be missing only if its name stands inside a `try`.
async function signatureLibrary() {
  try {
    return await import('@smithy/signature-v4');
  } catch (cause) {
    throw missing('@smithy/signature-v4', cause);
  }
}

async function credentialLibrary() {
  try {
    return await import('@aws-sdk/credential-provider-node');
  } catch (cause) {
    throw missing('@aws-sdk/credential-provider-node', cause);
  }
}

function missing(name: string, cause: unknown): SigningUnavailable {
  return new SigningUnavailable(`Bedrock without an API key needs the package ${name}`, { cause });
}

async function sign(request: HttpRequest, signature: Signature, signingDate: Date): Promise<HttpRequest> {
  const { host, hostname, protocol } = new URL(request.origin);
  const [path = '', search = ''] = request.path.split('?', 2);
  const signable: SignableRequest = {
    method: request.method,
    protocol,
    hostname,
    path,
    query: Object.fromEntries(new URLSearchParams(search)),
    headers: { ...request.headers, host },
    // Only OpenAI's wire uploads.
    body: request.body instanceof ReadableStream ? undefined : request.body,
  };
  try {
    const { headers } = await signature.sign(signable, { signingDate });
    // The transport writes the host itself.
    const { host: _, ...signed } = headers;
    return { ...request, headers: signed };
  } catch (cause) {
    const untold = untoldError(cause);
    throw new SigningUnavailable('no AWS credentials to sign requests to Bedrock with were found', { cause: untold });
  }
}

function regionOf(origin: string): string | undefined {
  return /^https:\/\/bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com/.exec(origin)?.[1];
}

type Bytes = string | ArrayBuffer | ArrayBufferView;

/** SHA-256, and HMAC with a secret, in the form that the signer asks for. */
class Sha256 {
  readonly #secret: Buffer | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: Bytes) {
    this.#secret = secret === undefined ? undefined : toBuffer(secret);
    this.#hash = this.#start();
  }

  update(data: Bytes): void {
    this.#hash.update(toBuffer(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#start();
  }

  #start(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }
}

function toBuffer(data: Bytes): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.from(data);
}

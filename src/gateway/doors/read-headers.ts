import { InvalidParamsError } from '../../errors/invalid-params-error.ts';

/** Headers of the caller as the gateway reads them: those for the provider, and its own. */
export interface CallerHeaders {
  /** Lower-case names; without credentials and without what the transport sets itself. */
  readonly forwarded: Readonly<Record<string, string>> | undefined;
  /** Of what is handed through: the form of its answer, a part of it, a condition on it (`accept`, `range`, `if-none-match`, …). */
  readonly ofAnswer: Readonly<Record<string, string>> | undefined;
  /** `x-tollgate-provider`: where an operation without a model goes. */
  readonly provider: string | undefined;
  /** `x-tollgate-tags`, separated by commas: narrow the deployments of this call. */
  readonly tags: readonly string[] | undefined;
  /** `x-tollgate-priority`: of this call if calls queue. */
  readonly priority: 'high' | 'normal' | 'low' | undefined;
  /** `x-tollgate-cache`: what the call asks of the cache. */
  readonly cache: string | undefined;
  /** `cache-control`, which is between the caller and whoever it calls: this gateway. */
  readonly cacheControl: string | undefined;
  /** What the caller names itself by: the token of `authorization: Bearer …`, or `api-key`, as clients of Azure send it. */
  readonly presentedKey: string | undefined;
}

// Credentials, what belongs to the caller's own connection, and what proxies and browsers add about the person behind it.
const NOT_FORWARDED = new Set([
  'accept-encoding',
  'accept-language',
  'api-key',
  'authorization',
  'cdn-loop',
  'connection',
  'cookie',
  'date',
  'expect',
  'forwarded',
  'from',
  'host',
  'keep-alive',
  'openai-organization',
  'openai-project',
  'origin',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'true-client-ip',
  'upgrade',
  'user-agent',
  'via',
  'x-api-key',
  'x-goog-api-key',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-real-ip',
]);
const NOT_FORWARDED_PREFIXES = [
  'access-control-',
  'cf-',
  'content-',
  'proxy-',
  'sec-',
  'x-amz-',
  'x-auth-',
  'x-envoy-',
  'x-forwarded-',
  'x-original-',
  'x-stainless-',
  'x-tollgate-',
  'x-vercel-',
];

const NO_HEADERS: CallerHeaders = {
  forwarded: undefined,
  ofAnswer: undefined,
  provider: undefined,
  tags: undefined,
  priority: undefined,
  cache: undefined,
  cacheControl: undefined,
  presentedKey: undefined,
};

/**
 * Reads any form in which OpenAI's client takes headers. A credential of the caller never reaches a provider.
 * Throws `InvalidParamsError` for a name or value that HTTP does not allow; the message never has the value.
 */
export function readHeaders(...sources: unknown[]): CallerHeaders {
  let forwarded: Record<string, string> | undefined;
  let ofAnswer: Record<string, string> | undefined;
  let own: Map<string, string> | undefined;
  for (const source of sources) {
    if (source === undefined || source === null) continue;
    for (const [rawName, value] of entriesOf(source)) {
      const name = rawName.toLowerCase();
      if (value === undefined) continue;
      // OpenAI's client takes null for a header that is not to be sent after all.
      if (value === null) {
        own?.delete(name);
        if (forwarded) delete forwarded[name];
        if (ofAnswer) delete ofAnswer[name];
        continue;
      }
      const text = Array.isArray(value) ? value.join(', ') : String(value);
      checkHeader(name, text);
      if (OWN_NAMES.has(name)) {
        own ??= new Map();
        own.set(name, text);
      } else if (OF_ANSWER.has(name)) {
        ofAnswer ??= {};
        ofAnswer[name] = text;
      } else if (isForwarded(name)) {
        forwarded ??= {};
        forwarded[name] = text;
      }
    }
  }
  if (own) return { forwarded, ofAnswer, ...readOwn(own) };
  return forwarded || ofAnswer ? { ...NO_HEADERS, forwarded, ofAnswer } : NO_HEADERS;
}

// RFC 9110, sections 12.5.1, 13.1 and 14.2.
const OF_ANSWER = new Set([
  ...['accept', 'range', 'if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since'],
]);

const OWN_NAMES = new Set([
  'x-tollgate-provider',
  'x-tollgate-tags',
  'x-tollgate-priority',
  'x-tollgate-cache',
  'cache-control',
  'authorization',
  'api-key',
]);

function readOwn(own: ReadonlyMap<string, string>): Omit<CallerHeaders, 'forwarded' | 'ofAnswer'> {
  return {
    provider: own.get('x-tollgate-provider'),
    tags: own
      .get('x-tollgate-tags')
      ?.split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
    priority: toPriority(own.get('x-tollgate-priority')),
    cache: own.get('x-tollgate-cache'),
    cacheControl: own.get('cache-control'),
    presentedKey: /^bearer\s+(\S+)$/i.exec(own.get('authorization') ?? '')?.[1] ?? own.get('api-key'),
  };
}

function toPriority(text: string | undefined): CallerHeaders['priority'] {
  if (text === undefined || text === 'high' || text === 'normal' || text === 'low') return text;
  throw new InvalidParamsError("headers['x-tollgate-priority']", "expected 'high', 'normal' or 'low'");
}

function isForwarded(name: string): boolean {
  return !NOT_FORWARDED.has(name) && !NOT_FORWARDED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

// RFC 9110 section 5: a token, and visible characters, spaces and tabs.
const NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function checkHeader(name: string, value: string): void {
  if (!NAME.test(name)) throw new InvalidParamsError('headers', 'expected names that HTTP allows');
  if (!VALUE.test(value))
    throw new InvalidParamsError(`headers['${name}']`, 'expected a value without line breaks and other control characters');
}

function entriesOf(source: unknown): Iterable<readonly [string, unknown]> {
  if (source instanceof Headers) return source;
  // What OpenAI's client has made of headers that were given to it.
  if (typeof source === 'object' && source !== null && 'values' in source && source.values instanceof Headers)
    return source.values;
  if (Array.isArray(source)) return joined(source as [string, unknown][]);
  return Object.entries(source as Record<string, unknown>);
}

/** The values of one name are one list; null takes away what came before. */
function joined(pairs: readonly (readonly [string, unknown])[]): Map<string, unknown> {
  const all = new Map<string, unknown>();
  for (const [rawName, value] of pairs) {
    const name = rawName.toLowerCase();
    const earlier = all.get(name) ?? undefined;
    all.set(name, earlier === undefined || value === null || value === undefined ? value : [earlier, value].flat());
  }
  return all;
}

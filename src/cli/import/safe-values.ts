import { entriesOf } from '../../config/containers.ts';
import { redact } from '../../core/redact.ts';
import { SentCredentials } from '../../core/sent-credentials.ts';
import type { Draft } from './draft.ts';

/** Headers that say what a request is, and authorise nobody; the value of any other may be a secret. */
const PLAIN_HEADERS =
  /^(?:accept(?:-.*)?|anthropic-(?:version|beta)|content-type|http-referer|referer|openai-(?:beta|organization|project)|user-agent|x-(?:title|app|client)(?:-name)?)$/i;

/** A text without a secret in the place of a variable: at most a scheme stands before it, as in `Bearer ${TOKEN}`. */
const FROM_VARIABLES = /^(?:[A-Za-z]+ )?\$\{[A-Za-z_]\w*\}$/;

/** Headers for the new file: whatever may be a secret becomes a variable, with a note. */
export function safeHeaders(headers: unknown, type: string, path: string, draft: Draft): object | undefined {
  const entries = entriesOf(headers).filter(([, value]) => value !== undefined && value !== null);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const text = String(value);
      if (FROM_VARIABLES.test(text) || isPlain(name, text)) return [name, text];
      return [name, draft.variableFor(`${type}_${name}`, text, `${path}.${name}`)];
    }),
  );
}

function isPlain(name: string, value: string): boolean {
  return PLAIN_HEADERS.test(name) && new SentCredentials({ [name]: value }).values().length === 0 && redact(value) === value;
}

/** Where an account's requests go, and what they carry. */
export interface SafeAddress {
  readonly baseURL?: string | undefined;
  readonly headers?: object | undefined;
}

/**
 * An address for the new file. A user and password in it become a header, as they are sent; a query, which no base URL of
 * Tollgate has and which may hold a key, is left out.
 */
export function safeAddress(address: string | undefined, type: string, path: string, draft: Draft): SafeAddress {
  if (address === undefined || FROM_VARIABLES.test(address)) return { baseURL: address };
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) {
    if (redact(address) === address && !/[@?#]/.test(address)) return { baseURL: address };
    return { baseURL: draft.variableFor(`${type}_BASE_URL`, address, path) };
  }
  const names = [...url.searchParams.keys()];
  if (names.length > 0) draft.note(path, `has a query (${names.join(', ')}), which is left out: send it as headers`);
  const hasUser = url.username !== '' || url.password !== '';
  if (!hasUser && url.search === '' && url.hash === '') return { baseURL: address };
  const user = hasUser && draft.variableFor(`${type}_AUTHORIZATION`, address, path, 'has a user and password');
  if (user) draft.note(path, "that variable is 'Basic ' and user:password in base64");
  Object.assign(url, { username: '', password: '', search: '', hash: '' });
  return { baseURL: url.href, ...(user && { headers: { authorization: user } }) };
}

/** Both; of headers with one name those that were written as headers. */
export function mergeHeaders(ofAddress: object | undefined, written: object | undefined): object | undefined {
  if (ofAddress === undefined || written === undefined) return written ?? ofAddress;
  const names = new Set(Object.keys(written).map((name) => name.toLowerCase()));
  return { ...Object.fromEntries(Object.entries(ofAddress).filter(([name]) => !names.has(name.toLowerCase()))), ...written };
}

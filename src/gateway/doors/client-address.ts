import type { OpenAI } from 'openai';
import type { Binding } from '../clones/clone-client.ts';

/** Where a request of OpenAI's client goes. */
export interface ClientAddress {
  /** Below the base URL, percent-encoded, without its query. */
  readonly path: string;
  /** As the client writes it; empty for none. */
  readonly query: string;
}

/** The path and the query as the client makes its URL of them: what a call says wins over the defaults, and they over the path. */
export function addressOf({ defaultQuery }: Binding, path: string, query: unknown, client: OpenAI): ClientAddress {
  const queryAt = path.indexOf('?');
  const plain = encoded(queryAt < 0 ? path : path.slice(0, queryAt));
  const inPath = queryAt < 0 ? '' : encoded(path.slice(queryAt + 1));
  const own = typeof query === 'object' && query !== null && !Array.isArray(query) ? query : undefined;
  if (own === undefined && defaultQuery === undefined) return { path: plain, query: inPath };
  const fields = inPath === '' ? undefined : Object.fromEntries(new URLSearchParams(inPath));
  const written = (client as unknown as WritingQueries).stringifyQuery({ ...fields, ...defaultQuery, ...own });
  return { path: plain, query: written };
}

/** What no URL can hold as it is. */
const UNENCODED = /[^\x21-\x7e]/gu;

function encoded(text: string): string {
  return text.replace(UNENCODED, (character) => encodeURIComponent(character.toWellFormed()));
}

/** What a client has for its subclasses. */
interface WritingQueries {
  stringifyQuery(query: object): string;
}

import { existsSync, readFileSync } from 'node:fs';

/** One recorded HTTP exchange; the format is described beside the recordings. */
export interface Exchange {
  provider: string;
  endpoint: string;
  model: string;
  stream: boolean;
  provenance: 'wire' | 'response-only' | 'sdk-level';
  tags: string[];
  request: { method: string; host: string; path: string; headers: Record<string, string>; body: unknown } | null;
  response: {
    status: number;
    headers: Record<string, string>;
    body?: unknown;
    sse?: string[];
    ndjson?: string[];
    text?: string;
    eventstream_base64?: string;
    events?: unknown[];
  };
}

export interface IndexEntry {
  file: string;
  provider: string;
  endpoint: string;
  model: string;
  stream: boolean;
  status: number;
  provenance: Exchange['provenance'];
  has_request: boolean;
  tags: string[];
}

/** The whole collection of recordings if it is laid beside the project, else the copies the project keeps. */
export const fixturesDirectory: URL = [
  new URL('../../../shared/fixtures/', import.meta.url),
  new URL('../fixtures/recorded/', import.meta.url),
].find((directory) => existsSync(new URL('index.json', directory))) as URL;

export function exchangeIndex(): IndexEntry[] {
  return JSON.parse(readFileSync(new URL('index.json', fixturesDirectory), 'utf8')) as IndexEntry[];
}

export function readExchange(file: string): Exchange {
  return JSON.parse(readFileSync(new URL(file, fixturesDirectory), 'utf8')) as Exchange;
}

/** The response as the bytes that went over the network. */
export function responseBytes(exchange: Exchange): Buffer {
  const { response } = exchange;
  if (response.sse) return Buffer.from(response.sse.join(''));
  if (response.ndjson) return Buffer.from(response.ndjson.join(''));
  if (response.eventstream_base64) return Buffer.from(response.eventstream_base64, 'base64');
  if (response.text !== undefined) return Buffer.from(response.text);
  return Buffer.from(JSON.stringify(response.body));
}

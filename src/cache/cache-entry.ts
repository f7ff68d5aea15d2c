import { hash } from 'node:crypto';
import { isRecord } from '../core/json.ts';
import type { Operation } from '../core/operation.ts';
import { isFit } from './cacheable.ts';

/** An answer as it is kept: flat and of JSON alone, so that any store can hold it. Frozen. */
export interface CacheEntry {
  readonly schema: 'tollgate-answer-1';
  /** The key that it was kept under: what is found under another is not taken. */
  readonly key: string;
  readonly operation: Operation;
  /** JSON as it was answered, or bytes as base64. */
  readonly body: string;
  readonly contentType: string;
  /** Wall clock, milliseconds. */
  readonly keptAt: number;
  readonly expiresAt: number;
  /** What the answer cost, in nano-dollars; null if no price was known. */
  readonly costNanoUsd: number | null;
  readonly deployment: string;
  /** SHA-256 over all the rest; empty in memory, where nobody else writes. */
  readonly digest: string;
}

const SCHEMA = 'tollgate-answer-1';

export function newEntry(facts: Omit<CacheEntry, 'schema' | 'digest'>): CacheEntry {
  return Object.freeze({ schema: SCHEMA, ...facts, digest: '' });
}

/** The entry with its digest, for a store that others can write to. */
export function sealed(entry: CacheEntry): CacheEntry {
  return Object.freeze({ ...entry, digest: digestOf(entry) });
}

/** What a store gave, if it is the whole and unchanged entry of the key; undefined for anything else. Never throws. */
export function readEntry(value: unknown, key: string, operation: Operation): CacheEntry | undefined {
  try {
    if (!isRecord(value) || value.schema !== SCHEMA || value.key !== key || value.operation !== operation) return undefined;
    // A value of a store may be anything, also one whose fields are other ones when they are read again.
    const entry = { ...value };
    return hasFields(entry) && entry.digest === digestOf(entry) && isReadable(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** Throws for a body that is no JSON. */
function isReadable({ operation, body }: CacheEntry): boolean {
  return operation === 'audio.speech' || isFit(JSON.parse(body), operation);
}

/** Clocks of machines differ by less; an entry from further ahead was kept before a clock was put back, and its age is not known. */
const MOST_SKEW_MS = 60_000;

export function isCurrent({ keptAt, expiresAt }: CacheEntry, nowMs: number): boolean {
  return expiresAt > nowMs && keptAt - nowMs <= MOST_SKEW_MS;
}

/** What an entry takes in memory, about: two bytes a character at worst, and the objects around it. */
export function bytesOf({ body, key, contentType, deployment }: CacheEntry): number {
  return 2 * (body.length + key.length + contentType.length + deployment.length) + OVERHEAD_BYTES;
}

const OVERHEAD_BYTES = 256;

function hasFields(value: Readonly<Record<string, unknown>>): value is CacheEntry & Readonly<Record<string, unknown>> {
  const { operation, body, contentType, deployment, keptAt, expiresAt, costNanoUsd } = value;
  const areTexts = [operation, body, contentType, deployment].every((field) => typeof field === 'string');
  const areNumbers = [keptAt, expiresAt, costNanoUsd ?? 0].every((field) => Number.isSafeInteger(field));
  return areTexts && areNumbers;
}

function digestOf(entry: CacheEntry): string {
  const { key, operation, body, contentType, keptAt, expiresAt, costNanoUsd, deployment } = entry;
  const facts = JSON.stringify([SCHEMA, key, operation, contentType, keptAt, expiresAt, costNanoUsd, deployment]);
  return hash('sha256', `${facts}${body}`, 'base64url');
}

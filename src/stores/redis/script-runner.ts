import { createHash } from 'node:crypto';
import { StoreError, type StoreErrorCode } from '../store-error.ts';
import type { RedisScripts } from './client.ts';

const shas = new Map<string, string>();

/** Runs a script by its digest, and by its text where the server does not have it yet. Throws a `StoreError`. */
export async function runScript(
  scripts: RedisScripts,
  script: string,
  keys: readonly string[],
  args: readonly string[],
): Promise<readonly unknown[]> {
  try {
    const reply = await evaluate(scripts, script, keys, args);
    if (Array.isArray(reply)) return reply;
    throw new StoreError('store_unavailable', `Redis answered a script with ${typeof reply}`);
  } catch (error) {
    throw toStoreError(error);
  }
}

async function evaluate(
  scripts: RedisScripts,
  script: string,
  keys: readonly string[],
  args: readonly string[],
): Promise<unknown> {
  let sha = shas.get(script);
  if (sha === undefined) {
    sha = createHash('sha1').update(script).digest('hex');
    shas.set(script, sha);
  }
  try {
    return await scripts.evaluateSha(sha, keys, args);
  } catch (error) {
    if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
    return scripts.evaluate(script, keys, args);
  }
}

/** The first word of Redis's error replies. */
const CODES: ReadonlyMap<string, StoreErrorCode> = new Map([
  ['READONLY', 'store_read_only'],
  ['MISCONF', 'store_read_only'],
  ['OOM', 'store_full'],
  ['BUSY', 'store_busy'],
  ['LOADING', 'store_busy'],
]);

function toStoreError(error: unknown): Error {
  if (error instanceof StoreError) return error;
  const message = messageOf(error);
  if (message.includes('TOLLGATE_RANGE')) return new RangeError(message);
  const code = CODES.get(message.split(' ', 1)[0] ?? '') ?? 'store_unavailable';
  return new StoreError(code, `Redis: ${message}`, error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import { createHash } from 'node:crypto';
import { untoldError } from '../../core/redact-error.ts';
import { Redactor } from '../../core/redactor.ts';
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
    throw toStoreError(error, scripts);
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

/** Clients keep the command with its arguments on their errors, the password's included; of those only the text is told. */
function toStoreError(error: unknown, scripts: RedisScripts): Error {
  if (error instanceof StoreError) return error;
  const message = messageOf(error);
  if (message.includes('TOLLGATE_RANGE')) return new RangeError(message);
  const code = CODES.get(message.split(' ', 1)[0] ?? '') ?? 'store_unavailable';
  return new StoreError(code, `Redis: ${told(message, scripts)}`, untoldError(error));
}

const LONGEST_TOLD = 300;
const SHORTEST_PASSWORD = 3;

/** Without passwords; a server that does not know a command repeats its arguments, those of AUTH and HELLO too. */
function told(message: string, scripts: RedisScripts): string {
  const [text = ''] = message.split(/,? with args beginning with/, 1);
  return new Redactor(scripts.passwords(), SHORTEST_PASSWORD).text(text).slice(0, LONGEST_TOLD);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import { createHash } from 'node:crypto';
import { systemClock } from '../../core/clock.ts';
import { untoldError } from '../../core/redact-error.ts';
import { Redactor } from '../../core/redactor.ts';
import { StoreError, type StoreErrorCode } from '../store-error.ts';
import type { RedisScripts } from './client.ts';

const shas = new Map<string, string>();

/**
 * How long a command may take. A client that waits longer for a server may wait for ever; what comes later is not read. The
 * ledger gives up sooner, by what the store answers: a command that only waits behind others must not end before that.
 */
export const SCRIPT_TIMEOUT_MS = 5_000;

/** Runs a script by its digest, and by its text if the server does not have it yet. Throws a `StoreError`. */
export async function runScript(
  scripts: RedisScripts,
  script: string,
  keys: readonly string[],
  args: readonly string[],
): Promise<readonly unknown[]> {
  assertOneSlot(keys);
  try {
    const reply = await within(evaluate(scripts, script, keys, args));
    if (Array.isArray(reply)) return reply;
    throw new StoreError('store_unavailable', `Redis answered a script with ${typeof reply}`);
  } catch (error) {
    throw toStoreError(error, scripts);
  }
}

/** A client would tell keys of two slots in words of its own, or try the nodes in turn. */
function assertOneSlot(keys: readonly string[]): void {
  const tag = tagOf(keys[0] ?? '');
  for (const key of keys) {
    if (tagOf(key) !== tag)
      throw new StoreError('store_unavailable', `Redis: a script over two hash tags, ${tag} and ${tagOf(key)}`);
  }
}

/** With its first braces, as Redis Cluster finds it; the store's keys have one each. */
function tagOf(key: string): string {
  return key.slice(key.indexOf('{'), key.indexOf('}') + 1);
}

function within<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = systemClock.setTimeout(() => {
      reject(new StoreError('store_timeout', `Redis did not answer within ${SCRIPT_TIMEOUT_MS} ms`));
    }, SCRIPT_TIMEOUT_MS);
    answer.then(resolve, reject).finally(() => timer.cancel());
  });
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
  ['TRYAGAIN', 'store_busy'],
]);

/** Clients keep the command with its arguments on their errors, the password's included; of those only the text is told. */
function toStoreError(error: unknown, scripts: RedisScripts): Error {
  if (error instanceof StoreError) return error;
  const message = messageOf(error);
  if (message.includes('TOLLGATE_RANGE')) return new RangeError(message);
  const word = message.split(' ', 1)[0] ?? '';
  if (word === 'MOVED' && !scripts.cluster) {
    const hint = 'Redis: the server is one of a cluster, and the client is not; give the store a cluster client';
    return new StoreError('store_unavailable', hint, untoldError(error));
  }
  const code = CODES.get(word) ?? 'store_unavailable';
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

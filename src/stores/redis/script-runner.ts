import { createHash } from 'node:crypto';
import { AnswerWatch, type Patience } from '../../core/answer-watch.ts';
import { systemClock } from '../../core/clock.ts';
import { untoldError } from '../../core/redact-error.ts';
import { Redactor } from '../../core/redactor.ts';
import { StoreError, type StoreErrorCode } from '../store-error.ts';
import type { RedisScripts } from './client.ts';

/**
 * A client that waits longer for a server may wait for ever, and what comes later is not read. The ledger gives up sooner: a
 * command that only waits behind others must not end before that.
 */
const PATIENCE: Patience = { silenceMs: 5_000, overtakenMs: 5_000, longestMs: 40_000 };

/** Runs scripts over a client, and gives up what Redis leaves without an answer. */
export class ScriptRunner {
  readonly #scripts: RedisScripts;
  readonly #answers = new AnswerWatch(systemClock, PATIENCE);
  /** Digests of the scripts that were sent. */
  readonly #shas = new Map<string, string>();

  constructor(scripts: RedisScripts) {
    this.#scripts = scripts;
  }

  /** Whether the client speaks to a Redis Cluster. */
  get isOfCluster(): boolean {
    return this.#scripts.cluster;
  }

  /** By its text at first, then by its digest, unless the server does not have it any more. Throws a `StoreError`. */
  async run(script: string, keys: readonly string[], args: readonly string[]): Promise<readonly unknown[]> {
    assertOneSlot(keys);
    try {
      const reply = await this.#answers.within(this.#evaluate(script, keys, args), silent);
      if (Array.isArray(reply)) return reply;
      throw new StoreError('store_unavailable', `Redis answered a script with ${typeof reply}`);
    } catch (error) {
      throw toStoreError(error, this.#scripts);
    }
  }

  /** What is sent meanwhile comes after the text, so that a crowd of first commands needs no second way. */
  async #evaluate(script: string, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const sha = this.#shas.get(script);
    if (sha === undefined) {
      this.#shas.set(script, createHash('sha1').update(script).digest('hex'));
      return this.#scripts.evaluate(script, keys, args);
    }
    try {
      return await this.#scripts.evaluateSha(sha, keys, args);
    } catch (error) {
      if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
      return this.#scripts.evaluate(script, keys, args);
    }
  }
}

function silent(): StoreError {
  return new StoreError('store_timeout', `Redis did not answer within ${PATIENCE.silenceMs} ms`);
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

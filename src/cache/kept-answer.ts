import type { CacheUse } from '../core/cache-use.ts';
import type { Call } from '../core/call.ts';
import { nanoToUsd } from '../core/money.ts';
import { itemsOfWhole } from '../providers/whole-as-stream.ts';
import type { CacheEntry } from './cache-entry.ts';

/** An answer from the cache, in whatever form the call asks for. Each reading gives objects of its own. */
export class KeptAnswer {
  readonly use: CacheUse & { readonly hit: true };
  readonly #entry: CacheEntry;
  readonly #call: Call;

  constructor(entry: CacheEntry, call: Call, nowMs: number, similarity?: number) {
    this.#entry = entry;
    this.#call = call;
    this.use = {
      hit: true,
      ageMs: Math.max(0, nowMs - entry.keptAt),
      savedUsd: entry.costNanoUsd === null ? undefined : nanoToUsd(entry.costNanoUsd),
      similarity,
    };
  }

  /** `object`: JSON, which a call that asks for a stream reads as items; `bytes`: a file. */
  get kind(): 'object' | 'bytes' {
    return this.#entry.operation === 'audio.speech' ? 'bytes' : 'object';
  }

  /** Id of the deployment that made it. */
  get deployment(): string {
    return this.#entry.deployment;
  }

  /** What it cost when it was made; undefined if no price was known. */
  get costNanoUsd(): number | undefined {
    return this.#entry.costNanoUsd ?? undefined;
  }

  get contentType(): string {
    return this.#entry.contentType;
  }

  /** JSON as it was kept; what only the other caller said of itself stands for this one. */
  json(): string {
    return this.#call.operation === 'responses' ? JSON.stringify(this.body()) : this.#entry.body;
  }

  body(): unknown {
    const body: unknown = JSON.parse(this.#entry.body);
    return this.#call.operation === 'responses' ? withOwnEcho(body as Fields, this.#call) : body;
  }

  bytes(): Uint8Array {
    return Buffer.from(this.#entry.body, 'base64');
  }

  /** The items of the stream that was asked for; the usage of chats and completions only if it was asked for, too. */
  items(): readonly unknown[] {
    return this.kind === 'bytes' ? [this.bytes()] : this.itemsOf(this.body());
  }

  /** The same of what guards have left of its body. */
  itemsOf(body: unknown): readonly unknown[] {
    const { operation, params } = this.#call;
    const items = itemsOfWhole(body, operation);
    const options = params.stream_options as { include_usage?: boolean } | null | undefined;
    if (operation === 'responses' || options?.include_usage === true) return items;
    return items.filter((item) => (item as { choices: readonly unknown[] }).choices.length > 0);
  }

  /** The same one by one, as a pipeline's answer has it: a reader may stop at any time. */
  stream(): AsyncIterator<unknown, undefined> & { return(): Promise<IteratorResult<unknown, undefined>> } {
    let items = this.items();
    let place = 0;
    return {
      next() {
        if (place >= items.length) return Promise.resolve({ done: true, value: undefined });
        place += 1;
        return Promise.resolve({ done: false, value: items[place - 1] });
      },
      return() {
        items = [];
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}

type Fields = Record<string, unknown>;

/** Params that shape no answer and that a response repeats. */
const ECHOED = ['metadata', 'user', 'safety_identifier', 'prompt_cache_key', 'prompt_cache_retention'] as const;

/** What is kept has nothing of these. */
export function withoutEcho(response: Readonly<Fields>): Fields {
  const own: Fields = { ...response };
  for (const name of ECHOED) if (name in own) own[name] = name === 'metadata' ? {} : null;
  return own;
}

function withOwnEcho(response: Fields, { params }: Call): Fields {
  for (const name of ECHOED) {
    const said = params[name];
    if (name in response && said !== undefined && said !== null) response[name] = said;
  }
  return response;
}

import { describe, expect, it } from 'vitest';
import { Cancellation } from '../../src/core/cancellation.ts';
import { StreamTimeout } from '../../src/core/cancellation-reasons.ts';
import type { ItemSource } from '../../src/core/item-source.ts';
import { commitGate } from '../../src/pipeline/attempts/commit-gate.ts';
import { StreamTally } from '../../src/pipeline/reading/stream-tally.ts';
import { settlePromises, TestClock } from '../support/test-clock.ts';

const delta = (content: object) => ({ id: 'x', choices: [{ index: 0, delta: content, finish_reason: null }] });
const ROLE = delta({ role: 'assistant', content: '' });
const USAGE = { id: 'x', choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } };

/** A source of the given items; a function among them is called, and what it gives or throws is the item. */
class Items implements ItemSource<unknown> {
  readonly #items: unknown[];
  cancelled = 0;
  taken = 0;

  constructor(...items: unknown[]) {
    this.#items = items;
  }

  next(): unknown {
    this.taken += 1;
    const item = this.#items.shift();
    return typeof item === 'function' ? item() : item;
  }

  cancel(): void {
    this.cancelled += 1;
  }
}

function open(items: Items, { clock = new TestClock(), cancellation = new Cancellation(), operation = 'chat' as const } = {}) {
  return commitGate(items, { tally: new StreamTally(operation), cancellation, clock, firstTokenMs: 1_000 });
}

describe('the commit gate', () => {
  it.each([
    ['text', { content: 'a' }],
    ['a refusal', { refusal: 'no' }],
    ['a refusal beside an empty text', { content: '', refusal: 'no' }],
    ['reasoning', { reasoning_content: 'hm' }],
    ['a block of reasoning', { reasoning_details: [{}] }],
    ['a tool call', { tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '' } }] }],
    ['an image', { images: [{}] }],
  ])('opens at %s, with all items up to it, and reads no further', async (_what, content) => {
    const items = new Items(ROLE, USAGE, delta(content), delta({ content: 'later' }));
    const stream = await open(items);
    expect([stream.held, stream.ended, items.taken, items.cancelled]).toEqual([[ROLE, USAGE, delta(content)], false, 3, 0]);
    expect(stream.items).toBe(items);
  });

  it('holds empty and usage-only items, an empty list of tool calls among them', async () => {
    const held = [ROLE, delta({}), delta({ content: null }), delta({ tool_calls: [] }), USAGE];
    const stream = await open(new Items(...held));
    expect([stream.held, stream.ended, stream.tally.characters]).toEqual([held, true, 0]);
  });

  it('counts what it holds', async () => {
    const { tally } = await open(new Items(USAGE, delta({ content: 'four' })));
    expect([tally.characters, tally.usage?.inputTokens, tally.partial().text]).toEqual([4, 1, 'four']);
  });

  it('waits for items that are still to come', async () => {
    const stream = await open(
      new Items(
        async () => ROLE,
        async () => delta({ content: 'a' }),
      ),
    );
    expect(stream.held).toHaveLength(2);
  });

  it('takes an end without content for an end', async () => {
    expect(await open(new Items(ROLE, async () => undefined))).toMatchObject({ held: [ROLE], ended: true });
  });

  it('holds no more than 256 items', async () => {
    const items = new Items(...Array.from({ length: 400 }, () => delta({})));
    expect([(await open(items)).held.length, items.taken]).toEqual([256, 256]);
  });

  it('cancels the source and rejects with what broke it', async () => {
    const thrown = new Items(ROLE, () => {
      throw new Error('broken');
    });
    const rejected = new Items(ROLE, () => Promise.reject(new Error('reset')));
    await expect(open(thrown)).rejects.toThrow('broken');
    await expect(open(rejected)).rejects.toThrow('reset');
    expect([thrown.cancelled, rejected.cancelled]).toEqual([1, 1]);
  });

  it('ends an attempt that has no content in time, however many pings come', async () => {
    const clock = new TestClock();
    const cancellation = new Cancellation();
    const items = new Items(ROLE, () => new Promise(() => {}));
    const opened = open(items, { clock, cancellation }).catch((error: unknown) => error);
    await settlePromises();
    clock.advance(999);
    expect(cancellation.cancelled).toBe(false);
    clock.advance(1);
    expect(await opened).toBeInstanceOf(StreamTimeout);
    expect(await opened).toMatchObject({ code: 'first_token_timeout', message: 'no content came within 1000 ms' });
    expect([cancellation.reason, items.cancelled]).toEqual([await opened, 1]);
  });

  it('rejects at once with the reason of a cancellation', async () => {
    const cancellation = new Cancellation();
    const items = new Items(() => new Promise(() => {}));
    const opened = open(items, { cancellation }).catch((error: unknown) => error);
    cancellation.cancel('gone');
    expect([await opened, items.cancelled]).toEqual(['gone', 1]);
  });

  it('leaves no timer behind, however it ends', async () => {
    const clock = new TestClock();
    await open(new Items(delta({ content: 'a' })), { clock });
    await open(new Items(ROLE), { clock });
    await open(new Items(() => Promise.reject(new Error('reset'))), { clock }).catch(() => {});
    expect(clock.pending).toBe(0);
  });
});

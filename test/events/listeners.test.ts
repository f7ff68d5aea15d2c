import type { EventMap } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { eventsOf, stage } from '../budgets/stage.ts';
import { messages, until } from '../public/harness.ts';

const PARAMS = { model: 'm', messages };

describe('five listeners, of which one is slow, one throws and one rejects', () => {
  it('delay no call, and the others hear of every one', async () => {
    const { gateway } = await stage({});
    const heard: string[][] = [[], []];
    let slowEnded = 0;
    const never = new Promise<void>(() => {});
    gateway.on('request.end', ({ requestId }) => heard[0]?.push(requestId));
    gateway.on('request.end', async () => {
      await never;
      slowEnded += 1;
    });
    gateway.on('request.end', () => {
      throw new Error('thrown');
    });
    gateway.on('request.end', () => Promise.reject(new Error('rejected')));
    gateway.on('request.end', ({ requestId }) => heard[1]?.push(requestId));
    const failed: EventMap['listener.error'][] = eventsOf(gateway, 'listener.error');
    for (let call = 0; call < 20; call += 1) await gateway.chat.completions.create(PARAMS);
    await until(() => failed.length === 40);
    expect(heard[0]).toHaveLength(20);
    expect(heard[1]).toEqual(heard[0]);
    expect(slowEnded).toBe(0);
    expect(new Set(failed.map(({ event }) => event))).toEqual(new Set(['request.end']));
  });

  it('are not waited for: an answer is there before a listener has ended', async () => {
    const { gateway } = await stage({});
    const order: string[] = [];
    let release = () => {};
    const later = new Promise<void>((resolve) => {
      release = resolve;
    });
    gateway.on('attempt.end', async () => {
      await later;
      order.push('listener');
    });
    await gateway.chat.completions.create(PARAMS);
    order.push('answer');
    release();
    await until(() => order.length === 2);
    expect(order).toEqual(['answer', 'listener']);
  });
});

import { describe, expect, it } from 'vitest';
import { stage } from '../budgets/stage.ts';

describe('a usage report', () => {
  it.each([
    [{ by: ['team', 'modle'] }, "by: unknown dimension 'modle'; did you mean 'model'?"],
    [{ by: 'colour' }, "by: unknown dimension 'colour'; expected any of team, app"],
    [{ since: '2026-01-01' }, 'since must be a number: milliseconds since the epoch'],
    [{ until: Number.NaN }, 'until must be a number: milliseconds since the epoch'],
    [{ groupBy: ['team'] }, "usage: unknown field 'groupBy', expected by, since or until"],
    [{ since: 2, until: 1 }, 'until must not be before since'],
    [null, 'usage: expected { by?, since?, until? }'],
  ])('is refused for %j, which would report something else than is asked', async (query, words) => {
    const { gateway } = await stage({});
    await expect(gateway.control.usage(query as never)).rejects.toThrow(words);
  });

  it('takes a dimension, several, and times without an end', async () => {
    const { gateway } = await stage({});
    expect(await gateway.control.usage({ by: 'team', since: 0, until: Number.POSITIVE_INFINITY })).toEqual([]);
    expect(await gateway.control.usage({ by: ['team', 'day'], since: undefined })).toEqual([]);
    expect(await gateway.control.usage()).toEqual([]);
  });

  it('has no rows for a time of no length, though its hour has', async () => {
    const { gateway, clock } = await stage({});
    await gateway.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
    const since = clock.now();
    expect(await gateway.control.usage({ since, until: since + 1 })).toHaveLength(1);
    expect(await gateway.control.usage({ since, until: since })).toEqual([]);
  });
});

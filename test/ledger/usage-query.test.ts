import { describe, expect, it } from 'vitest';
import { stage } from '../budgets/stage.ts';

describe('a usage report', () => {
  it.each([
    [{ by: ['team', 'modle'] }, "by: unknown dimension 'modle'; did you mean 'model'?"],
    [{ by: 'colour' }, "by: unknown dimension 'colour'; expected any of team, app"],
    [{ since: '2026-01-01' }, 'since must be a number: milliseconds since the epoch'],
    [{ until: Number.NaN }, 'until must be a number: milliseconds since the epoch'],
    [{ groupBy: ['team'] }, "usage: unknown field 'groupBy', expected by, since or until"],
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
});

import { describe, expect, it } from 'vitest';
import { ChunkGaps } from '../../src/events/chunk-gaps.ts';

describe('the gaps between the items of a stream', () => {
  it('are of those after the first content, and 0 for what came together', () => {
    const gaps = new ChunkGaps(100, 2);
    gaps.arrived(3, 130);
    gaps.arrived(6, 180);
    gaps.passed(7);
    expect(gaps.gapsMs).toEqual([30, 0, 0, 50, 0]);
  });

  it('are kept of so many items and no more', () => {
    const gaps = new ChunkGaps(0, 1);
    gaps.passed(1_000_000);
    expect(gaps.gapsMs).toHaveLength(10_000);
  });
});

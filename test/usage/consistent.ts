import { expect } from 'vitest';
import type { Usage } from '../../src/core/usage.ts';

type Count = Exclude<keyof Usage, 'repaired' | 'unreported' | 'toolUses' | 'units'>;

export const COUNTS = [
  'inputTokens',
  'outputTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
  'reasoningTokens',
  'hourCacheWriteTokens',
  'inputAudioTokens',
  'inputImageTokens',
  'inputVideoTokens',
  'outputAudioTokens',
  'outputImageTokens',
  'outputVideoTokens',
  'citationTokens',
  'cachedAudioTokens',
  'cachedImageTokens',
] as const satisfies readonly Count[];

/** Every count is a safe integer, and every part lies within its whole. */
export function expectConsistent(usage: Usage): void {
  for (const name of COUNTS) {
    const count = usage[name];
    if (count !== undefined || name in REQUIRED) expect(count, name).toSatisfy(isCount);
  }
  const count = (name: Count) => usage[name] ?? 0;
  const { inputTokens, outputTokens } = usage;
  const within = (whole: number, ...parts: Count[]) =>
    expect(
      parts.reduce((sum, part) => sum + count(part), 0),
      parts.join(' + '),
    ).toBeLessThanOrEqual(whole);
  within(inputTokens, 'cachedInputTokens', 'cacheWriteTokens');
  within(usage.cacheWriteTokens, 'hourCacheWriteTokens');
  within(inputTokens, 'inputAudioTokens', 'inputImageTokens', 'inputVideoTokens');
  within(usage.cachedInputTokens, 'cachedAudioTokens', 'cachedImageTokens');
  within(count('inputAudioTokens'), 'cachedAudioTokens');
  within(count('inputImageTokens'), 'cachedImageTokens');
  within(outputTokens, 'outputAudioTokens', 'outputImageTokens', 'outputVideoTokens', 'citationTokens', 'reasoningTokens');
}

const REQUIRED = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

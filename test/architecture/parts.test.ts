import { describe, expect, it } from 'vitest';
import { assertNoCircle } from '../../scripts/build-parts.ts';

describe('the parts of the package', () => {
  it('may share a part that neither of them is', () => {
    const parts = [
      { fileName: 'calls.js', imports: ['native.js', 'core.js'] },
      { fileName: 'native.js', imports: ['core.js', 'node:crypto'] },
      { fileName: 'core.js', imports: [] },
    ];
    expect(() => assertNoCircle(parts)).not.toThrow();
  });

  it.each([
    ['each other', { 'calls.js': ['native.js'], 'native.js': ['calls.js'] }, 'calls.js > native.js > calls.js'],
    [
      'each other by way of a third',
      { 'calls.js': ['native.js'], 'native.js': ['core.js'], 'core.js': ['calls.js'] },
      'calls.js > native.js > core.js > calls.js',
    ],
  ])('may not import %s', (_what, importsOf, way) => {
    const parts = Object.entries(importsOf).map(([fileName, imports]) => ({ fileName, imports }));
    expect(() => assertNoCircle(parts)).toThrow(way);
  });
});

import { describe, expect, it } from 'vitest';
import { forecast } from '../../src/dashboard/forecast.ts';

const NOW = 10_000_000;
const MINUTE = 60_000;

describe('the forecast of a budget', () => {
  it('goes on at the speed of the last ten minutes', () => {
    const history = [[NOW - 60 * MINUTE, 1_000] as const, [NOW - 10 * MINUTE, 100] as const, [NOW, 80] as const];
    expect(forecast(history, 80, null, NOW)).toEqual({ kind: 'runs-out', at: NOW + 40 * MINUTE });
  });

  it('lasts where the window ends before the money does', () => {
    const history = [[NOW - 10 * MINUTE, 100] as const, [NOW, 80] as const];
    expect(forecast(history, 80, NOW + 39 * MINUTE, NOW)).toEqual({ kind: 'lasts' });
    expect(forecast(history, 80, NOW + 41 * MINUTE, NOW)).toMatchObject({ kind: 'runs-out' });
  });

  it('refuses, and does not run out, for a minute after it refused a call', () => {
    const history = [[NOW - 5 * MINUTE, 100] as const, [NOW, 1] as const];
    expect(forecast(history, 1, null, NOW, { at: NOW - 1_000 })).toEqual({ kind: 'refuses' });
    expect(forecast(history, 1, null, NOW, { at: NOW - MINUTE })).toMatchObject({ kind: 'runs-out' });
    expect(forecast(history, 0, null, NOW, { at: NOW })).toEqual({ kind: 'used-up' });
    expect(forecast(history, 0, null, NOW, { at: NOW, leadsTo: 'small' })).toEqual({ kind: 'refuses', leadsTo: 'small' });
  });

  it('says nothing of a budget that is not being spent, nor of the first seconds', () => {
    expect(forecast([[NOW - MINUTE, 80]], 80, null, NOW)).toEqual({ kind: 'idle' });
    expect(forecast([[NOW - 1_000, 100]], 80, null, NOW)).toEqual({ kind: 'idle' });
    expect(forecast([], 80, null, NOW)).toEqual({ kind: 'idle' });
    expect(forecast([[NOW - MINUTE, 10]], 0, null, NOW)).toEqual({ kind: 'used-up' });
  });
});

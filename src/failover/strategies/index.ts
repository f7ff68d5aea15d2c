import type { FailoverStrategy } from '../../core/strategy.ts';
import { insist } from './insist.ts';
import { spread } from './spread.ts';

/** The built-in strategies by the name that `retry.order` gives. */
export const failoverStrategies: ReadonlyMap<'spread' | 'insist', FailoverStrategy> = new Map([
  ['spread', spread],
  ['insist', insist],
]);

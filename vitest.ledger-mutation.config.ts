import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** The quick suites that guard ledger, windows, prices and the memory store; those over processes and servers would take hours. */
const SUITES = [
  'ledger/ledger',
  'ledger/price',
  'ledger/windows',
  'ledger/store-away',
  'ledger/admission',
  'ledger/caller-budgets',
  'ledger/budget-book',
  'stores/memory',
  'stores/memory-counters',
].map((name) => `test/${name}.test.ts`);

const config = mergeConfig(base, defineConfig({ test: { maxWorkers: 1 } }));
config.test.include = SUITES;

export default config;

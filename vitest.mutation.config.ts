import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** The suites that pin the classifier, the decision table, the stream decoder and the commit gate: all of them quick. */
const SUITES = [
  'test/failover/*.test.ts',
  'test/providers/classify.test.ts',
  'test/providers/retry-after.test.ts',
  'test/transport/server-sent-events*.test.ts',
  'test/pipeline/commit-gate.test.ts',
];

const config = mergeConfig(base, defineConfig({ test: { maxWorkers: 1 } }));
config.test.include = SUITES;

export default config;

export { settlePromises, TestClock } from '../../src/testing/test-clock.ts';

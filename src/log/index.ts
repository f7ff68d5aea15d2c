export { type LogOptions, logCalls } from './log-calls.ts';
export type { ConsoleLike, StructuredLogger } from './write.ts';

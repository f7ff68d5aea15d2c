export { type InstrumentOptions, instrument } from './instrument.ts';
export type { Semconv } from './names.ts';
export { propagateTrace } from './propagate-trace.ts';

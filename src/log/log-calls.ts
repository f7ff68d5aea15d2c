import { assertHasMethods, assertIsObject, OF_A_GATEWAY } from '../core/assert-argument.ts';
import type { EventMap, EventType, Gateway } from '../index.ts';
import { type Level, levelOf, lineOf } from './call-line.ts';
import { isSampled } from './is-sampled.ts';
import { type ConsoleLike, type StructuredLogger, toWrite } from './write.ts';

/** Which lines are written, and at which level. */
export interface LogOptions {
  /** Share of the calls that succeeded at once that have a line, from 0 to 1; default 1. The same for one request id everywhere. */
  readonly sampleSuccesses?: number | undefined;
  /** Level of calls that succeeded at once; default `info`. */
  readonly successLevel?: 'debug' | 'info' | undefined;
  /** Whether cooldowns, budgets, guards, runs, stores, prices and configurations have lines too; default true. */
  readonly operations?: boolean | undefined;
}

/**
 * One line per call in a structured log: success at `info`, success after failures at `warn`, what the gateway refused and
 * what the caller left at `info`, failures at `error`. Takes a logger of pino's shape, or a console, which gets JSON.
 * Returns what ends it. Throws `TypeError` for anything but a gateway, a logger and options.
 */
export function logCalls(gateway: Gateway, logger: StructuredLogger | ConsoleLike, options: LogOptions = {}): () => void {
  assertHasMethods(gateway, OF_A_GATEWAY, 'logCalls', 'a Gateway');
  assertHasMethods(logger, ['debug', 'info', 'warn', 'error'], 'logCalls', 'a logger with debug, info, warn and error');
  assertIsObject(options, 'logCalls', 'options: { sampleSuccesses?, successLevel?, operations? }');
  const { sampleSuccesses = 1, successLevel = 'info', operations = true } = options;
  if (!(sampleSuccesses >= 0 && sampleSuccesses <= 1)) throw new TypeError('sampleSuccesses: expected a number from 0 to 1');
  if (successLevel !== 'debug' && successLevel !== 'info') throw new TypeError("successLevel: expected 'debug' or 'info'");
  const write = toWrite(logger);
  const onCall = (event: EventMap['request.end']) => {
    const level = levelOf(event) ?? (isSampled(event.requestId, sampleSuccesses) ? successLevel : undefined);
    if (level !== undefined) write(level, { ...lineOf(event) }, `${event.operation} ${event.model}: ${event.outcome}`);
  };
  gateway.on('request.end', onCall);
  const listeners = operations ? operationListeners(write) : [];
  for (const [type, listener] of listeners) gateway.on(type, listener);
  return () => {
    gateway.off('request.end', onCall);
    for (const [type, listener] of listeners) gateway.off(type, listener);
  };
}

type Write = (level: Level, fields: Record<string, unknown>, message: string) => void;

/** What an operator is to know of between the calls, and how bad it is. */
const OPERATIONS: { readonly [T in EventType]?: (event: EventMap[T]) => { level: Level; message: string } | undefined } = {
  'cooldown.start': ({ deployment }) => ({ level: 'warn', message: `${deployment} is cooling` }),
  'cooldown.end': ({ deployment }) => ({ level: 'info', message: `${deployment} is back` }),
  'budget.warn': ({ budget }) => ({ level: 'warn', message: `budget ${budget} passed a threshold` }),
  'guard.block': ({ guard, on }) => ({ level: 'info', message: `guard ${guard} blocked the ${on}` }),
  'guard.flag': ({ guard, on }) => ({ level: 'info', message: `guard ${guard} found something in the ${on}` }),
  'run.warn': ({ run, limit }) => ({ level: 'warn', message: `run ${run} has used most of its ${limit}` }),
  'store.fail': () => ({ level: 'error', message: 'the store is away' }),
  'store.recover': () => ({ level: 'info', message: 'the store is back' }),
  'config.update': ({ error }) =>
    error === undefined
      ? { level: 'info', message: 'a configuration is in force' }
      : { level: 'error', message: 'a configuration was not taken' },
  'prices.update': ({ error }) => error && { level: 'warn', message: 'prices were not taken' },
  'listener.error': ({ event }) => ({ level: 'error', message: `a listener of ${event} failed` }),
};

function operationListeners(write: Write): [EventType, (event: EventMap[EventType]) => void][] {
  return Object.entries(OPERATIONS).map(([type, judge]) => [
    type as EventType,
    (event: EventMap[EventType]) => {
      const judged = judge(event as never);
      if (judged === undefined) return;
      const { type: _, caller: __, ...facts } = event;
      const isAboutListener = event.type === 'listener.error';
      write(judged.level, { ...facts, ...(isAboutListener && { failedOn: event.event }), event: type }, judged.message);
    },
  ]);
}

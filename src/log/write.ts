import type { Level } from './call-line.ts';

/** As pino, bunyan and most structured loggers take a line: fields first. */
export interface StructuredLogger {
  debug(fields: object, message: string): unknown;
  info(fields: object, message: string): unknown;
  warn(fields: object, message: string): unknown;
  error(fields: object, message: string): unknown;
}

/** `console`, and whatever has its `table`. */
export interface ConsoleLike {
  debug(text: string): unknown;
  info(text: string): unknown;
  warn(text: string): unknown;
  error(text: string): unknown;
  table(data: unknown): unknown;
}

/** Writes lines; a console gets each as JSON. Fields that are undefined are left out. */
export function toWrite(logger: StructuredLogger | ConsoleLike) {
  if (isConsole(logger)) {
    return (level: Level, fields: Record<string, unknown>, message: string) =>
      void logger[level](JSON.stringify({ level, message, ...fields }, errorsByCode));
  }
  return (level: Level, fields: Record<string, unknown>, message: string) => void logger[level](defined(fields), message);
}

function isConsole(logger: StructuredLogger | ConsoleLike): logger is ConsoleLike {
  return 'table' in logger;
}

function defined(fields: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** An error has no fields of its own that JSON would tell. */
function errorsByCode(_: string, value: unknown): unknown {
  return value instanceof Error ? { name: value.name, message: value.message } : value;
}

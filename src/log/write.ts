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
      void logger[level](JSON.stringify({ level, message, ...plain(fields) }));
  }
  return (level: Level, fields: Record<string, unknown>, message: string) => void logger[level](plain(fields), message);
}

function isConsole(logger: StructuredLogger | ConsoleLike): logger is ConsoleLike {
  return 'table' in logger;
}

/** Errors by their facts, since neither JSON nor pino, but for its own `err`, has any of an error's. */
function plain(fields: Record<string, unknown>): object {
  const told = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(told.map(([name, value]) => [name, value instanceof Error ? factsOf(value) : value]));
}

function factsOf({ name, message, code }: Error & { readonly code?: unknown }): object {
  return typeof code === 'string' ? { name, code, message } : { name, message };
}

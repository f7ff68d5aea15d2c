/** Throws `TypeError` for an argument without these methods: `logCalls: expected a Gateway, got null`. */
export function assertHasMethods(argument: unknown, methods: readonly string[], where: string, expected: string): void {
  const found = Object(argument) as Record<string, unknown>;
  if (!methods.every((method) => typeof found[method] === 'function')) throw unexpected(argument, where, expected);
}

/** Throws `TypeError` for options that are none. */
export function assertIsObject(argument: unknown, where: string, expected: string): void {
  if (typeof argument !== 'object' || argument === null || Array.isArray(argument)) throw unexpected(argument, where, expected);
}

/** Tells what came instead by its kind: its content may be a secret. */
export function unexpected(argument: unknown, where: string, expected: string): TypeError {
  return new TypeError(`${where}: expected ${expected}, got ${kindOf(argument)}`);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** The methods of a gateway that those who watch one need. */
export const OF_A_GATEWAY: readonly string[] = ['on', 'off', 'for'];

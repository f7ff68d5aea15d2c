import { isContainer } from './containers.ts';
import { type Environment, variable } from './environment.ts';

/** Stands where a text names an environment variable that is not set; validation reports it with its path. */
export class UnsetVariable {
  readonly variable: string;

  constructor(variable: string) {
    this.variable = variable;
  }
}

/** Replaces `${NAME}` and `${NAME:-default}` in all texts of a parsed file. An empty variable takes the default. */
export function fillIn(value: unknown, environment: Environment): unknown {
  return fillInBelow(value, { environment, filled: new Map() }, 0);
}

interface Filling {
  readonly environment: Environment;
  /** Containers by what they were filled in from; an alias in YAML is the same object. */
  readonly filled: Map<object, object>;
}

// Validation refuses what is nested deeper; this only keeps the stack.
const DEEPEST = 1_000;

function fillInBelow(value: unknown, filling: Filling, depth: number): unknown {
  if (typeof value === 'string') return fillInText(value, filling.environment);
  if (!isContainer(value) || depth > DEEPEST) return value;
  const earlier = filling.filled.get(value);
  if (earlier !== undefined) return earlier;
  const filled = Array.isArray(value) ? [] : {};
  filling.filled.set(value, filled);
  for (const key of Object.keys(value)) {
    const item = fillInBelow(Reflect.get(value, key), filling, depth + 1);
    // Defined, not assigned, so that `__proto__` stays a key and is refused by validation.
    Object.defineProperty(filled, key, { value: item, enumerable: true, writable: true, configurable: true });
  }
  return filled;
}

const PLACEHOLDER = /\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g;

/** Whether a text still names a variable. */
export function hasPlaceholder(text: string): boolean {
  return new RegExp(PLACEHOLDER.source).test(text);
}

function fillInText(text: string, environment: Environment): string | UnsetVariable {
  let unset: string | undefined;
  const filled = text.replace(PLACEHOLDER, (_, name: string, fallback: string | undefined) => {
    const value = variable(environment, name);
    if (value === undefined && fallback === undefined) unset ??= name;
    return (fallback === undefined ? value : value || fallback) ?? '';
  });
  return unset === undefined ? filled : new UnsetVariable(unset);
}

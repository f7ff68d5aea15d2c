/** A list, or an object without a class; objects of another realm count too. */
export function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null);
}

/** Freezes a value's lists and plain objects, all the way down. */
export function freezeDeep<T>(value: T): T {
  if (!isContainer(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const item of Object.values(value)) freezeDeep(item);
  return value;
}

/** The entries of what should be an object by name; none if it is something else. */
export function entriesOf(value: unknown): [string, unknown][] {
  return isContainer(value) && !Array.isArray(value) ? Object.entries(value) : [];
}

/** A field of what should be an object. */
export function fieldOf(value: unknown, name: string): unknown {
  return isContainer(value) && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

/** The items of what should be a list; none if it is something else. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** One text or a list of texts, as a list. */
export function textsOf(value: unknown): string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.filter((item) => typeof item === 'string');
}

/** Whether a value has functions of these names; how objects of the user's own are told. */
export function hasFunctions(value: unknown, names: readonly string[]): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return names.every((name) => typeof Reflect.get(value, name) === 'function');
}

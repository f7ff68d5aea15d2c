/** What a node is replaced by; `DELETED` takes it away. */
export const DELETED = Symbol('deleted');
export const REPLACEMENTS: readonly unknown[] = [null, 7, -0.5, '', 'x', true, [], [null], ['x'], {}, { type: 'x' }, DELETED];

export type Path = readonly (string | number)[];

/** Paths of all nodes below a value, the value itself left out. */
export function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  const steps = Array.isArray(value) ? value.keys() : Object.keys(value);
  return [...steps].flatMap((step) => {
    const own = [...path, step];
    return [own, ...pathsOf((value as Record<string | number, unknown>)[step], own)];
  });
}

/** A copy with the node at a path replaced. */
export function mutated<T>(value: T, path: Path, replacement: unknown): T {
  const [step, ...rest] = path;
  if (step === undefined) return replacement as T;
  if (Array.isArray(value)) {
    const copy = [...value];
    if (rest.length === 0 && replacement === DELETED) copy.splice(Number(step), 1);
    else copy[Number(step)] = mutated(copy[Number(step)], rest, replacement);
    return copy as T;
  }
  const copy = { ...(value as Record<string, unknown>) };
  if (rest.length === 0 && replacement === DELETED) delete copy[step];
  else copy[step] = mutated(copy[step], rest, replacement);
  return copy as T;
}

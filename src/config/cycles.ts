import type { Path } from './issues.ts';

/** A reference from one name to another, and where it is written. */
export interface Edge {
  readonly to: string;
  readonly path: Path;
}

/** A circle of references: where it closes, and the names along it with the first again at the end. */
export interface Cycle {
  readonly path: Path;
  readonly names: readonly string[];
}

/** Every reference that closes a circle, found in one pass over the graph. */
export function findCycles(edges: ReadonlyMap<string, readonly Edge[]>): Cycle[] {
  const cycles: Cycle[] = [];
  const done = new Set<string>();
  for (const start of edges.keys()) walk(start);
  return cycles;

  // An explicit stack, because a chain may be longer than the call stack is deep.
  function walk(start: string): void {
    const trail: { name: string; next: number }[] = done.has(start) ? [] : [{ name: start, next: 0 }];
    const onTrail = new Map(trail.map(({ name }, position) => [name, position]));
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const edge = edges.get(top.name)?.[top.next];
      top.next += 1;
      if (edge === undefined) {
        trail.pop();
        onTrail.delete(top.name);
        done.add(top.name);
      } else if (onTrail.has(edge.to)) {
        const names = trail.slice(onTrail.get(edge.to)).map(({ name }) => name);
        cycles.push({ path: edge.path, names: [...names, edge.to] });
      } else if (!done.has(edge.to)) {
        onTrail.set(edge.to, trail.length);
        trail.push({ name: edge.to, next: 0 });
      }
    }
  }
}

import type { Draft } from './draft.ts';

type Kind = 'default' | 'contextWindow' | 'contentFilter';

/** As a model's `fallbacks`. */
export type FallbacksDraft = readonly string[] | Readonly<Partial<Record<Kind, readonly string[]>>>;

/** Which model goes on with which. A circle, which other gateways take, is left open at its last step. */
export class FallbackGraph {
  readonly #models: ReadonlySet<string>;
  readonly #aliases: ReadonlyMap<string, string>;
  readonly #draft: Draft;
  readonly #targets = new Map<string, Map<Kind, string[]>>();

  constructor(models: ReadonlySet<string>, aliases: ReadonlyMap<string, string>, draft: Draft) {
    this.#models = models;
    this.#aliases = aliases;
    this.#draft = draft;
  }

  add(name: string, kind: Kind, targets: readonly unknown[], path: string): void {
    if (!this.#models.has(name)) {
      this.#draft.note(path, `'${name}' is no model of this file: its fallbacks are left out`);
      return;
    }
    for (const target of targets) this.#addOne(name, kind, target, path);
  }

  /** For every model that has none of this kind. */
  addToOthers(kind: Kind, targets: readonly unknown[], path: string): void {
    const others = [...this.#models].filter((model) => !this.#targets.get(model)?.has(kind));
    for (const model of others) {
      const further = targets.filter((target) => this.#named(target) !== model);
      this.add(model, kind, further, path);
    }
  }

  /** As a model's `fallbacks`; undefined if it has none. */
  of(name: string): FallbacksDraft | undefined {
    const kinds = this.#targets.get(name);
    if (kinds === undefined || kinds.size === 0) return undefined;
    const [only] = kinds.size === 1 ? kinds : [];
    return only?.[0] === 'default' ? only[1] : Object.fromEntries(kinds);
  }

  get longest(): number {
    return Math.max(0, ...[...this.#targets.values()].flatMap((kinds) => [...kinds.values()].map(({ length }) => length)));
  }

  #named(target: unknown): unknown {
    return typeof target === 'string' && !this.#models.has(target) ? (this.#aliases.get(target) ?? target) : target;
  }

  #addOne(name: string, kind: Kind, written: unknown, path: string): void {
    const target = this.#named(written);
    if (typeof target !== 'string') {
      this.#draft.note(path, `a fallback of '${name}' with params of its own is left out`);
      return;
    }
    if (!this.#models.has(target)) {
      this.#draft.note(path, `'${target}' is no model of this file: left out of '${name}'`);
      return;
    }
    if (this.#reaches(target, name)) {
      this.#draft.note(path, `'${name}' to '${target}' closes a circle: left out`);
      return;
    }
    const kinds = this.#targets.get(name) ?? new Map<Kind, string[]>();
    const list = kinds.get(kind) ?? [];
    if (!list.includes(target)) kinds.set(kind, [...list, target]);
    this.#targets.set(name, kinds);
  }

  #reaches(from: string, to: string, seen = new Set<string>()): boolean {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    const next = [...(this.#targets.get(from)?.values() ?? [])].flat();
    return next.some((name) => this.#reaches(name, to, seen));
  }
}

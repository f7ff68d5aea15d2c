import type { VendorFacts } from '../../core/vendor-facts.ts';

/** What could not be carried over as it was, and what to do about it. */
export interface ImportNote {
  /** In the file that is imported, as in `model_list[0].litellm_params`. */
  readonly path: string;
  readonly message: string;
}

/** A configuration that another gateway's file was turned into. */
export interface Imported {
  readonly config: Readonly<Record<string, unknown>>;
  readonly notes: readonly ImportNote[];
}

/** One vendor account; values that are not known are left out. */
export interface Account {
  readonly type: string;
  readonly apiKey?: string | undefined;
  readonly baseURL?: string | undefined;
  readonly region?: string | undefined;
  readonly project?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly organization?: string | undefined;
  readonly headers?: unknown;
}

/** Collects a configuration while a file is read: each account becomes one provider, whatever number of models uses it. */
export class Draft {
  readonly notes: ImportNote[] = [];
  readonly #names = new Map<string, string>();
  readonly #providers = new Map<string, object>();
  readonly #vendors: ReadonlyMap<string, VendorFacts>;

  constructor(vendors: ReadonlyMap<string, VendorFacts>) {
    this.#vendors = vendors;
  }

  note(path: string, message: string): void {
    this.notes.push({ path, message });
  }

  /** The name of the provider that stands for an account. */
  providerFor(account: Account): string {
    const { type, ...written } = account;
    const options = this.#withoutOwnVariable(type, written);
    const identity = JSON.stringify([type, options]);
    const known = this.#names.get(identity);
    if (known !== undefined) return known;
    const name = this.#freeName(type);
    this.#names.set(identity, name);
    this.#providers.set(name, { ...(name !== type && { type }), ...options });
    return name;
  }

  /** The text of a key in the new file: a variable, never the key itself, which would be printed. */
  keyOf(written: unknown, type: string, path: string): string | undefined {
    if (typeof written !== 'string' || written === '' || written.toLowerCase() === 'none') return undefined;
    if (isPlaceholder(written)) return written;
    return this.variableFor(this.#vendors.get(type)?.apiKeyVariable ?? `${type}_API_KEY`, written, path, 'holds a key');
  }

  /** A variable in the place of a value that is or may be a secret; the note tells what to set it to. */
  variableFor(name: string, value: string, path: string, why = 'may hold a secret'): string {
    const variable = name.toUpperCase().replaceAll(/\W/g, '_');
    const own = `${variable}_${this.#keyNumber(variable, value)}`;
    this.note(path, `${why}, which is not repeated here: set ${own} to it`);
    return `\${${own}}`;
  }

  get providers(): Record<string, object> {
    return Object.fromEntries(this.#providers);
  }

  readonly #keys = new Map<string, string[]>();

  #keyNumber(variable: string, key: string): number {
    const known = this.#keys.get(variable) ?? [];
    this.#keys.set(variable, known);
    if (!known.includes(key)) known.push(key);
    return known.indexOf(key) + 1;
  }

  #freeName(type: string): string {
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? type : `${type}-${number}`;
      if (!this.#providers.has(name)) return name;
    }
  }

  /** A key that is in the vendor's own variable is found there. */
  #withoutOwnVariable(type: string, { apiKey, ...options }: Omit<Account, 'type'>): object {
    const variable = this.#vendors.get(type)?.apiKeyVariable;
    const isFound = apiKey === undefined || (variable !== undefined && apiKey === `\${${variable}}`);
    const kept = Object.entries({ ...(!isFound && { apiKey }), ...options }).filter(([, value]) => value !== undefined);
    return Object.fromEntries(kept);
  }
}

function isPlaceholder(text: string): boolean {
  return /^\$\{[A-Za-z_]\w*\}$/.test(text);
}

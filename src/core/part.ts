/** Something that loads when it is first needed, and is at hand from then on. */
export class Part<T> {
  readonly #name: string;
  readonly #load: () => Promise<T>;
  #value: T | undefined;

  constructor(name: string, load: () => Promise<T>) {
    this.#name = name;
    this.#load = load;
  }

  get isLoaded(): boolean {
    return this.#value !== undefined;
  }

  /** Throws if it has not loaded yet: whoever reads it has to see to that. */
  get value(): T {
    if (this.#value === undefined) throw new Error(`${this.#name} has not been loaded`);
    return this.#value;
  }

  /** A failure is not kept: the next call tries again. */
  async load(): Promise<T> {
    this.#value ??= await this.#load();
    return this.#value;
  }
}

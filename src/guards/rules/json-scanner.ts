import type { Match, Rule, RuleSet } from './rule-set.ts';
import { atOnce, type Steps } from './steps.ts';
import { TextScanner } from './text-scanner.ts';

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** What may still become an escape, at the end of what has come. */
const BEGUN_ESCAPE = /^\\(?:u[0-9a-fA-F]{0,3})?$/;
const UNICODE_ESCAPE = /^\\u[0-9a-fA-F]{4}$/;

/**
 * Looks for rules in what a text of JSON says: `\u0040` is an `@`, and a line that ends within a string ends there. Places are
 * those of the text as it stands, where an escape is one piece.
 */
export class JsonScanner<R extends Rule = Rule> {
  readonly #scanner: TextScanner<R>;
  /** An escape that has begun. */
  #begun = '';
  /** Length of what was read as it stands, and as it says. */
  #rawLength = 0;
  #saidLength = 0;
  /** Where each unit from `#base` on stands; undefined as long as there was no escape, when both are the same. */
  #places: number[] | undefined;
  #base = 0;

  constructor(rules: RuleSet<R>, onMatch: (match: Match<R>) => void) {
    this.#scanner = new TextScanner(rules, (match) =>
      onMatch({ ...match, start: this.#placeOf(match.start), end: this.#placeOf(match.end) }),
    );
  }

  /** Length of the text up to which all is decided. */
  get safe(): number {
    return this.#placeOf(this.#scanner.safe);
  }

  feed(piece: string): void {
    this.take(piece);
    atOnce(this.judge());
  }

  /** Nothing comes any more. */
  end(): void {
    this.takeEnd();
    atOnce(this.judge());
  }

  /** The next piece, whose matches `judge` tells. */
  take(piece: string): void {
    const raw = this.#begun + piece;
    this.#begun = '';
    if (this.#places !== undefined || raw.includes('\\')) this.#scanner.take(this.#read(raw));
    else this.#pass(raw);
  }

  /** The end, before which `judge` tells the last matches. */
  takeEnd(): void {
    const begun = this.#begun;
    this.#begun = '';
    for (const unit of begun) this.#add(unit.length);
    this.#scanner.take(begun);
    this.#scanner.takeEnd();
  }

  /** Tells the matches in what was taken. */
  *judge(): Steps<void> {
    yield* this.#scanner.judge();
    if (this.#places === undefined) return;
    this.#places.splice(0, this.#scanner.safe - this.#base);
    this.#base = this.#scanner.safe;
  }

  /** Tells what is found if the text ends here, and goes on as if it did not. */
  endHere(): void {
    const [begun, rawLength, saidLength, places] = [this.#begun, this.#rawLength, this.#saidLength, this.#places?.slice()];
    const alone = this.#scanner.fork();
    for (const unit of begun) this.#add(unit.length);
    alone.feed(begun);
    alone.end();
    this.#rawLength = rawLength;
    this.#saidLength = saidLength;
    this.#places = places;
  }

  #pass(raw: string): void {
    this.#rawLength += raw.length;
    this.#saidLength += raw.length;
    this.#scanner.take(raw);
  }

  #read(raw: string): string {
    if (this.#places === undefined) this.#startPlaces();
    let said = '';
    for (let at = 0; at < raw.length; ) {
      const found = raw[at] === '\\' ? this.#escapeAt(raw, at) : undefined;
      if (found === 'begun') {
        this.#begun = raw.slice(at);
        break;
      }
      const length = found?.length ?? 1;
      said += found?.unit ?? raw[at];
      this.#add(length);
      at += length;
    }
    return said;
  }

  #escapeAt(raw: string, at: number): { unit: string; length: number } | 'begun' | undefined {
    const long = raw.slice(at, at + 6);
    if (UNICODE_ESCAPE.test(long)) return { unit: String.fromCharCode(Number.parseInt(long.slice(2), 16)), length: 6 };
    const unit = SHORT_ESCAPES[raw[at + 1] ?? ''];
    if (unit !== undefined) return { unit, length: 2 };
    return at + long.length === raw.length && BEGUN_ESCAPE.test(long) ? 'begun' : undefined;
  }

  /** What is not decided yet has stood as it says, up to the first escape. */
  #startPlaces(): void {
    this.#base = this.#scanner.safe;
    this.#places = [];
    for (let at = this.#base; at < this.#saidLength; at += 1) this.#places.push(at);
  }

  #add(rawLength: number): void {
    this.#places?.push(this.#rawLength);
    this.#rawLength += rawLength;
    this.#saidLength += 1;
  }

  #placeOf(said: number): number {
    if (this.#places === undefined) return said;
    return this.#places[said - this.#base] ?? this.#rawLength;
  }
}

import { isHandedOn, isOfConnection } from './answer-headers.ts';
import { redact } from './redact.ts';
import { formsOf, withoutParts } from './secret-forms.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * The one boundary that everything from outside passes before a caller or a listener sees it: texts, response headers,
 * bodies, errors with their causes. It takes out the credentials that it knows, in every form in which they are sent or
 * repeated (as they are, in part, in a URL, in JSON, inside base64), and whatever else looks like one (`redact`).
 */
export class Redactor {
  readonly #forms: readonly string[];

  /** `shortest`: a known credential of fewer characters is taken for a word, and stays. */
  constructor(secrets: Iterable<string>, shortest: number = SHORTEST_SECRET) {
    const known = new Set([...secrets].filter((secret) => secret.length >= shortest));
    this.#forms = [...new Set([...known].flatMap(formsOf))];
  }

  /** A text without credentials; of a page, its head. */
  text(text: string): string {
    let rest = text.slice(0, LONGEST_TEXT);
    for (const form of this.#forms) rest = rest.replaceAll(form, '[redacted]');
    for (const form of this.#forms) rest = withoutParts(rest, form);
    return redact(rest);
  }

  /** Whether a text is free of credentials. */
  passes(text: string): boolean {
    return NUMBER.test(text) || (text.length <= LONGEST_TEXT && this.text(text) === text);
  }

  /**
   * The response headers that are for a client; one whose value has a credential is left out. Names are in lower case.
   * `ofUpstream`: what the upstream sent, if middleware or a provider of the user's may have added headers, which stay.
   */
  headers(headers: Headers, ofUpstream: Headers = headers): Record<string, string> {
    const passed: Record<string, string> = {};
    for (const [name, value] of Object.entries(headers)) {
      const isAdded = ofUpstream[name] !== value && !isOfConnection(name);
      if ((isAdded || isHandedOn(name)) && typeof value === 'string' && this.passes(value)) passed[name] = value;
    }
    return passed;
  }

  /** A copy of a parsed body: texts and names without credentials, nothing that JSON has not, at most 1,000 values. */
  body(body: unknown): unknown {
    return this.#copy(body, { left: MOST_VALUES }, 0);
  }

  #copy(value: unknown, budget: { left: number }, depth: number): unknown {
    budget.left -= 1;
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
    if (typeof value !== 'object' || depth > DEEPEST || budget.left < 0) return undefined;
    if (Array.isArray(value)) return value.slice(0, MOST_VALUES).map((item) => this.#copy(item, budget, depth + 1));
    const entries = Object.entries(value).slice(0, MOST_VALUES);
    const copies = new Map<string, unknown>();
    // Lists come last: a long one must not use up what is left for the codes and counts beside it.
    for (const [name, item] of entries.toSorted(
      ([, left], [, right]) => Number(Array.isArray(left)) - Number(Array.isArray(right)),
    )) {
      copies.set(name, this.#copy(item, budget, depth + 1));
    }
    return Object.fromEntries(entries.map(([name]) => [this.text(name), copies.get(name)]));
  }
}

// A shorter one is a word that a text may hold by chance, and no vendor's key.
const SHORTEST_SECRET = 8;
const LONGEST_TEXT = 4_000;
// What most headers hold: `250000`, `20ms`.
const NUMBER = /^\d{0,9}[a-z]{0,2}$/;
const MOST_VALUES = 1_000;
const DEEPEST = 12;

/** For what no credential is known of. */
export const BY_LOOKS = new Redactor([]);

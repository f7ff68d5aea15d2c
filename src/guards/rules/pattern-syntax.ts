/** One thing that a pattern is made of. Ranges are pairs of UTF-16 code units, both included. */
export type PatternNode =
  | { readonly kind: 'units'; readonly ranges: readonly number[] }
  | { readonly kind: 'sequence'; readonly nodes: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly nodes: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly node: PatternNode; readonly min: number; readonly max: number }
  | { readonly kind: 'assert'; readonly what: Assertion };

export type Assertion = 'start' | 'end' | 'boundary' | 'inside';

/** A pattern that cannot be read; `expected` says what stands wrong in it. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/**
 * Reads the part of JavaScript's syntax of regular expressions that matches in linear time: classes, groups, `|`, `* + ?
 * {n,m}`, `^ $ \b \B`. Throws `PatternError` for look-around, references to groups and lazy repetition.
 */
export function parsePattern(source: string, ignoreCase: boolean): PatternNode {
  const parser = new PatternParser(source, ignoreCase);
  return parser.parse();
}

/** Exactly this text. */
export function literalPattern(text: string, ignoreCase: boolean): PatternNode {
  const nodes = Array.from({ length: text.length }, (_, index) => unit(text.charCodeAt(index), ignoreCase));
  return { kind: 'sequence', nodes };
}

/** Whether it matches the empty text. */
export function matchesEmpty(node: PatternNode): boolean {
  if (node.kind === 'units') return false;
  if (node.kind === 'assert') return true;
  if (node.kind === 'repeat') return node.min === 0 || matchesEmpty(node.node);
  return node.kind === 'sequence' ? node.nodes.every(matchesEmpty) : node.nodes.some(matchesEmpty);
}

/** Steps that it takes once its repetitions are written out. */
export function stepsOf(node: PatternNode): number {
  if (node.kind === 'units' || node.kind === 'assert') return 1;
  if (node.kind !== 'repeat') return node.nodes.reduce((sum, part) => sum + stepsOf(part), 1);
  const times = node.max === Number.POSITIVE_INFINITY ? node.min + 1 : node.max;
  return times * (stepsOf(node.node) + 1);
}

/** Beyond it a pattern is refused. */
export const MAX_STEPS = 20_000;

const DIGITS = [0x30, 0x39];
export const WORD_RANGES = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
const SPACES = [0x09, 0x0d, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f];
const SPACE_RANGES = [...SPACES, 0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff];
const ANY_BUT_LINE_ENDS = complement([0x0a, 0x0a, 0x0d, 0x0d, 0x2028, 0x2029]);
const CLASS_ESCAPES: ReadonlyMap<string, readonly number[]> = new Map([
  ['d', DIGITS],
  ['D', complement(DIGITS)],
  ['w', WORD_RANGES],
  ['W', complement(WORD_RANGES)],
  ['s', SPACE_RANGES],
  ['S', complement(SPACE_RANGES)],
]);
const CONTROL_ESCAPES: ReadonlyMap<string, number> = new Map([
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['f', 0x0c],
  ['v', 0x0b],
  ['0', 0],
]);
/** What a repetition may ask for at most; each is written out. */
const MAX_REPEAT = 1000;
const MAX_DEPTH = 64;

class PatternParser {
  readonly #source: string;
  readonly #ignoreCase: boolean;
  #at = 0;
  #depth = 0;

  constructor(source: string, ignoreCase: boolean) {
    this.#source = source;
    this.#ignoreCase = ignoreCase;
  }

  parse(): PatternNode {
    const node = this.#choice();
    if (this.#at < this.#source.length) this.#fail("a ')' without its '('");
    return node;
  }

  #choice(): PatternNode {
    const nodes = [this.#sequence()];
    while (this.#take('|')) nodes.push(this.#sequence());
    const [only] = nodes;
    return nodes.length === 1 && only !== undefined ? only : { kind: 'choice', nodes };
  }

  #sequence(): PatternNode {
    const nodes: PatternNode[] = [];
    while (this.#at < this.#source.length && !this.#is('|') && !this.#is(')')) nodes.push(this.#repeated(this.#atom()));
    return { kind: 'sequence', nodes };
  }

  #repeated(node: PatternNode): PatternNode {
    const bounds = this.#bounds();
    if (bounds === undefined) return node;
    if (node.kind === 'assert') this.#fail('repeats an assertion');
    if (this.#is('?') || this.#is('+') || this.#is('*')) this.#fail('lazy and possessive repetitions are not known here');
    const { min, max } = bounds;
    if (min > MAX_REPEAT || (max !== Number.POSITIVE_INFINITY && max > MAX_REPEAT)) {
      this.#fail(`repeats more than ${MAX_REPEAT} times`);
    }
    if (min > max) this.#fail('a repetition whose least is above its most');
    return { kind: 'repeat', node, min, max };
  }

  #bounds(): { min: number; max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#take('?')) return { min: 0, max: 1 };
    const counted = /^\{(\d+)(?:(,)(\d+)?)?\}/.exec(this.#source.slice(this.#at));
    if (counted === null) return undefined;
    this.#at += counted[0].length;
    const min = Number(counted[1]);
    if (counted[2] === undefined) return { min, max: min };
    return { min, max: counted[3] === undefined ? Number.POSITIVE_INFINITY : Number(counted[3]) };
  }

  #atom(): PatternNode {
    if (this.#take('(')) return this.#group();
    if (this.#take('[')) return { kind: 'units', ranges: this.#class() };
    if (this.#take('.')) return { kind: 'units', ranges: ANY_BUT_LINE_ENDS };
    if (this.#take('^')) return { kind: 'assert', what: 'start' };
    if (this.#take('$')) return { kind: 'assert', what: 'end' };
    if (this.#take('\\')) return this.#escape();
    if (this.#is('*') || this.#is('+') || this.#is('?')) this.#fail('a repetition of nothing');
    return unit(this.#unit(), this.#ignoreCase);
  }

  #group(): PatternNode {
    if (this.#is('?') && !this.#source.startsWith('?:', this.#at)) {
      this.#fail('look-around and named groups are not known here, as they cannot be matched in linear time');
    }
    if (this.#is('?')) this.#at += 2;
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#fail(`groups nested deeper than ${MAX_DEPTH}`);
    const node = this.#choice();
    if (!this.#take(')')) this.#fail("a '(' without its ')'");
    this.#depth -= 1;
    return node;
  }

  #escape(): PatternNode {
    if (this.#take('b')) return { kind: 'assert', what: 'boundary' };
    if (this.#take('B')) return { kind: 'assert', what: 'inside' };
    const ranges = CLASS_ESCAPES.get(this.#source[this.#at] ?? '');
    if (ranges !== undefined) {
      this.#at += 1;
      return { kind: 'units', ranges };
    }
    return unit(this.#escapedUnit(), this.#ignoreCase);
  }

  #escapedUnit(): number {
    const letter = this.#source[this.#at] ?? this.#fail("ends with a '\\'");
    const hex = /^(?:x([\da-fA-F]{2})|u([\da-fA-F]{4}))/.exec(this.#source.slice(this.#at, this.#at + 5));
    if (hex !== null) {
      this.#at += hex[0].length;
      return Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
    }
    const control = CONTROL_ESCAPES.get(letter);
    if (control === undefined && /[A-Za-z1-9]/.test(letter)) this.#fail(`the escape '\\${letter}' is not known here`);
    this.#at += 1;
    return control ?? letter.charCodeAt(0);
  }

  #class(): readonly number[] {
    const isNegated = this.#take('^');
    const ranges: number[] = [];
    while (!this.#take(']')) ranges.push(...this.#classItem());
    const cased = this.#ignoreCase ? inBothCases(ranges) : ranges;
    return isNegated ? complement(cased) : cased;
  }

  #classItem(): readonly number[] {
    if (this.#at >= this.#source.length) this.#fail("a '[' without its ']'");
    const escaped = this.#is('\\') ? CLASS_ESCAPES.get(this.#source[this.#at + 1] ?? '') : undefined;
    if (escaped !== undefined) {
      this.#at += 2;
      return escaped;
    }
    const low = this.#classUnit();
    if (!this.#is('-') || this.#source[this.#at + 1] === ']') return [low, low];
    this.#at += 1;
    const high = this.#classUnit();
    if (high < low) this.#fail('a range whose end is before its start');
    return [low, high];
  }

  #classUnit(): number {
    const read = this.#take('\\') ? this.#escapedUnit() : this.#unit();
    if (read >= 0xd800 && read <= 0xdfff) this.#fail('a class with a character beyond U+FFFF; use (?:a|b)');
    return read;
  }

  #unit(): number {
    if (this.#at >= this.#source.length) this.#fail('ends too early');
    this.#at += 1;
    return this.#source.charCodeAt(this.#at - 1);
  }

  #is(character: string): boolean {
    return this.#source[this.#at] === character;
  }

  #take(character: string): boolean {
    if (!this.#is(character)) return false;
    this.#at += 1;
    return true;
  }

  #fail(what: string): never {
    throw new PatternError(`${what} (at character ${this.#at})`);
  }
}

function unit(code: number, ignoreCase: boolean): PatternNode {
  return { kind: 'units', ranges: ignoreCase ? inBothCases([code, code]) : [code, code] };
}

/** With both cases of what has one; of wide ranges only those of ASCII and Latin. */
function inBothCases(ranges: readonly number[]): readonly number[] {
  const both = [...ranges];
  for (let index = 0; index < ranges.length; index += 2) {
    const [low = 0, high = 0] = [ranges[index], ranges[index + 1]];
    const last = high - low > 2048 ? Math.min(high, 0x24f) : high;
    for (let code = low; code <= last; code += 1) {
      const text = String.fromCharCode(code);
      for (const other of [text.toLowerCase(), text.toUpperCase()]) {
        if (other.length === 1 && other !== text) both.push(other.charCodeAt(0), other.charCodeAt(0));
      }
    }
  }
  return both;
}

function complement(ranges: readonly number[]): readonly number[] {
  const pairs = Array.from({ length: ranges.length / 2 }, (_, index) => [ranges[2 * index] ?? 0, ranges[2 * index + 1] ?? 0]);
  pairs.sort(([a = 0], [b = 0]) => a - b);
  const others: number[] = [];
  let next = 0;
  for (const [low = 0, high = 0] of pairs) {
    if (low > next) others.push(next, low - 1);
    next = Math.max(next, high + 1);
  }
  if (next <= 0xffff) others.push(next, 0xffff);
  return others;
}

import type { z } from 'zod';
import { closestNames } from '../core/closest-name.ts';
import type { ConfigurationIssue } from '../errors/configuration-error.ts';
import { keysAt, valuesAt } from './schema-at.ts';

export type Path = readonly (string | number)[];

/** Collects problems; of several at one path the first stays, and below a value of another type there are none. */
export class Issues {
  readonly #byPath = new Map<string, ConfigurationIssue>();
  readonly #ofAnotherType = new Set<string>();
  readonly #warnings = new Map<string, ConfigurationIssue>();

  add(path: Path, message: string): void {
    const formatted = formatPath(path);
    if (this.#byPath.has(formatted) || isBelow(path, this.#ofAnotherType)) return;
    this.#byPath.set(formatted, { path: formatted, message });
  }

  /** What may be meant, and would be a costly mistake if it is not. */
  warn(path: Path, message: string): void {
    const formatted = formatPath(path);
    if (!this.#warnings.has(formatted)) this.#warnings.set(formatted, { path: formatted, message });
  }

  /** Adds what a schema found in `value`, as one problem for each wrong place. */
  addParsed(error: z.ZodError, schema: z.ZodType, value: unknown): void {
    for (const found of error.issues.flatMap((issue) => expand(issue, []))) {
      if (!isBelow(found.path, this.#byPath)) this.#addFound(found, schema, value);
    }
  }

  all(): ConfigurationIssue[] {
    return [...this.#byPath.values()];
  }

  warnings(): ConfigurationIssue[] {
    return [...this.#warnings.values()];
  }

  #addFound(found: Found, schema: z.ZodType, value: unknown): void {
    const wrong = valueAt(value, found.path);
    if (found.code === 'unrecognized_keys') {
      this.add(found.path, unknownKey(found.path, schema));
    } else if (wrong === undefined) {
      this.add(found.path, found.path.length === 0 ? found.message : `is missing: ${found.message}`);
    } else {
      this.add(found.path, found.message + hint(found, wrong, schema));
      if (FORM_CODES.has(found.code) || found.code === 'invalid_union') this.#ofAnotherType.add(formatPath(found.path));
    }
  }
}

function isBelow(path: Path, paths: { has(path: string): boolean }): boolean {
  return path.some((_, depth) => paths.has(formatPath(path.slice(0, depth + 1))));
}

/** `; did you mean 'x'?` if a name is close to one of the candidates, else nothing. */
export function suggestion(name: unknown, candidates: Iterable<string>): string {
  if (typeof name !== 'string') return '';
  const [closest] = closestNames(name, candidates, 1);
  return closest === undefined || closest === name ? '' : `; did you mean '${closest}'?`;
}

/** What stands in the place of another type, or a value that may be meant. */
function hint({ code, message, path }: Found, wrong: unknown, schema: z.ZodType): string {
  if (code !== 'invalid_type') return suggestion(wrong, valuesAt(schema, path));
  return message.startsWith('expected') ? `, got ${kindOf(wrong)}` : '';
}

/** What a value is, in words that repeat none of it: it may be a key in the wrong place. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'boolean' ? String(value) : `a ${typeof value}`;
}

/** A path as in `budgets[0].limit.usd`, `prices["openai/gpt-5.5"].input`. */
export function formatPath(path: Path): string {
  return path.map(formatStep).join('');
}

function formatStep(step: string | number, position: number): string {
  if (typeof step === 'number') return `[${step}]`;
  if (!/^[\w$-]+$/.test(step)) return `[${JSON.stringify(step.slice(0, LONGEST_STEP))}]`;
  return position === 0 ? step.slice(0, LONGEST_STEP) : `.${step.slice(0, LONGEST_STEP)}`;
}

const LONGEST_STEP = 300;

interface Found {
  readonly path: Path;
  readonly code: z.core.$ZodIssue['code'];
  readonly message: string;
}

/** One problem for each unknown key; of a union's branches, those of the branch that was meant. */
function expand(issue: z.core.$ZodIssue, above: Path): Found[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], code: issue.code, message: issue.message }));
  }
  if (issue.code === 'invalid_key') {
    return [{ path, code: issue.code, message: issue.issues[0]?.message ?? issue.message }];
  }
  if (issue.code !== 'invalid_union') return [{ path, code: issue.code, message: issue.message }];
  const meant = branchMeant(issue.errors);
  if (meant === undefined) return [{ path, code: issue.code, message: issue.message }];
  return meant.flatMap((nested) => expand(nested, path));
}

/** The branch whose own form fits and that has the fewest problems; undefined if no form fits. */
function branchMeant(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const fitting = branches.filter((branch) => !branch.some(isOfAnotherForm));
  return fitting.sort((a, b) => a.length - b.length)[0];
}

function isOfAnotherForm(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && FORM_CODES.has(issue.code);
}

const FORM_CODES: ReadonlySet<string> = new Set(['invalid_type', 'invalid_value', 'custom']);

function unknownKey(path: Path, schema: z.ZodType): string {
  return `unknown key${suggestion(path.at(-1), keysAt(schema, path.slice(0, -1)))}`;
}

function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    current = Reflect.get(current, step);
  }
  return current;
}

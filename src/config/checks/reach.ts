import { foldName } from '../../access/caller-rules.ts';
import { closestNames } from '../../core/closest-name.ts';
import { toGlob } from '../../core/glob.ts';
import { OPERATIONS } from '../../core/operation.ts';
import { KNOWN_VENDOR_TOOLS, plainToolName } from '../../core/vendor-tools.ts';
import { entriesOf, fieldOf, isContainer, itemsOf, textsOf } from '../containers.ts';
import { type Issues, type Path, suggestion } from '../issues.ts';
import type { Names } from '../references.ts';
import { DeclaredDeployments } from './declared-deployments.ts';
import { matchesOne, meetsOne } from './glob-reach.ts';

/**
 * Names in budgets, access rules, guards and the cache that nothing declared can have: a typing error there would open what it
 * was to close. If callers or a default provider could still bring such a name, one that looks mistyped is a warning.
 */
export function checkReach(config: unknown, names: Names, issues: Issues): void {
  const reach = new Reach(config, names, issues);
  for (const [index, key] of itemsOf(fieldOf(fieldOf(config, 'access'), 'keys')).entries()) {
    const path = ['access', 'keys', index, 'caller'];
    for (const [dimension] of entriesOf(fieldOf(key, 'caller'))) reach.checkBrought(dimension, [...path, dimension]);
  }
  for (const [index, param] of textsOf(fieldOf(fieldOf(config, 'access'), 'callerFromParams')).entries()) {
    reach.checkBrought(param.replace(/^metadata\./, ''), ['access', 'callerFromParams', index]);
  }
  for (const [name] of entriesOf(fieldOf(config, 'toolPrices'))) reach.checkPricedTool(name, ['toolPrices', name]);
  for (const [name] of entriesOf(fieldOf(config, 'prices'))) reach.checkPriced(name, ['prices', name]);
  for (const [index, budget] of itemsOf(fieldOf(config, 'budgets')).entries()) {
    const path = ['budgets', index];
    reach.checkEach(fieldOf(budget, 'each'), [...path, 'each']);
    for (const [dimension, globs] of entriesOf(fieldOf(budget, 'match'))) {
      reach.checkCharged(dimension, globs, [...path, 'match', dimension]);
    }
  }
  for (const [index, rule] of itemsOf(fieldOf(fieldOf(config, 'access'), 'rules')).entries()) {
    const path = ['access', 'rules', index];
    for (const [dimension, globs] of entriesOf(fieldOf(rule, 'match'))) {
      reach.checkOfCaller(dimension, globs, [...path, 'match', dimension]);
    }
    reach.checkModels(fieldOf(rule, 'allow'), [...path, 'allow'], (name) => name);
    reach.checkModels(fieldOf(rule, 'deny'), [...path, 'deny'], foldName);
    reach.checkTools(fieldOf(rule, 'denyTools'), [...path, 'denyTools']);
  }
  for (const [index, guard] of itemsOf(fieldOf(config, 'guards')).entries()) {
    for (const [dimension, globs] of entriesOf(fieldOf(guard, 'match'))) {
      reach.checkOfCall(dimension, globs, ['guards', index, 'match', dimension]);
    }
  }
  const cache = fieldOf(config, 'cache');
  for (const [dimension, globs] of entriesOf(fieldOf(cache, 'match'))) {
    reach.checkOfCall(dimension, globs, ['cache', 'match', dimension]);
  }
  const scope = fieldOf(cache, 'scope');
  if (scope !== 'shared') reach.checkScope(scope, ['cache', 'scope']);
}

const OF_CALLERS = ['key', 'team', 'app', 'user', 'tags', 'priority'];
const OF_CALLS = ['model', 'provider', 'deployment'];
const NOT_CHARGED = "is nothing that is charged: expected a dimension of callers, 'model', 'provider' or 'deployment'";

class Reach {
  readonly #names: Names;
  readonly #issues: Issues;
  /** What a caller can have by this configuration: the built-in dimensions, and those of keys and params. */
  readonly #ofCallers: ReadonlySet<string>;
  /** What the declared keys bring, by dimension. */
  readonly #valuesOfKeys: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #hasKeys: boolean;
  /** Whether a call may ask for a name that is declared nowhere. */
  readonly #takesUndeclared: boolean;
  /** Whether what declares names can be read: if not, that is what is told. */
  readonly #canRead: boolean;
  readonly #declared: DeclaredDeployments;
  /** Names as they are written, and as `deny` compares them. */
  readonly #written: Nameable;
  readonly #folded: Nameable;

  constructor(config: unknown, names: Names, issues: Issues) {
    const access = fieldOf(config, 'access');
    const keys = itemsOf(fieldOf(access, 'keys'));
    const ofKeys = keys.flatMap((key) => entriesOf(fieldOf(key, 'caller')).map(([dimension]) => dimension));
    const ofParams = textsOf(fieldOf(access, 'callerFromParams')).map((param) => param.replace(/^metadata\./, ''));
    this.#names = names;
    this.#written = nameable(names, (name) => name);
    this.#folded = nameable(names, foldName);
    this.#issues = issues;
    this.#ofCallers = new Set([...OF_CALLERS, ...ofKeys, ...ofParams]);
    this.#valuesOfKeys = valuesOf(keys);
    this.#hasKeys = keys.length > 0;
    this.#declared = new DeclaredDeployments(config);
    const models = fieldOf(config, 'models');
    this.#canRead = names.providers.size > 0 && (models === undefined || (isContainer(models) && !Array.isArray(models)));
    const declaresNone = names.models.size + names.wildcards.length === 0;
    this.#takesUndeclared = fieldOf(config, 'defaultProvider') !== undefined || (declaresNone && names.providers.size === 1);
  }

  /** A dimension that callers come with: it may be one of the operator's own. */
  checkBrought(dimension: string, path: Path): void {
    if (OF_CALLERS.includes(dimension)) return;
    const [close] = closestNames(dimension, OF_CALLERS, 1);
    if (close !== undefined) this.#issues.warn(path, `'${dimension}' is a dimension of its own; did you mean '${close}'?`);
  }

  checkEach(each: unknown, path: Path): void {
    const isList = Array.isArray(each);
    for (const [index, dimension] of textsOf(each).entries()) {
      if (this.#isOfOperations(dimension)) this.#issues.add(isList ? [...path, index] : path, NOT_CHARGED);
    }
    this.#checkDimensions(each, [...this.#ofCallers, ...OF_CALLS], path);
  }

  /** By whom answers are shared. */
  checkScope(scope: unknown, path: Path): void {
    this.#checkDimensions(scope, [...this.#ofCallers], path);
  }

  /** What is known of a call before it has a deployment. */
  checkOfCall(dimension: string, globs: unknown, path: Path): void {
    if (dimension === 'model') this.checkModels(globs, path, (name) => name);
    else if (dimension === 'operation') this.#checkOperations(globs, path);
    else if (OF_CALLS.includes(dimension) && !this.#ofCallers.has(dimension))
      this.#issues.add(path, "is not known yet: expected a dimension of callers, 'model' or 'operation'");
    else this.#checkDimension(dimension, [...this.#ofCallers, 'model', 'operation'], path);
    this.#checkValues(dimension, globs, path);
  }

  checkCharged(dimension: string, globs: unknown, path: Path): void {
    if (this.#isOfOperations(dimension)) this.#issues.add(path, NOT_CHARGED);
    this.#checkDimension(dimension, [...this.#ofCallers, ...OF_CALLS], path);
    this.#checkValues(dimension, globs, path);
    if (dimension === 'model') this.checkModels(globs, path, (name) => name);
    if (dimension === 'deployment') this.#checkDeployments(globs, path);
    if (dimension !== 'provider') return;
    const { providers } = this.#names;
    this.#checkGlobs(globs, path, (glob) => matchesOne(glob, providers), providers);
  }

  #checkDeployments(globs: unknown, path: Path): void {
    this.#checkGlobs(globs, path, (glob) => meetsOne(glob, this.#written.ofProviders), this.#names.providers);
    for (const [index, glob] of textsOf(globs).entries()) {
      this.#warnOfMistyped(glob, Array.isArray(globs) ? [...path, index] : path, (name) => name);
    }
  }

  checkOfCaller(dimension: string, globs: unknown, path: Path): void {
    this.#checkValues(dimension, globs, path);
    if (!OF_CALLS.includes(dimension) && !this.#isOfOperations(dimension))
      this.#checkDimension(dimension, [...this.#ofCallers], path);
    else this.#issues.add(path, "is no dimension of a caller: 'allow' and 'deny' name what may be used");
  }

  /** Vendors bring new tools, so that one which is not known may be one all the same. */
  checkTools(globs: unknown, path: Path): void {
    const isList = Array.isArray(globs);
    for (const [index, glob] of textsOf(globs).entries()) {
      const at = isList ? [...path, index] : path;
      const plain = plainToolName(foldName(glob));
      if (plain !== foldName(glob)) this.#issues.add(at, `'${glob}' matches no tool: all its versions are called '${plain}'`);
      else if (!KNOWN_VENDOR_TOOLS.some(toGlob(plain)))
        this.#issues.warn(at, `'${glob}' matches no tool that is known${suggestion(glob, KNOWN_VENDOR_TOOLS)}`);
    }
  }

  /** Of one provider or of all; a price is found by the name as it is. */
  checkPricedTool(name: string, path: Path): void {
    const tool = name.slice(name.indexOf('/') + 1);
    const folded = plainToolName(foldName(tool));
    if (tool !== foldName(tool) && KNOWN_VENDOR_TOOLS.includes(folded))
      this.#issues.add(path, `'${tool}' matches no tool: it is called '${folded}'`);
    else this.checkTools(tool, path);
  }

  checkPriced(name: string, path: Path): void {
    this.#warnOfMistyped(name, path, (written) => written);
  }

  /** `form`: in which names are compared. */
  checkModels(globs: unknown, path: Path, form: typeof foldName): void {
    const named = form === foldName ? this.#folded : this.#written;
    const canMatch = (written: string) => {
      const glob = form(written);
      return matchesOne(glob, named.models) || meetsOne(glob, named.prefixes);
    };
    this.#checkGlobs(globs, path, canMatch, this.#names.models);
    for (const [index, glob] of textsOf(globs).entries()) {
      this.#warnOfMistyped(glob, Array.isArray(globs) ? [...path, index] : path, form);
    }
  }

  #warnOfMistyped(name: string, path: Path, form: typeof foldName): void {
    const meant = this.#names.models.has(name) ? undefined : this.#declared.meantBy(name, form);
    if (meant !== undefined) this.#issues.warn(path, `'${name}' is declared nowhere; did you mean '${meant}'?`);
  }

  /** Only guards and the cache go by operations, and nobody brings one of that name. */
  #isOfOperations(dimension: string): boolean {
    return dimension === 'operation' && !this.#ofCallers.has(dimension);
  }

  /** Keys may come later, and callers of this process bring what they like: what looks mistyped is a warning. */
  #checkValues(dimension: string, globs: unknown, path: Path): void {
    const values = this.#valuesOfKeys.get(dimension);
    if (values === undefined) return;
    const isList = Array.isArray(globs);
    for (const [index, glob] of textsOf(globs).entries()) {
      const hint = matchesOne(glob, values) ? '' : suggestion(glob, values);
      if (hint !== '') this.#issues.warn(isList ? [...path, index] : path, `no key has the ${dimension} '${glob}'${hint}`);
    }
  }

  #checkOperations(globs: unknown, path: Path): void {
    const isList = Array.isArray(globs);
    for (const [index, glob] of textsOf(globs).entries()) {
      if (OPERATIONS.some(toGlob(glob))) continue;
      this.#issues.add(isList ? [...path, index] : path, `'${glob}' matches no operation${suggestion(glob, OPERATIONS)}`);
    }
  }

  #checkDimensions(dimensions: unknown, known: readonly string[], path: Path): void {
    const isList = Array.isArray(dimensions);
    for (const [index, dimension] of textsOf(dimensions).entries()) {
      this.#checkDimension(dimension, known, isList ? [...path, index] : path);
    }
  }

  #checkDimension(dimension: string, known: readonly string[], path: Path): void {
    if (known.includes(dimension)) return;
    const [close] = closestNames(dimension, known, 1);
    if (close !== undefined) this.#issues.add(path, `no caller has '${dimension}'; did you mean '${close}'?`);
    else if (this.#hasKeys)
      this.#issues.warn(path, `no key has a caller with '${dimension}': only callers of this process can bring it`);
  }

  #checkGlobs(globs: unknown, path: Path, canMatch: (glob: string) => boolean, candidates: ReadonlySet<string>): void {
    const isList = Array.isArray(globs);
    for (const [index, glob] of textsOf(globs).entries()) {
      if (!this.#canRead || canMatch(glob)) continue;
      const at = isList ? [...path, index] : path;
      const hint = this.#hint(glob, candidates);
      if (!this.#takesUndeclared || path.at(-1) === 'provider')
        this.#issues.add(at, `'${glob}' matches nothing that is declared${hint}`);
      else if (hint !== '') this.#issues.warn(at, `'${glob}' matches nothing that is declared${hint}`);
    }
  }

  #hint(glob: string, candidates: ReadonlySet<string>): string {
    const { providers } = this.#names;
    const slash = glob.indexOf('/');
    const provider = glob.slice(0, slash);
    if (slash > 0 && !providers.has(provider)) return suggestion(provider, providers);
    return suggestion(glob, candidates);
  }
}

/** What a call can ask for, in one form of names. */
interface Nameable {
  readonly models: ReadonlySet<string>;
  /** How `provider/model` of each provider begins. */
  readonly ofProviders: ReadonlySet<string>;
  /** How any name begins that is not one of `models`. */
  readonly prefixes: ReadonlySet<string>;
}

function nameable({ models, providers, wildcards }: Names, form: (name: string) => string): Nameable {
  const ofProviders = new Set([...providers].map((provider) => `${form(provider)}/`));
  const ofWildcards = wildcards.map((pattern) => form(pattern.slice(0, -1)));
  return { models: new Set([...models].map(form)), ofProviders, prefixes: new Set([...ofProviders, ...ofWildcards]) };
}

/** Every value that keys have, by dimension; the key itself by its id. */
function valuesOf(keys: readonly unknown[]): Map<string, Set<string>> {
  const values = new Map<string, Set<string>>();
  for (const key of keys) {
    for (const [dimension, given] of [['key', fieldOf(key, 'id')] as const, ...entriesOf(fieldOf(key, 'caller'))]) {
      const known = values.get(dimension) ?? new Set();
      for (const text of textsOf(given)) known.add(text);
      values.set(dimension, known);
    }
  }
  return values;
}

import type { RoutingStrategy } from '../../core/strategy.ts';
import { entriesOf, fieldOf, itemsOf } from '../containers.ts';
import { type Edge, findCycles } from '../cycles.ts';
import { type Issues, type Path, suggestion } from '../issues.ts';
import { isKnownModel, isWildcard, type Names, resolveEntry, splitName } from '../references.ts';

/** Deployments, strategies, fallbacks and references between models. */
export function checkModels(
  config: unknown,
  names: Names,
  strategies: ReadonlyMap<string, RoutingStrategy>,
  issues: Issues,
): void {
  const references = new Map<string, Edge[]>();
  const fallbacks = new Map<string, Edge[]>();
  for (const [name, model] of entriesOf(fieldOf(config, 'models'))) {
    const path = ['models', name];
    checkName(name, path, issues);
    references.set(name, checkDeployments(name, model, names, issues));
    checkStrategy(fieldOf(model, 'strategy'), strategies, [...path, 'strategy'], issues);
    checkDelays(fieldOf(model, 'retry'), fieldOf(config, 'retry'), [...path, 'retry'], issues);
    fallbacks.set(name, checkFallbacks(fieldOf(model, 'fallbacks'), names, [...path, 'fallbacks'], issues));
  }
  checkDelays(fieldOf(config, 'retry'), undefined, ['retry'], issues);
  checkPrices(config, names, issues);
  for (const cycle of findCycles(references)) issues.add(cycle.path, `defines a model by itself: ${cycle.names.join(' -> ')}`);
  for (const cycle of findCycles(fallbacks)) issues.add(cycle.path, `falls back in a circle: ${cycle.names.join(' -> ')}`);
}

/** What is wrong with a name that should be callable; undefined if nothing is. */
export function unknownModel(name: string, names: Names): string | undefined {
  if (isKnownModel(name, names)) return undefined;
  const split = splitName(name);
  const close = suggestion(name, names.models);
  if (close !== '' || split === undefined || isWildcard(name)) return `unknown model '${name}'${close}`;
  return `unknown provider '${split.provider}'${suggestion(split.provider, names.providers)}`;
}

function checkName(name: string, path: Path, issues: Issues): void {
  if (isWildcard(name) && name.indexOf('*') !== name.length - 1) {
    issues.add(path, 'expected one * at the end of the name, or none');
  }
}

function checkDeployments(name: string, model: unknown, names: Names, issues: Issues): Edge[] {
  const path = Array.isArray(model) ? ['models', name] : ['models', name, 'deployments'];
  const entries = itemsOf(Array.isArray(model) ? model : fieldOf(model, 'deployments'));
  const seen = new Map<string, number>();
  const edges: Edge[] = [];
  for (const [index, entry] of entries.entries()) {
    const entryPath = [...path, index];
    const id = idOf(entry);
    if (id === undefined) continue;
    const first = seen.get(id);
    if (first !== undefined) issues.add(entryPath, `repeats entry ${first}`);
    else seen.set(id, index);
    if (typeof entry === 'string') edges.push(...checkEntry(entry, names, entryPath, issues));
    else checkProvider(fieldOf(entry, 'provider'), names, [...entryPath, 'provider'], issues);
    checkStar(id, isWildcard(name), typeof entry === 'string' ? entryPath : [...entryPath, 'model'], issues);
  }
  if (entries.length > 0 && entries.every((entry) => fieldOf(entry, 'weight') === 0)) {
    issues.add([...path, 0, 'weight'], 'expected at least one weight above 0 in the model');
  }
  return edges;
}

function idOf(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry;
  const provider = fieldOf(entry, 'provider');
  const model = fieldOf(entry, 'model');
  return typeof provider === 'string' && typeof model === 'string' ? `${provider}/${model}` : undefined;
}

function checkEntry(entry: string, names: Names, path: Path, issues: Issues): Edge[] {
  const reference = resolveEntry(entry, names);
  if (reference.kind === 'model') return [{ to: reference.name, path }];
  if (reference.kind === 'unknown-provider') checkProvider(reference.provider, names, path, issues);
  if (reference.kind === 'unknown-model') {
    issues.add(path, `expected 'provider/model' or the name of another model, got '${entry}'${suggestion(entry, names.models)}`);
  }
  return [];
}

function checkProvider(provider: unknown, { providers }: Names, path: Path, issues: Issues): void {
  // No provider at all is a problem of its own, which need not be told of every model.
  if (typeof provider !== 'string' || providers.has(provider) || providers.size === 0) return;
  issues.add(path, `unknown provider '${provider}'${suggestion(provider, providers)}`);
}

function checkStar(id: string, allowed: boolean, path: Path, issues: Issues): void {
  const stars = id.split('*').length - 1;
  if (stars > 0 && !allowed) issues.add(path, 'has a *, which only a model whose own name ends in * may have');
  else if (stars > 1) issues.add(path, 'expected at most one *');
}

function checkStrategy(strategy: unknown, strategies: ReadonlyMap<string, RoutingStrategy>, path: Path, issues: Issues): void {
  if (typeof strategy !== 'string' || strategies.has(strategy)) return;
  issues.add(path, `unknown strategy '${strategy}'${suggestion(strategy, strategies.keys())}`);
}

function checkDelays(retry: unknown, inherited: unknown, path: Path, issues: Issues): void {
  const minDelayMs = fieldOf(retry, 'minDelayMs') ?? fieldOf(inherited, 'minDelayMs');
  const maxDelayMs = fieldOf(retry, 'maxDelayMs') ?? fieldOf(inherited, 'maxDelayMs');
  if (retry === undefined || typeof minDelayMs !== 'number' || typeof maxDelayMs !== 'number') return;
  if (minDelayMs <= maxDelayMs) return;
  const wrong = fieldOf(retry, 'minDelayMs') === undefined ? 'maxDelayMs' : 'minDelayMs';
  issues.add([...path, wrong], `expected minDelayMs (${minDelayMs}) to be at most maxDelayMs (${maxDelayMs})`);
}

function checkFallbacks(fallbacks: unknown, names: Names, path: Path, issues: Issues): Edge[] {
  const lists: [Path, unknown][] = Array.isArray(fallbacks)
    ? [[path, fallbacks]]
    : entriesOf(fallbacks).map(([kind, list]) => [[...path, kind], list]);
  const edges: Edge[] = [];
  for (const [listPath, list] of lists) {
    for (const [index, name] of itemsOf(list).entries()) {
      if (typeof name !== 'string') continue;
      const entryPath = [...listPath, index];
      const problem = unknownModel(name, names);
      if (problem === undefined) edges.push({ to: name, path: entryPath });
      else issues.add(entryPath, problem);
    }
  }
  return edges;
}

function checkPrices(config: unknown, names: Names, issues: Issues): void {
  for (const [key] of entriesOf(fieldOf(config, 'prices'))) {
    const split = splitName(key);
    if (split === undefined) issues.add(['prices', key], "expected 'provider/model'");
    else checkProvider(split.provider, names, ['prices', key], issues);
  }
  for (const [key] of entriesOf(fieldOf(config, 'toolPrices'))) {
    const split = splitName(key);
    if (split !== undefined) checkProvider(split.provider, names, ['toolPrices', key], issues);
  }
}

import { entriesOf, fieldOf } from './containers.ts';

/** What a name inside the configuration can refer to. */
export interface Names {
  readonly providers: ReadonlySet<string>;
  /** Declared models, wildcards left out. */
  readonly models: ReadonlySet<string>;
  /** Declared wildcards, as in `openai/*`. */
  readonly wildcards: readonly string[];
}

export type Reference =
  | { readonly kind: 'deployment'; readonly provider: string; readonly model: string }
  | { readonly kind: 'model'; readonly name: string }
  | { readonly kind: 'unknown-provider'; readonly provider: string }
  | { readonly kind: 'unknown-model' };

export function namesOf(config: unknown): Names {
  const models = entriesOf(fieldOf(config, 'models')).map(([name]) => name);
  return {
    providers: new Set(entriesOf(fieldOf(config, 'providers')).map(([name]) => name)),
    models: new Set(models.filter((name) => !isWildcard(name))),
    wildcards: models.filter(isWildcard),
  };
}

/** What an entry of a model's deployments stands for: a deployment of a known provider first, else another model. */
export function resolveEntry(entry: string, { providers, models }: Names): Reference {
  const split = splitName(entry);
  if (split !== undefined && providers.has(split.provider)) return { kind: 'deployment', ...split };
  if (models.has(entry)) return { kind: 'model', name: entry };
  return split === undefined ? { kind: 'unknown-model' } : { kind: 'unknown-provider', provider: split.provider };
}

/** Whether a call could ask for this name without leaning on the default provider. */
export function isKnownModel(name: string, { providers, models, wildcards }: Names): boolean {
  if (isWildcard(name)) return false;
  if (models.has(name) || wildcards.some((pattern) => name.startsWith(pattern.slice(0, -1)))) return true;
  const split = splitName(name);
  return split !== undefined && providers.has(split.provider);
}

/** Provider and model of `provider/model`, split at the first slash; undefined if one of them is empty. */
export function splitName(name: string): { provider: string; model: string } | undefined {
  const slash = name.indexOf('/');
  if (slash <= 0 || slash === name.length - 1) return undefined;
  return { provider: name.slice(0, slash), model: name.slice(slash + 1) };
}

export function isWildcard(name: string): boolean {
  return name.includes('*');
}

import type { VendorFacts } from '../../core/vendor-facts.ts';
import { entriesOf, fieldOf, isContainer, textsOf } from '../containers.ts';
import { type Environment, inheritedRegion, keyVariable, variable } from '../environment.ts';
import { factsOf } from '../facts-of.ts';
import { hasPlaceholder } from '../fill-in.ts';
import { type Issues, type Path, suggestion } from '../issues.ts';
import { typeByOtherName } from '../other-names.ts';
import { apiKeySchema, regionSchema } from '../schema/providers.ts';

/** Types, keys and base URLs of the providers, and the default provider. */
export function checkProviders(
  config: unknown,
  vendors: ReadonlyMap<string, VendorFacts>,
  environment: Environment,
  issues: Issues,
): void {
  const section = fieldOf(config, 'providers');
  const providers = entriesOf(section);
  if (isContainer(section) && providers.length === 0) issues.add(['providers'], 'expected at least one provider');
  for (const [name, provider] of providers) checkProvider(name, provider, vendors, environment, issues);
  const chosen = fieldOf(config, 'defaultProvider');
  const names = providers.map(([name]) => name);
  if (typeof chosen === 'string' && !names.includes(chosen)) {
    issues.add(['defaultProvider'], `unknown provider '${chosen}'${suggestion(chosen, names)}`);
  }
}

function checkProvider(
  name: string,
  provider: unknown,
  vendors: ReadonlyMap<string, VendorFacts>,
  environment: Environment,
  issues: Issues,
): void {
  if (!isContainer(provider)) return;
  const path = ['providers', name];
  checkPlaceholders(provider, path, issues);
  const type = fieldOf(provider, 'type');
  const facts = factsOf(name, provider, vendors);
  checkOwn(name, fieldOf(provider, 'provider'), [...path, 'provider'], issues);
  if (facts !== undefined) {
    if (fieldOf(provider, 'client') === undefined) checkAccount(provider, facts, environment, path, issues);
  } else if (typeof type === 'string') {
    issues.add([...path, 'type'], `unknown type '${type}'${typeSuggestion(type, vendors)}`);
  } else if (type === undefined) {
    issues.add([...path, 'type'], `is missing: '${name}' is no known vendor${typeSuggestion(name, vendors)}`);
  }
}

function typeSuggestion(name: string, vendors: ReadonlyMap<string, VendorFacts>): string {
  const meant = typeByOtherName(name);
  return meant === undefined ? suggestion(name, vendors.keys()) : `; did you mean '${meant}'?`;
}

/** Deployments are found by the provider's own name. */
function checkOwn(name: string, own: unknown, path: Path, issues: Issues): void {
  if (typeof own !== 'object' || own === null || Reflect.get(own, 'name') === name) return;
  issues.add(path, `expected its name to be '${name}'`);
}

function checkAccount(provider: object, facts: VendorFacts, environment: Environment, path: Path, issues: Issues): void {
  if (facts.needsBaseURL === true && fieldOf(provider, 'baseURL') === undefined) {
    issues.add([...path, 'baseURL'], `is missing: type '${facts.type}' has no address of its own`);
  }
  checkRegion(provider, facts, environment, path, issues);
  if (fieldOf(provider, 'apiKey') !== undefined) return;
  const { needsKey } = facts;
  const apiKeyVariable = keyVariable(facts, environment);
  const inherited = apiKeyVariable === undefined ? undefined : variable(environment, apiKeyVariable)?.trim();
  if (inherited && !apiKeySchema.safeParse(inherited).success) {
    issues.add([...path, 'apiKey'], `the environment variable ${apiKeyVariable} holds no valid API key`);
  }
  if (inherited || !needsKey) return;
  const orVariable = apiKeyVariable === undefined ? '' : ` or set the environment variable ${apiKeyVariable}`;
  issues.add([...path, 'apiKey'], `is missing: give an API key${orVariable}`);
}

function checkRegion(provider: object, facts: VendorFacts, environment: Environment, path: Path, issues: Issues): void {
  const { type, regionVariables } = facts;
  if (regionVariables === undefined || fieldOf(provider, 'region') !== undefined) return;
  if (fieldOf(provider, 'baseURL') !== undefined) return;
  const inherited = inheritedRegion(facts, environment);
  const words = `give a region, or set the environment variable ${regionVariables.join(' or ')}`;
  if (inherited === undefined)
    issues.add([...path, 'region'], `is missing: the address of type '${type}' depends on it: ${words}`);
  else if (!regionSchema.safeParse(inherited).success)
    issues.add([...path, 'region'], `the environment holds no valid region: ${words}`);
}

/** Placeholders are filled in before, in files; one that is still there would be sent as it is. */
function checkPlaceholders(provider: object, path: Path, issues: Issues): void {
  for (const option of ['apiKey', 'baseURL', 'organization', 'project', 'region', 'apiVersion']) {
    if (textsOf(fieldOf(provider, option)).some(hasPlaceholder)) issues.add([...path, option], UNFILLED);
  }
  for (const [header, value] of entriesOf(fieldOf(provider, 'headers'))) {
    if (typeof value === 'string' && hasPlaceholder(value)) issues.add([...path, 'headers', header], UNFILLED);
  }
}

const UNFILLED = 'names an environment variable, which is filled in only in a configuration file';

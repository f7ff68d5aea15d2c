import { isContainer } from '../config/containers.ts';
import type { Environment } from '../config/environment.ts';
import { UnsetVariable } from '../config/fill-in.ts';
import { vendorFacts } from '../gateway/composition/provider-types.ts';

const STAND_IN = 'unset';
/** Of options that some types of provider need. */
const REQUIRED: ReadonlyMap<string, string> = new Map([
  ['baseURL', 'https://unset.invalid'],
  ['region', STAND_IN],
]);

/** Sections that decide which deployments there are and what they cost: a variable that is not set stays a mistake there. */
const DECISIVE: ReadonlySet<string> = new Set(['models', 'prices', 'unknownPrice', 'defaultProvider']);

/** API keys of all vendors, none of them real: for a look at a configuration without the keys of its providers. */
export function standInKeys(): Environment {
  const keys: Record<string, string> = {};
  for (const { apiKeyVariable } of vendorFacts().values()) if (apiKeyVariable !== undefined) keys[apiKeyVariable] = STAND_IN;
  return keys;
}

/**
 * A configuration that needs no secret and no variable of the machine it is meant for: providers are without their keys,
 * an option of theirs whose variable is not set has a stand-in, and a section that decides no price is left out if it
 * names such a variable.
 */
export function withStandIns(config: unknown): unknown {
  if (!isContainer(config) || Array.isArray(config)) return config;
  const sections = Object.entries(config).filter(
    ([name, section]) => DECISIVE.has(name) || name === 'providers' || !namesUnset(section),
  );
  return Object.fromEntries(sections.map(([name, section]) => [name, name === 'providers' ? withoutKeys(section) : section]));
}

function withoutKeys(providers: unknown): unknown {
  if (!isContainer(providers) || Array.isArray(providers)) return providers;
  return Object.fromEntries(Object.entries(providers).map(([name, provider]) => [name, withoutKey(provider)]));
}

function withoutKey(provider: unknown): unknown {
  if (!isContainer(provider) || Array.isArray(provider)) return provider;
  const options = Object.entries(provider).filter(([name, value]) => name !== 'apiKey' || !isKey(value));
  return Object.fromEntries(options.map(([name, value]) => [name, filledIn(name, value)]));
}

/** What a key is written as; anything else is left to be refused. */
function isKey(value: unknown): boolean {
  return [value].flat().every((key) => typeof key === 'string' || key === undefined || isUnset(key));
}

function filledIn(name: string, value: unknown): unknown {
  // The type decides whose prices apply.
  if (name === 'type') return value;
  if (isUnset(value)) return REQUIRED.get(name) ?? STAND_IN;
  // In a module, a variable that is not set is an option without a value.
  if (value === undefined) return REQUIRED.get(name);
  // Objects of the user's own, as clients are, stay as they are.
  if (!isContainer(value) || !Object.values(value).some(isUnset)) return value;
  if (Array.isArray(value)) return value.map(orStandIn);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, orStandIn(item)]));
}

function orStandIn(value: unknown): unknown {
  return isUnset(value) ? STAND_IN : value;
}

function isUnset(value: unknown): boolean {
  return value instanceof UnsetVariable;
}

function namesUnset(value: unknown, seen = new Set<object>()): boolean {
  if (isUnset(value)) return true;
  if (!isContainer(value) || seen.has(value)) return false;
  seen.add(value);
  return Object.values(value).some((item) => namesUnset(item, seen));
}

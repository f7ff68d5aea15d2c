import type { VendorFacts } from '../core/vendor-facts.ts';

/** Environment variables as they were when they were read. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment, copied; the only place that reads it. */
export function readEnvironment(): Environment {
  return Object.freeze(Object.assign(Object.create(null), process.env));
}

/** A variable's value; undefined if it is not set. */
export function variable(environment: Environment, name: string): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined;
}

/** The region that is set for a vendor whose address depends on one. */
export function inheritedRegion({ regionVariables = [] }: VendorFacts, environment: Environment): string | undefined {
  for (const name of regionVariables) {
    const region = variable(environment, name)?.trim();
    if (region) return region;
  }
  return undefined;
}

/** The variable that an API key comes from: the first of the vendor's that is set, else the one to tell people of. */
export function keyVariable(facts: VendorFacts, environment: Environment): string | undefined {
  const names = [facts.apiKeyVariable, ...(facts.otherApiKeyVariables ?? [])];
  return names.find((name) => name !== undefined && variable(environment, name)?.trim()) ?? facts.apiKeyVariable;
}

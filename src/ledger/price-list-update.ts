import type { Provider, updatePrices } from '@pydantic/genai-prices';
import { priceData } from './price-data.ts';

/** What is wrong with price data that came; empty: nothing. */
export type ListProblems = readonly string[];

/**
 * Hands the price list newer data, by its package's own `updatePrices`: the list is one for the whole process. `load`
 * gets the address that the package names. Refused data changes nothing. Rejects with what `load` rejects with.
 */
export async function updatePriceList(
  load: (address: string) => Promise<unknown>,
): Promise<{ readonly models: number; readonly problems: ListProblems }> {
  const { updatePrices, waitForUpdate } = await priceData.load();
  const { remoteDataUrl, setProviderData } = packageUpdates(updatePrices);
  const data = await load(remoteDataUrl);
  const problems = problemsOf(data);
  if (problems.length > 0) return { models: 0, problems };
  try {
    setProviderData(data as Provider[]);
  } catch (error) {
    return { models: 0, problems: [error instanceof Error ? error.message : 'the data has another form'] };
  }
  const inForce = await waitForUpdate();
  return { models: (inForce ?? []).reduce((sum, { models }) => sum + models.length, 0), problems: [] };
}

type UpdatePrices = typeof updatePrices;
type PackageUpdates = Parameters<Parameters<UpdatePrices>[0]>[0];

function packageUpdates(update: UpdatePrices): PackageUpdates {
  let given: PackageUpdates | undefined;
  update((updates) => {
    given = updates;
  });
  if (given === undefined) throw new Error('the price list offers no updates');
  return given;
}

/** The package itself looks at the conditions only. */
function problemsOf(data: unknown): ListProblems {
  if (!Array.isArray(data)) return ['expected a list of providers'];
  const problems: string[] = [];
  const ids = new Set<unknown>();
  for (const provider of data) {
    ids.add(field(provider, 'id'));
    const models = field(provider, 'models');
    if (typeof field(provider, 'id') !== 'string' || !Array.isArray(models)) problems.push('a provider has no id or no models');
    else for (const model of models) addProblems(problems, `${field(provider, 'id')}/${field(model, 'id')}`, model);
  }
  for (const id of EXPECTED) if (!ids.has(id)) problems.push(`${id} is missing`);
  return problems;
}

// Data without these is no price list, whatever it is.
const EXPECTED = ['openai', 'anthropic', 'google', 'aws'];
const HIGHEST_PRICE = 1_000_000;

function addProblems(problems: string[], name: string, model: unknown): void {
  if (typeof field(model, 'id') !== 'string' || !isMatch(field(model, 'match'))) problems.push(`${name}: no id or no match`);
  const prices = field(model, 'prices');
  for (const price of Array.isArray(prices) ? prices.map((entry) => field(entry, 'prices')) : [prices]) {
    if (typeof price !== 'object' || price === null) problems.push(`${name}: no prices`);
    else for (const [key, value] of Object.entries(price)) if (!isPrice(value)) problems.push(`${name}: ${key}`);
  }
}

function isPrice(value: unknown): boolean {
  if (typeof value === 'number') return value >= 0 && value <= HIGHEST_PRICE;
  const tiers = field(value, 'tiers');
  if (!isPrice(field(value, 'base') ?? Number.NaN) || !Array.isArray(tiers)) return false;
  return tiers.every((tier) => Number.isSafeInteger(field(tier, 'start')) && isPrice(field(tier, 'price') ?? Number.NaN));
}

function isMatch(match: unknown): boolean {
  if (typeof match !== 'object' || match === null) return false;
  return Object.entries(match).every(([kind, value]) => {
    if (kind === 'or' || kind === 'and') return Array.isArray(value) && value.every(isMatch);
    return typeof value === 'string' && (kind !== 'regex' || compiles(value));
  });
}

function compiles(pattern: string): boolean {
  try {
    return new RegExp(pattern) !== undefined;
  } catch {
    return false;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

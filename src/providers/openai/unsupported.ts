import type { UpstreamRequest } from '../provider.ts';
import type { VendorQuirks } from './quirks.ts';

/** Names of params in the request that the vendor can't honour for this model. */
export function unsupportedParams(
  { operation, params, upstreamModel }: Pick<UpstreamRequest, 'operation' | 'params' | 'upstreamModel'>,
  quirks: VendorQuirks,
): readonly string[] {
  if (operation !== 'chat' || quirks.unsupported.length === 0) return NONE;
  const names: string[] = [];
  for (const { models, params: refused } of quirks.unsupported) {
    if (models !== undefined && !models.test(upstreamModel)) continue;
    for (const name of refused) if (asksSomething(name, params[name])) names.push(name);
  }
  return names;
}

const NONE: readonly string[] = [];

/** False for values that only say what happens anyway. */
function asksSomething(name: string, value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  if (Array.isArray(value)) return value.length > 0 && !(name === 'modalities' && value.every((item) => item === 'text'));
  if (typeof value === 'object') return Object.keys(value).length > 0;
  return value !== NEUTRAL.get(name);
}

const NEUTRAL: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['n', 1],
  ['temperature', 1],
  ['top_p', 1],
  ['presence_penalty', 0],
  ['frequency_penalty', 0],
  ['top_logprobs', 0],
  ['tool_choice', 'auto'],
  ['verbosity', 'medium'],
]);

import { boundedText } from '../core/bounded-text.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Params } from '../core/params.ts';
import type { Plan, ProviderOptions } from '../core/plan.ts';
import { type Served, servingAsked } from '../core/served.ts';
import { isStandardTier, tierFactor } from './service-tiers.ts';

const GLOBAL: ReadonlySet<string> = new Set(['global', 'not_available']);

/** Whether a call was, or is to be, served in the way that the listed price is for. */
export function isStandard({ serviceTier, speed, inferenceGeo }: Served): boolean {
  if (!isStandardTier(serviceTier)) return false;
  if (speed !== undefined && speed !== 'standard') return false;
  return inferenceGeo === undefined || GLOBAL.has(inferenceGeo);
}

/**
 * Claude models with a price for fast mode, all twice the standard one, cache included. On Opus 4.6 it is served, and
 * charged, as standard: https://platform.claude.com/docs/en/about-claude/pricing#fast-mode-pricing
 */
const FAST_CLAUDE = /^claude-opus-(?:4-8|5|5-5)(?:-\d{8})?$/;
const FAST_FACTOR = 2;
/** https://platform.claude.com/docs/en/manage-claude/data-residency */
const CLAUDE_IN_THE_US = 1.1;

/** What the way of serving multiplies the rates by; undefined if that is not known. */
export function servingFactor(vendor: string, model: string, { serviceTier, speed, inferenceGeo }: Served): number | undefined {
  let factor = tierFactor(vendor, model, serviceTier);
  if (factor === undefined) return undefined;
  if (speed !== undefined && speed !== 'standard') {
    if (vendor !== 'anthropic' || speed !== 'fast' || !FAST_CLAUDE.test(model.toLowerCase())) return undefined;
    factor *= FAST_FACTOR;
  }
  // Elsewhere than on the Claude API the endpoint alone decides where a model runs.
  if (inferenceGeo === undefined || GLOBAL.has(inferenceGeo) || vendor !== 'anthropic') return factor;
  return inferenceGeo === 'us' ? factor * CLAUDE_IN_THE_US : undefined;
}

/** The param that asks for a way of serving whose price nobody knows: `service_tier 'ultrafast'`; undefined if none does. */
export function unpricedServing({ vendor, upstreamModel }: Deployment, params: Params): string | undefined {
  for (const name of ['service_tier', 'speed', 'inference_geo']) {
    const asked = servingAsked({ [name]: params[name] });
    if (asked && servingFactor(vendor, upstreamModel, asked) === undefined)
      return `${name} '${boundedText(String(params[name]))}'`;
  }
  return undefined;
}

/** Endpoints that cost more than the listed one. */
interface Place {
  readonly vendors: ReadonlySet<string>;
  readonly models: RegExp;
  is(options: ProviderOptions): boolean;
  readonly factor: number;
  readonly source: string;
}

const PLACES: readonly Place[] = [
  {
    // Models released on or after 5 March 2026.
    vendors: new Set(['openai']),
    models: /^gpt-(?:5\.[4-9]|[6-9])/,
    is: (options) => /^[a-z]{2}\.api\.openai\.com$/.test(hostOf(options)),
    factor: 1.1,
    source: 'https://developers.openai.com/api/docs/guides/data-residency',
  },
  {
    vendors: new Set(['x_ai', 'xai']),
    models: /(?:)/,
    is: (options) => hostOf(options) === 'us.api.x.ai',
    factor: 1.1,
    source: 'https://docs.x.ai/developers/advanced-api-usage/regions',
  },
  {
    // The list has the prices of the global endpoint. Amazon Bedrock's names tell the region, and are listed so.
    vendors: new Set(['gcp.vertex_ai', 'vertex']),
    models: /claude-(?:haiku|sonnet|opus|fable|mythos)-(?:4-[5-9]|[5-9])/,
    is: ({ region }) => region !== undefined && region !== 'global',
    factor: 1.1,
    source: 'https://platform.claude.com/docs/en/about-claude/pricing#third-party-platform-pricing',
  },
];

/** What the endpoint of a deployment multiplies the listed rates by. */
export function placeFactor(plan: Plan, { provider, vendor }: Deployment, model: string): number {
  const options = plan.providers.get(provider)?.options;
  if (options === undefined) return 1;
  const found = PLACES.find(({ vendors, models, is }) => vendors.has(vendor) && models.test(model.toLowerCase()) && is(options));
  return found?.factor ?? 1;
}

function hostOf({ baseURL, client }: ProviderOptions): string {
  const address = baseURL ?? (client as { readonly baseURL?: unknown } | undefined)?.baseURL;
  return typeof address === 'string' && URL.canParse(address) ? new URL(address).hostname : '';
}

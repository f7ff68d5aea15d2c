import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Params } from '../core/params.ts';
import type { Plan, ToolPrice } from '../core/plan.ts';
import type { Usage } from '../core/usage.ts';
import { type VendorTool, vendorToolsIn } from '../core/vendor-tools.ts';
import { mapSets, type Rates } from './rates.ts';

type ToolUses = NonNullable<Usage['toolUses']>;

const PICO_PER_NANO = 1_000;

/** What uses of a vendor's tools cost at a provider, in nano-dollars; undefined if one of them has no known price. */
export function feeOf(plan: Plan, provider: string, uses: ToolUses): number | undefined {
  let fee = 0;
  for (const name in uses) {
    const count = uses[name] ?? 0;
    const price = count === 0 ? undefined : priceOf(plan, provider, name);
    if (count > 0 && price === undefined) return undefined;
    fee += count * (price?.nanoUsd ?? 0);
  }
  return fee;
}

/** The part of it that is known. */
export function knownFeeOf(plan: Plan, provider: string, uses: ToolUses): number {
  let fee = 0;
  for (const name in uses) fee += (uses[name] ?? 0) * (priceOf(plan, provider, name)?.nanoUsd ?? 0);
  return fee;
}

/**
 * Rates that bound the tools too which a call offers to a deployment, as it is `sent`, as part of the fee of the request.
 * Undefined if the price or the number of uses of one is not known.
 */
export function withToolFees(rates: Rates | undefined, sent: Call, deployment: Deployment): Rates | undefined {
  if (rates === undefined) return undefined;
  const tools = vendorToolsIn(sent.params, deployment.upstreamModel);
  if (tools.length === 0) return rates;
  const uses = mostUses(tools, sent, deployment);
  const fee = uses && feeOf(sent.plan, deployment.provider, uses);
  if (fee === undefined) return undefined;
  return fee === 0 ? rates : mapSets(rates, (set) => ({ ...set, request: (set.request ?? 0) + fee * PICO_PER_NANO }));
}

/** The tool that keeps a call from having a known bound at a deployment, `params` being what is sent; undefined if none does. */
export function unboundedTool(call: Call, { provider, upstreamModel }: Deployment, params: Params): string | undefined {
  const { plan } = call;
  const limit = limitOfAll({ ...call, params }, provider);
  return vendorToolsIn(params, upstreamModel).find((tool) => {
    const price = priceOf(plan, provider, tool.name);
    return price === undefined || (price.nanoUsd > 0 && (limit ?? tool.mostUses ?? price.mostUses) === undefined);
  })?.name;
}

/**
 * The uses of the tools that a call offers: those that its answer counts, of the others as many as may be, and one of a tool
 * that nothing bounds. Undefined if there are none.
 */
export function usesInAll(counted: ToolUses | undefined, sent: Call, deployment: Deployment): ToolUses | undefined {
  const offered = vendorToolsIn(sent.params, deployment.upstreamModel);
  const others = counted === undefined ? offered : offered.filter(({ name }) => counted[name] === undefined);
  if (others.length === 0) return counted;
  const assumed = mostUses(others, sent, deployment) ?? Object.fromEntries(others.map(({ name }) => [name, 1]));
  return { ...counted, ...assumed };
}

/** One limit over all tools is taken for uses of the dearest. */
function mostUses(tools: readonly VendorTool[], sent: Call, { provider }: Deployment): ToolUses | undefined {
  const { plan } = sent;
  const all = limitOfAll(sent, provider);
  if (all !== undefined) return { [dearestOf(tools, plan, provider)]: all };
  const uses: Record<string, number> = {};
  for (const { name, mostUses: own } of tools) {
    const price = priceOf(plan, provider, name);
    const most = own ?? price?.mostUses ?? (price?.nanoUsd === 0 ? 0 : undefined);
    if (most === undefined) return undefined;
    uses[name] = (uses[name] ?? 0) + most;
  }
  return uses;
}

/** One without a price counts as the dearest. */
function dearestOf(tools: readonly VendorTool[], plan: Plan, provider: string): string {
  const cost = ({ name }: VendorTool) => priceOf(plan, provider, name)?.nanoUsd ?? Number.POSITIVE_INFINITY;
  return tools.reduce((most, tool) => (cost(tool) > cost(most) ? tool : most)).name;
}

/**
 * OpenAI's limit over all tools of a response; its chat refuses it. Other makers may not heed it, and with OpenRouter it is
 * one of steps, each of which may use several tools.
 */
function limitOfAll({ params, plan }: Call, provider: string): number | undefined {
  const { max_tool_calls: limit } = params;
  if (!Number.isSafeInteger(limit) || (limit as number) < 0) return undefined;
  return KEEP_TO_LIMIT.has(plan.providers.get(provider)?.type) ? (limit as number) : undefined;
}

const KEEP_TO_LIMIT: ReadonlySet<string | undefined> = new Set(['openai', 'azure']);

function priceOf({ toolPrices }: Plan, provider: string, name: string): ToolPrice | undefined {
  return toolPrices.get(`${provider}/${name}`) ?? toolPrices.get(name);
}

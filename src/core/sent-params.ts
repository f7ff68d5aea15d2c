import type { Call } from './call.ts';
import type { Deployment } from './deployment.ts';
import type { Operation } from './operation.ts';
import {
  boundedLimit,
  isCount,
  largestLimit,
  limitNames,
  nativeLimitOf,
  type OutputBound,
  outputLimitOf,
  withLimit,
} from './output-limit.ts';
import type { Params } from './params.ts';
import type { ModelPlan, Plan } from './plan.ts';

/**
 * The params of a call as each deployment is to get them. Requests are made of them, and estimates are made of the same,
 * so that nothing goes out that was not reckoned with.
 *
 * Default params of the model, the deployment's own over them, the caller's over both; with the bound that budgets put on
 * the output. Deployments that get the same are given the same object, which is the caller's own if nothing is added.
 */
export class SentParams {
  readonly #call: Call;
  readonly #drops: boolean;
  /** By the deployment's own params. */
  #merged: Map<Params | undefined, Merged[]> | undefined;

  constructor(call: Call) {
    this.#call = call;
    this.#drops = dropsAny(call.plan);
  }

  to(deployment: Deployment): Params {
    const { outputBound, operation } = this.#call;
    const params = this.unbounded(deployment);
    if (outputBound === undefined) return params;
    const name = this.boundName(deployment);
    if (name === undefined) return params;
    const asked = outputLimitOf(operation, params);
    const limit = boundedLimit(asked, outputBound, deployment, operation);
    if (limit === undefined || (limit === asked && keepsTo(outputBound, params))) return params;
    return limited(params, operation, name, limit, outputBound.most);
  }

  /** Before the bound that budgets put on the output. */
  unbounded(deployment: Deployment): Params {
    const { modelPlan, operation, params, form, upload } = this.#call;
    // An upload goes on as it came.
    if (form !== undefined || upload !== undefined) return params;
    // Default params are those of a model's own operations; what a path takes that is handed through nobody knows.
    const own = operation === 'passthrough' ? undefined : deployment.params;
    // A fallback's deployment brings the default params of its own model.
    const hasDefaults = operation !== 'passthrough' && modelPlan.params !== undefined && isOf(modelPlan, deployment);
    const ofModel = hasDefaults ? modelPlan.params : undefined;
    const drop = this.#dropOf(deployment);
    return own === undefined && ofModel === undefined && drop === NOTHING ? params : this.#merge(ofModel, own, drop);
  }

  /** The param under which a bound goes to a deployment; undefined if its provider drops all that there are. */
  boundName(deployment: Deployment): string | undefined {
    const { operation } = this.#call;
    const names = limitNames(operation);
    const drop = this.#dropOf(deployment);
    if (names === undefined || drop === NOTHING) return names?.[0];
    // If chat stands in for the Responses API, it has to have a name left too.
    if (operation === 'responses' && limitNames('chat')?.every((name) => drop.includes(name))) return undefined;
    return names.find((name) => !drop.includes(name));
  }

  #dropOf({ provider }: Deployment): readonly string[] {
    return this.#drops ? (this.#call.plan.providers.get(provider)?.options.drop ?? NOTHING) : NOTHING;
  }

  #merge(ofModel: Params | undefined, own: Params | undefined, drop: readonly string[]): Params {
    const { params: asked, operation } = this.#call;
    const last = lastMerged;
    if (last?.asked === asked && last.operation === operation && isMergedOf(last, ofModel, own, drop)) return last.params;
    const alike = this.#merged?.get(own);
    const known = alike?.find((merged) => isMergedOf(merged, ofModel, own, drop));
    if (known !== undefined) return known.params;
    const params = withoutDropped(mergedParams(this.#call, ofModel, own), drop, operation);
    lastMerged = { asked, operation, ofModel, own, drop, params };
    this.#merged ??= new Map();
    this.#merged.set(own, alike === undefined ? [lastMerged] : [...alike, lastMerged]);
    return params;
  }
}

/** The same for one deployment. */
export function sentParams(call: Call, deployment: Deployment): Params {
  return new SentParams(call).to(deployment);
}

interface Merged {
  readonly asked: Params;
  readonly operation: Operation;
  readonly ofModel: Params | undefined;
  readonly own: Params | undefined;
  readonly drop: readonly string[];
  readonly params: Params;
}

// What was made last: a call is estimated, routed and sent in one go, and each step is to see the same object.
let lastMerged: Merged | undefined;
let lastLimited: { of: Params; name: string; limit: number; most: number | undefined; params: Params } | undefined;

function isMergedOf(merged: Merged, ofModel: Params | undefined, own: Params | undefined, drop: readonly string[]): boolean {
  return merged.ofModel === ofModel && merged.own === own && merged.drop === drop;
}

function limited(params: Params, operation: Operation, name: string, limit: number, most: number | undefined): Params {
  const last = lastLimited;
  if (last?.of === params && last.name === name && last.limit === limit && last.most === most) return last.params;
  lastLimited = { of: params, name, limit, most, params: withLimit(params, operation, name, limit, most) };
  return lastLimited.params;
}

const NOTHING: readonly string[] = [];

const dropping = new WeakMap<Plan, boolean>();

/** Whether any provider of a plan drops params. */
export function dropsAny(plan: Plan): boolean {
  let drops = dropping.get(plan);
  if (drops === undefined) {
    drops = [...plan.providers.values()].some(({ options }) => options.drop.length > 0);
    dropping.set(plan, drops);
  }
  return drops;
}

const members = new WeakMap<ModelPlan, ReadonlySet<Deployment>>();

function isOf(modelPlan: ModelPlan, deployment: Deployment): boolean {
  let known = members.get(modelPlan);
  if (known === undefined) {
    known = new Set(modelPlan.deployments);
    members.set(modelPlan, known);
  }
  return known.has(deployment);
}

/**
 * A limit is one param, whatever its spelling: the caller's takes the place of a configured one, and what is no count goes
 * out neither beside one nor as 0, which some servers take for no limit.
 */
function mergedParams(call: Call, ofModel: Params | undefined, own: Params | undefined): Params {
  if (ofModel === undefined && own === undefined) return call.params;
  const merged: Record<string, unknown> = { ...ofModel, ...own, ...call.params };
  const names = limitNames(call.operation);
  if (names === undefined) return merged;
  const nearest = [call.params, own, ofModel].find((layer) => layer !== undefined && limitsOutput(layer, names));
  for (const name of names) {
    const value = merged[name];
    if (value === undefined || value === null || value === call.params[name]) continue;
    const counts = nearest === undefined || (isLimit(value) && isLimit(nearest[name]));
    if (value === 0 || !counts) delete merged[name];
  }
  return merged;
}

function limitsOutput(params: Params, names: readonly string[]): boolean {
  return names.some((name) => isLimit(params[name]));
}

/**
 * A limit whose spelling the provider's `drop` names goes under another one, if there is another. All else that it names is
 * left out by the wire, which knows what it can't honour.
 */
function withoutDropped(params: Params, drop: readonly string[], operation: Operation): Params {
  const names = limitNames(operation) ?? NOTHING;
  const dropped = names.filter((name) => drop.includes(name) && Object.hasOwn(params, name));
  if (dropped.length === 0) return params;
  const kept: Record<string, unknown> = { ...params };
  for (const name of dropped) delete kept[name];
  const limit = largestLimit(names, params);
  if (limit === undefined || !dropped.includes(limit.name) || largestLimit(names, kept) !== undefined) return kept;
  const other = names.find((name) => !drop.includes(name));
  if (other !== undefined) kept[other] = limit.tokens;
  return kept;
}

function isLimit(value: unknown): boolean {
  return isCount(value) && value > 0;
}

/** Whether no limit in the upstream's own words goes beyond the bound. */
function keepsTo({ most }: OutputBound, params: Params): boolean {
  return most === undefined || (nativeLimitOf(params) ?? 0) <= most;
}

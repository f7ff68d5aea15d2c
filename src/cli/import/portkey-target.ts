import { entriesOf, fieldOf } from '../../config/containers.ts';
import { otherNames, typeByOtherName } from '../../config/other-names.ts';
import { vendorFacts } from '../../gateway/composition/provider-types.ts';
import type { Account, Draft } from './draft.ts';
import { numberAt, textAt } from './litellm-account.ts';
import { safeAddress } from './safe-values.ts';

export type TargetDraft = { readonly provider: string; readonly model: string } & Readonly<Record<string, unknown>>;

/** One target without targets of its own; undefined, with a note, if it names no model of a vendor. */
export function portkeyTarget(target: unknown, path: string, draft: Draft): TargetDraft | undefined {
  const written = textAt(target, 'provider') ?? textAt(target, 'virtual_key') ?? slugOf(textAt(paramsOf(target), 'model'));
  if (written === undefined && textAt(target, 'prompt_id') !== undefined) {
    draft.note(`${path}prompt_id`, "is a prompt in Portkey's store: the target is left out");
    return undefined;
  }
  if (written === undefined) draft.note(`${path}provider`, 'is not named: taken for openai');
  const provider = draft.providerFor(accountOf(target, (written ?? 'openai').replace(/^@/, ''), path, draft));
  const { model: _, ...params } = Object.fromEntries(entriesOf(paramsOf(target)));
  const weight = weightAt(target, path, draft);
  return {
    provider,
    model: modelOf(target) ?? '*',
    ...(weight !== undefined && { weight }),
    ...(Object.keys(params).length > 0 && { params }),
  };
}

function weightAt(target: unknown, path: string, draft: Draft): number | undefined {
  const weight = numberAt(target, 'weight');
  if (weight === undefined || weight >= 0) return weight;
  draft.note(`${path}weight`, 'is below 0: left out');
  return undefined;
}

/** The model of a target, without the account that may stand before it as in `@openai-prod/gpt-5`. */
export function modelOf(target: unknown): string | undefined {
  return textAt(paramsOf(target), 'model')?.replace(SLUG, '') ?? textAt(target, 'deployment_id');
}

/** An account before a model; Cloudflare's own names of models begin with `@cf/` or `@hf/`. */
const SLUG = /^@(?!(?:cf|hf)\/)([^/]+)\//;

function slugOf(model: string | undefined): string | undefined {
  return SLUG.exec(model ?? '')?.[1];
}

function paramsOf(target: unknown): unknown {
  return fieldOf(target, 'override_params');
}

/** Portkey's slugs that are no other name of a type (https://portkey.ai/docs/integrations/llms). */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['vertex-ai', 'vertex'],
  ['open-ai', 'openai'],
  ['mistral-ai', 'mistral'],
  ['workers-ai', 'cloudflare'],
]);

function accountOf(target: unknown, slug: string, path: string, draft: Draft): Account {
  const known = TYPES.get(slug) ?? typeByOtherName(slug) ?? (vendorFacts().has(slug) ? slug : undefined);
  const type = known ?? typeWithin(slug) ?? 'openai-compatible';
  const facts = vendorFacts().get(type);
  // What lives in the vault is an account of its own, even if two are at one vendor.
  const variable = slug.toUpperCase().replaceAll(/\W/g, '_');
  const fromVault = known === undefined && textAt(target, 'api_key') === undefined;
  const hasKey = fromVault && (facts?.needsKey === true || facts?.needsBaseURL === true);
  const resource = textAt(target, 'resource_name') ?? textAt(target, 'azure_resource_name');
  const address = safeAddress(textAt(target, 'custom_host'), type, `${path}custom_host`, draft);
  const account = textAt(target, 'workers_ai_account_id');
  const baseURL =
    address.baseURL ??
    (resource && `https://${resource}.openai.azure.com`) ??
    (account && `https://api.cloudflare.com/client/v4/accounts/${account}/ai/v1`);
  const ofVault = fromVault && baseURL === undefined && facts?.needsBaseURL === true ? `\${${variable}_BASE_URL}` : undefined;
  if (known === undefined) {
    const set = [hasKey && `${variable}_API_KEY`, ofVault && `${variable}_BASE_URL`].filter((name) => name);
    const advice = set.length === 0 ? 'see its key and address' : `set ${set.join(' and ')}`;
    draft.note(`${path}provider`, `'${slug}' lives in Portkey's vault: taken for type ${type}, ${advice}`);
  }
  return {
    type,
    apiKey: hasKey ? `\${${variable}_API_KEY}` : draft.keyOf(textAt(target, 'api_key'), type, `${path}api_key`),
    baseURL: baseURL ?? ofVault,
    headers: address.headers,
    apiVersion: textAt(target, 'api_version') ?? textAt(target, 'azure_api_version'),
    region: textAt(target, 'aws_region') ?? textAt(target, 'vertex_region'),
    project: textAt(target, 'vertex_project_id'),
  };
}

/** A cloud that has others' models too is meant by its own name, as in `azure-open-ai`. */
const CLOUDS: ReadonlySet<string> = new Set(['azure', 'bedrock', 'vertex']);

/** The vendor that a name of the user's own speaks of, as `openai-prod` or `MY_AZURE_KEY`; of two the longer one is meant. */
function typeWithin(slug: string): string | undefined {
  const written = `-${slug.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-')}-`;
  const names = [...TYPES.keys(), ...vendorFacts().keys(), ...otherNames()];
  const within = names.filter((name) => written.includes(`-${name}-`)).sort((a, b) => b.length - a.length);
  const types = within.map((name) => TYPES.get(name) ?? typeByOtherName(name) ?? name);
  return types.find((type) => CLOUDS.has(type)) ?? types[0];
}

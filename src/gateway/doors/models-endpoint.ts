import { allowedModels } from '../../access/allowed-models.ts';
import { authorise } from '../../access/authorise.ts';
import { ANONYMOUS, type Caller } from '../../core/caller.ts';
import { UnknownModelError } from '../../errors/unknown-model-error.ts';
import type { GatewayCore } from '../gateway-core.ts';
import { suggestedModels } from '../suggested-models.ts';

/** A model as OpenAI's models endpoint shows it. */
interface ModelObject {
  id: string;
  object: 'model';
  created: number;
  owned_by: string;
}

/** The declared models that the caller may use. */
export function modelsPage(core: GatewayCore, caller: Caller = ANONYMOUS): { object: 'list'; data: ModelObject[] } {
  const { plan } = core.snapshot;
  return {
    object: 'list',
    data: allowedModels(plan, caller).map((name) => toModelObject(name, plan.models.get(name)?.deployments[0]?.provider)),
  };
}

/**
 * One model, declared or by its `provider/model`; `encodedName` as it stands in a path.
 * Throws `UnknownModelError` if the caller may not use the model, as if there is none.
 */
export function modelObject(core: GatewayCore, encodedName: string, caller: Caller = ANONYMOUS): ModelObject {
  const { plan } = core.snapshot;
  const name = decode(encodedName);
  const known = isNamed(core, name) ? core.composition.runtime.modelOf(plan, name) : undefined;
  if (known && authorise(plan, caller, { model: name, deployments: known.deployments }).allowed) {
    return toModelObject(name, known.deployments[0]?.provider);
  }
  const { modelOf } = core.composition.runtime;
  throw new UnknownModelError(
    name,
    suggestedModels(name, caller, plan, (meant) => modelOf(plan, meant)),
  );
}

/**
 * Whether a request for models goes to a provider: if names go there that nothing declares, and everybody may use all.
 * A name that is declared is answered here.
 */
export function passesModelsThrough({ snapshot: { plan } }: GatewayCore, path: string): boolean {
  const { access, models, wildcards, providers } = plan;
  if (plan.undeclaredModelsAt === undefined || access.default !== 'allow' || access.rules.length > 0) return false;
  const name = decode((path.split('?', 1)[0] ?? '').replace(/^\/models\/?/, ''));
  if (name === '') return models.size === 0 && wildcards.length === 0;
  return !models.has(name) && !providers.has(name.split('/', 1)[0] ?? '');
}

/** Whether the configuration names the model or its provider; what only the default provider might know is not looked up. */
function isNamed(core: GatewayCore, name: string): boolean {
  const { plan } = core.snapshot;
  if (plan.models.has(name) || plan.wildcards.some(({ pattern }) => name.startsWith(pattern.slice(0, -1)))) return true;
  const slash = name.indexOf('/');
  return slash > 0 && plan.providers.has(name.slice(0, slash));
}

function toModelObject(id: string, owner: string | undefined): ModelObject {
  return { id, object: 'model', created: 0, owned_by: owner ?? 'tollgate' };
}

function decode(encodedName: string): string {
  try {
    return decodeURIComponent(encodedName);
  } catch {
    return encodedName;
  }
}

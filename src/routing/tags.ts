import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';

/**
 * Tags of the caller and of the call narrow a model's deployments to those that
 * carry all of them. They do so only if at least one deployment of the model carries any tag: a model without tags
 * serves everybody.
 */
export function tagsThatNarrow(call: Call, deployments: readonly Deployment[]): readonly string[] {
  const tags = tagsOf(call);
  if (tags.length === 0 || !deployments.some((deployment) => deployment.tags.length > 0)) return [];
  return tags;
}

/** The first of the tags that the deployment lacks. */
export function missingTag(deployment: Deployment, tags: readonly string[]): string | undefined {
  return tags.find((tag) => !deployment.tags.includes(tag));
}

function tagsOf({ caller, tags }: Call): readonly string[] {
  const own = caller.tags ?? [];
  return tags === undefined ? own : [...own, ...tags];
}

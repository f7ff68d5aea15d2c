import type { Capabilities } from '../core/capabilities.ts';
import type { Deployment } from '../core/deployment.ts';
import { REQUIREMENTS } from '../core/requirements.ts';

const leastAble = new WeakMap<readonly Deployment[], Deployment | undefined>();

/**
 * A deployment that can do no more than any of a model's: what it can serve, all of them can. Worked out once for a list.
 * Undefined if some are sent params of their own.
 */
export function leastAbleOf(deployments: readonly Deployment[]): Deployment | undefined {
  const known = leastAble.get(deployments);
  if (known !== undefined || leastAble.has(deployments)) return known;
  const found = deployments.some(({ params }) => params !== undefined) ? undefined : compile(deployments);
  leastAble.set(deployments, found);
  return found;
}

function compile(deployments: readonly Deployment[]): Deployment | undefined {
  const [first] = deployments;
  if (first === undefined) return undefined;
  const contextWindow = least(deployments.map((deployment) => deployment.contextWindow));
  return { ...first, contextWindow, capabilities: leastCapabilities(deployments.map(({ capabilities }) => capabilities)) };
}

function leastCapabilities(all: readonly Capabilities[]): Capabilities {
  const lacking = REQUIREMENTS.filter(({ capability }) => all.some((own) => own[capability] === false));
  const lacked = Object.fromEntries(lacking.map(({ capability }) => [capability, false]));
  return { ...lacked, maxOutputTokens: least(all.map(({ maxOutputTokens }) => maxOutputTokens)) };
}

/** What is unknown rules nothing out. */
function least(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((smallest, value) => Math.min(smallest, value));
}

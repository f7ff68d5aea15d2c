import { entriesOf, fieldOf, isContainer, itemsOf } from '../../config/containers.ts';
import { CommandError } from '../command-error.ts';
import type { Draft } from './draft.ts';
import { textAt } from './litellm-account.ts';

/** As its JSON is written; clients in JavaScript take the same names as `overrideParams`. What a model is given stays as it is. */
export function inSnakeCase(value: unknown): object {
  const named = entriesOf(value).map(([written, item]): [string, unknown] => {
    const name = written.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (name === 'targets') return [name, itemsOf(item).map((target) => (isContainer(target) ? inSnakeCase(target) : target))];
    return [name, name === 'strategy' || name === 'retry' || name === 'cache' ? inSnakeCase(item) : item];
  });
  return Object.fromEntries(named);
}

/** Targets have the params and the host of the groups around them, their own first (https://portkey.ai/docs/api-reference/inference-api/config-object). */
export function withInherited(node: object, path: string, draft: Draft, around: object = {}): object {
  const params = { ...entriesAt(around, 'override_params'), ...entriesAt(node, 'override_params') };
  const host = fieldOf(node, 'custom_host') ?? fieldOf(around, 'custom_host');
  const given = {
    ...(Object.keys(params).length > 0 && { override_params: params }),
    ...(host !== undefined && { custom_host: host }),
  };
  const targets = itemsOf(fieldOf(node, 'targets'));
  if (targets.length === 0) return { ...node, ...given };
  noteUseless(node, path, draft);
  const used = textAt(fieldOf(node, 'strategy'), 'mode') === 'single' ? targets.slice(0, 1) : targets;
  if (used.length < targets.length)
    draft.note(`${path}targets`, "of strategy 'single' the first is used: the others are left out");
  return {
    ...node,
    targets: used.map((target, place) => {
      if (!isTarget(target)) throw new CommandError(`${path}targets[${place}]: expected a target, or a group with targets`);
      return withInherited(target, `${path}targets[${place}].`, draft, given);
    }),
  };
}

/** A group without targets is none. */
function isTarget(target: unknown): target is object {
  return isContainer(target) && (fieldOf(target, 'targets') === undefined || itemsOf(fieldOf(target, 'targets')).length > 0);
}

const OF_LEAVES = ['provider', 'virtual_key', 'api_key', 'prompt_id'];

function noteUseless(node: object, path: string, draft: Draft): void {
  for (const name of OF_LEAVES)
    if (fieldOf(node, name) !== undefined) draft.note(`${path}${name}`, 'stands beside targets, which have their own: left out');
}

function entriesAt(node: object, name: string): object {
  return Object.fromEntries(entriesOf(fieldOf(node, name)));
}

/** The target that `default` names, of a strategy with conditions; else the first. */
export function unconditional(node: unknown): number {
  const wanted = textAt(fieldOf(node, 'strategy'), 'default');
  return Math.max(
    0,
    itemsOf(fieldOf(node, 'targets')).findIndex((target) => wanted !== undefined && textAt(target, 'name') === wanted),
  );
}

import { randomBytes } from 'node:crypto';

/** A number in [0, 1). Injected, so that a seed replays a run. */
export type Random = () => number;

export const systemRandom: Random = () => Math.random();

const processPrefix = randomBytes(9).toString('base64url').replaceAll('-', 'a').replaceAll('_', 'b');
let sequence = 0;

/** An id unique over processes and cheap to make: `<prefix>_<random of the process><counter>`. */
export function mintId(prefix: string): string {
  sequence += 1;
  return `${prefix}_${processPrefix}${sequence}`;
}

/** What parts a form from its parts: nobody can guess it, so that no part can feign another. */
export function randomBoundary(): string {
  return `tollgate-${randomBytes(18).toString('hex')}`;
}

import { Part } from '../../core/part.ts';

/** The code of the response cache, which gateways without one never load. */
export const cacheCode = new Part('the response cache', () => import('./open-cache.ts'));

import type { VendorFacts } from '../core/vendor-facts.ts';
import { fieldOf } from './containers.ts';

// What a client of the user's own speaks if nothing else is said.
const WIRE_OF_CLIENTS = 'openai-compatible';

/**
 * The facts of a configured provider's type; undefined if the type is not known. It may be left out if the name
 * is a known vendor, or a client or provider of the user's own is given.
 */
export function factsOf(name: string, config: unknown, vendors: ReadonlyMap<string, VendorFacts>): VendorFacts | undefined {
  const type = fieldOf(config, 'type');
  const own = fieldOf(config, 'provider');
  if (own !== undefined) return factsOfOwn(own, type);
  if (typeof type === 'string') return vendors.get(type);
  if (type !== undefined) return undefined;
  return vendors.get(name) ?? (fieldOf(config, 'client') === undefined ? undefined : vendors.get(WIRE_OF_CLIENTS));
}

function factsOfOwn(own: unknown, type: unknown): VendorFacts {
  const vendor: unknown = typeof own === 'object' && own !== null ? Reflect.get(own, 'vendor') : undefined;
  return {
    type: typeof type === 'string' ? type : 'custom',
    apiKeyVariable: undefined,
    needsKey: false,
    vendor: typeof vendor === 'string' ? vendor : 'custom',
  };
}

import type { OpenAI } from 'openai';
import { APIResource } from 'openai/core/resource';
import { normaliseCaller } from '../../access/caller.ts';
import type { Caller } from '../../core/caller.ts';
import type { Run } from '../../core/run.ts';
import type { GatewayCore } from '../gateway-core.ts';
import { callerOfKey } from './virtual-key-caller.ts';

/** What a clone of a gateway has of its own; everything else it shares. */
export interface Binding {
  readonly core: GatewayCore;
  readonly caller: Caller | undefined;
  /** The run that its calls are inside of, if `for` set limits. */
  readonly run: Run | undefined;
  readonly defaultHeaders: unknown;
  /** Limit over a whole call in milliseconds, if `withOptions` set one. */
  readonly timeoutMs: number | undefined;
  /** Repeats at one deployment, if `withOptions` allows fewer than the configuration. */
  readonly maxRetries: number | undefined;
  readonly defaultQuery: Readonly<Record<string, string | undefined>> | undefined;
  readonly webhookSecret: string | null;
}

/**
 * A checked, frozen caller. If the configuration has virtual keys, `key` must be one, and stands for its caller.
 * Throws `TypeError` for a malformed caller, `InvalidKeyError` for a key that is not valid.
 */
export function bindCaller(core: GatewayCore, input: Caller): Caller {
  const caller = normaliseCaller(input);
  const { plan } = core.snapshot;
  if (caller.key === undefined || plan.access.keys.size === 0) return caller;
  const { key, ...own } = caller;
  const owner = callerOfKey(core, key, undefined);
  return Object.keys(own).length === 0 ? owner : Object.freeze({ ...own, ...owner });
}

const prototypes = new WeakMap<object, object>();

/** Properties that each clone makes for itself when they are first used. */
export type OnDemand = Readonly<Record<string, (clone: never) => unknown>>;

/**
 * An object that behaves as `client` and has `own` properties instead of the client's. Its resources (`chat`, `responses`, …)
 * and what `onDemand` names are made when they are first used, so that a clone costs one object.
 */
export function cloneClient<T extends OpenAI>(client: T, own: object, onDemand: OnDemand): T {
  return Object.assign(Object.create(prototypeFor(client, onDemand)), own);
}

function prototypeFor(client: OpenAI, onDemand: OnDemand): object {
  // A clone's clone shares the prototype that its original's clones have.
  const original = Object.getPrototypeOf(client);
  if (originals.has(original)) return original;
  const known = prototypes.get(client);
  if (known) return known;
  const prototype = Object.create(client, getters(client, onDemand));
  prototypes.set(client, prototype);
  originals.add(prototype);
  return prototype;
}

const originals = new WeakSet<object>();

type ResourceClass = new (client: unknown) => APIResource;

function getters(client: OpenAI, onDemand: OnDemand): PropertyDescriptorMap {
  const descriptors: PropertyDescriptorMap = {};
  for (const [name, resource] of Object.entries(client)) {
    if (!(resource instanceof APIResource)) continue;
    const Resource = resource.constructor as ResourceClass;
    descriptors[name] = getter(name, (clone) => new Resource(clone));
  }
  for (const [name, make] of Object.entries(onDemand)) descriptors[name] = getter(name, make);
  return descriptors;
}

/** Made once for each object that asks. */
function getter(name: string, make: (clone: never) => unknown): PropertyDescriptor {
  return {
    configurable: true,
    enumerable: true,
    get() {
      const value = make(this as never);
      Object.defineProperty(this, name, { value, configurable: true, enumerable: true, writable: true });
      return value;
    },
  };
}

import { type APIPromise, OpenAI, OpenAIError, PagePromise } from 'openai';
import { readEnvironment, variable } from './config/environment.ts';
import type { GatewayConfig } from './config/gateway-config.ts';
import { ANONYMOUS, type Caller } from './core/caller.ts';
import type { RunLimits } from './core/run-limits.ts';
import type { EventMap, EventType } from './events/event-map.ts';
import type { Binding } from './gateway/clones/clone-client.ts';
import type { Control } from './gateway/control.ts';
import { clientPromise } from './gateway/doors/client-promise.ts';
import type { HandlerInit } from './gateway/doors/http-request.ts';
import {
  answerClient,
  answerHttp,
  asFetch,
  bindCaller,
  bindOptions,
  buildingClient,
  cloneClient,
  constructCore,
  controlOf,
  GatewayChat,
} from './gateway/gateway-code.ts';
import type { GatewayResources } from './gateway/gateway-resources.ts';

// An ordinary property and not a private field, so that proxies around a gateway, and its clones, can read it.
const BINDING = Symbol('tollgate.binding');

// The base class insists on both; no request is ever sent to or with either.
const UNUSED_API_KEY = 'tollgate';
const OWN_BASE_URL = 'http://tollgate.internal/v1';

/** A fetch-shaped function over a gateway. */
export type Handler = (input: string | URL | Request, init?: HandlerInit) => Promise<Response>;

/**
 * An OpenAI client whose transport is a router: every call is authorised, held against budgets, routed to a deployment,
 * retried and failed over, metered and reported.
 *
 * Takes a configuration, or the path of a JSON or YAML file. Throws `ConfigurationError` naming every wrong path.
 */
export class Gateway extends OpenAI {
  declare chat: GatewayResources['chat'];
  declare responses: GatewayResources['responses'];
  declare moderations: GatewayResources['moderations'];
  declare audio: GatewayResources['audio'];
  /** Dry runs, usage, budgets, health, and updates of the configuration. */
  readonly control: Control;
  /** Answers OpenAI's HTTP wire: mount it in a server, or give it to any SDK as its `fetch`. Bound; never rejects. */
  readonly handler: Handler;
  readonly [BINDING]: Binding;

  constructor(config: GatewayConfig | string) {
    super({ ...UNUSED_CLIENT_OPTIONS });
    // Headers from OpenAI's environment variables are none of the caller's.
    this._options.defaultHeaders = undefined;
    this.chat = new GatewayChat(this);
    Object.defineProperty(this._options, 'apiKey', { get: refuseWebSockets, enumerable: false });
    const environment = readEnvironment();
    const core = constructCore(config, environment);
    this.webhookSecret = variable(environment, 'OPENAI_WEBHOOK_SECRET') ?? null;
    this[BINDING] = { ...UNBOUND, core, webhookSecret: this.webhookSecret };
    this.control = controlOf(core, undefined);
    this.handler = (input, init) => answerHttp(core, undefined, input, init);
  }

  /**
   * A gateway for one caller, cheap enough to make for every request; with `limits` on all that it is used for. Throws
   * `TypeError` for a malformed caller, and `RangeError` too for a limit that is none.
   */
  for(caller: Caller, limits?: RunLimits): this {
    const binding = this[BINDING];
    const whose = bindCaller(binding.core, caller);
    const run = limits === undefined ? binding.run : binding.core.runs.forClone(whose, limits, binding.run);
    return bound(this, { ...binding, caller: whose, run });
  }

  /**
   * Binds a caller for everything inside `fn`, across awaits; a clone made by `for` keeps its own. `limits` hold for all
   * calls inside, those of clones and of runs inside this one included. Throws as `for` does.
   */
  run<T>(caller: Caller, fn: () => T, limits?: RunLimits): T {
    const { core, run } = this[BINDING];
    if (typeof fn !== 'function') throw new TypeError('run(caller, fn, limits): fn must be a function');
    const whose = bindCaller(core, caller);
    if (limits === undefined) return core.ambientCaller.run(whose, fn);
    return core.runs.inside(whose, limits, run, () => core.ambientCaller.run(whose, fn));
  }

  /** Tells this gateway's messages on `node:diagnostics_channel` from those of others; its clones have the same. */
  get gatewayId(): string {
    return this[BINDING].core.events.channels.gatewayId;
  }

  on<T extends EventType>(type: T, listener: (event: EventMap[T]) => unknown): this {
    this[BINDING].core.events.on(type, listener);
    return this;
  }

  once<T extends EventType>(type: T, listener: (event: EventMap[T]) => unknown): this {
    this[BINDING].core.events.once(type, listener);
    return this;
  }

  off<T extends EventType>(type: T, listener: (event: EventMap[T]) => unknown): this {
    this[BINDING].core.events.off(type, listener);
    return this;
  }

  /** Options to spread into any OpenAI-compatible SDK, so that it calls through this gateway. */
  clientOptions(caller?: Caller): { apiKey: string; baseURL: string; fetch: Handler; maxRetries: 0 } {
    const { core, caller: own, run } = this[BINDING];
    // A caller of this process needs no virtual key: it could call the gateway itself.
    const fixed = caller === undefined ? own : bindCaller(core, caller);
    const fetch: Handler = asFetch((input, init) =>
      answerHttp(core, fixed ?? core.ambientCaller.getStore() ?? ANONYMOUS, input, init, run),
    );
    return { apiKey: UNUSED_API_KEY, baseURL: OWN_BASE_URL, fetch, maxRetries: 0 };
  }

  /**
   * A clone with its own `timeout`, `maxRetries` (repeats at one deployment; fewer than configured), `defaultHeaders`,
   * `defaultQuery`, `webhookSecret`, and a virtual key as its `apiKey`. Other client options lead nowhere, since the router
   * sends. Throws `InvalidParamsError` for those, `InvalidKeyError` for a key that is not valid.
   */
  override withOptions(options: Parameters<OpenAI['withOptions']>[0]): this {
    return bound(this, bindOptions(this[BINDING], options));
  }

  override buildURL(...parts: Parameters<OpenAI['buildURL']>): string {
    return buildingClient(this[BINDING], UNUSED_CLIENT_OPTIONS).buildURL(...parts);
  }

  override buildRequest(...parts: Parameters<OpenAI['buildRequest']>): ReturnType<OpenAI['buildRequest']> {
    const client = buildingClient(this[BINDING], UNUSED_CLIENT_OPTIONS);
    // What a subclass sets.
    return Object.assign(client, { idempotencyHeader: this.idempotencyHeader }).buildRequest(...parts);
  }

  /**
   * Stops admitting calls, waits for those under way up to `deadlineMs` (10,000), ends the rest, settles and flushes.
   * Afterwards nothing of the gateway keeps the process alive, and calls fail with `GatewayClosedError`.
   */
  close({ deadlineMs = 10_000 }: { deadlineMs?: number } = {}): Promise<void> {
    return this[BINDING].core.lifecycle.close(deadlineMs);
  }

  override request<Rsp>(options: Parameters<OpenAI['request']>[0]): APIPromise<Rsp> {
    return clientPromise<Rsp>(answerClient(this, this[BINDING], options));
  }

  /** As the base class does it, but without a promise of options that are at hand. */
  override post<Rsp>(path: string, options?: Parameters<OpenAI['post']>[1]): APIPromise<Rsp> {
    if (options instanceof Promise) return super.post<Rsp>(path, options);
    return this.request<Rsp>({ method: 'post', path, ...options });
  }

  // The base method's type parameters can't be repeated by a subclass; `never` fits what they make of the result.
  override requestAPIList(Page: PageClass, options: Parameters<OpenAI['requestAPIList']>[1]): never {
    // The options lead to the next page.
    const page = Promise.all([answerClient(this, this[BINDING], options), options]).then(([{ response }, own]) => ({
      response,
      options: own,
      // Asked for its signal if the answer is no JSON.
      controller: new AbortController(),
    }));
    return workingOnProxies(new PagePromise(this, page as never, Page)) as never;
  }
}

/** As the base class does it: the methods of a list's promise also work when they are called on a proxy of it. */
function workingOnProxies<P extends Promise<unknown> & Pick<APIPromise<unknown>, 'withResponse'>>(list: P): P {
  return Object.assign(list, {
    // biome-ignore lint/suspicious/noThenProperty: it is a promise.
    then: list.then.bind(list),
    catch: list.catch.bind(list),
    finally: list.finally.bind(list),
    withResponse: list.withResponse.bind(list),
  });
}

type PageClass = ConstructorParameters<typeof PagePromise>[2];

const UNUSED_CLIENT_OPTIONS = {
  apiKey: UNUSED_API_KEY,
  adminAPIKey: null,
  organization: null,
  project: null,
  webhookSecret: null,
  baseURL: OWN_BASE_URL,
  maxRetries: 0,
  logLevel: 'off',
} as const;

const UNBOUND = {
  caller: undefined,
  run: undefined,
  defaultHeaders: undefined,
  defaultQuery: undefined,
  timeoutMs: undefined,
  maxRetries: undefined,
} as const;

/** The key of the client's options is read by its WebSocket helpers alone; a gateway has none that opens a connection. */
function refuseWebSockets(): never {
  throw new OpenAIError(
    'a Gateway opens no WebSocket connections: sessions over WebSockets are not supported, use a client of the provider',
  );
}

/** A clone of a gateway under another binding. */
function bound<T extends Gateway>(gateway: T, binding: Binding): T {
  return cloneClient(gateway, { [BINDING]: binding, webhookSecret: binding.webhookSecret }, ON_DEMAND);
}

const ON_DEMAND = {
  control: (clone: Gateway) => controlOf(clone[BINDING].core, clone[BINDING].caller, clone[BINDING].run),
  handler: (clone: Gateway): Handler => {
    const { core, caller, run } = clone[BINDING];
    return (input, init) => answerHttp(core, caller, input, init, run);
  },
};

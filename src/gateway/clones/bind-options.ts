import { OpenAI } from 'openai';
import { InvalidParamsError } from '../../errors/invalid-params-error.ts';
import { type Binding, bindCaller } from './clone-client.ts';

type ClientOptions = Parameters<OpenAI['withOptions']>[0];

/** What leads nowhere because the router sends, and if the configuration has it. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['apiKey', "'providers', or a virtual key where 'access.keys' has any"],
  ['adminAPIKey', "'adminApiKey' of a provider"],
  ['baseURL', "'baseURL' of a provider"],
  ['organization', "'organization' of a provider"],
  ['project', "'project' of a provider"],
  ['fetch', "'dispatcher', or 'client' of a provider"],
  ['fetchOptions', "'dispatcher', or 'client' of a provider"],
  ['logger', 'the events of the gateway'],
  ['logLevel', 'the events of the gateway'],
]);
const TAKEN: ReadonlySet<string> = new Set(['timeout', 'defaultHeaders', 'defaultQuery', 'maxRetries', 'webhookSecret']);
/** Says what the gateway does not ask about. */
const WITHOUT_MEANING: ReadonlySet<string> = new Set(['dangerouslyAllowBrowser']);

/** The binding of a clone with options of its own. Throws `InvalidParamsError` naming one that can't be honoured. */
export function bindOptions(binding: Binding, options: ClientOptions): Binding {
  let { caller } = binding;
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || TAKEN.has(name) || WITHOUT_MEANING.has(name)) continue;
    if (name === 'apiKey' && typeof value === 'string' && binding.core.snapshot.plan.access.keys.size > 0)
      caller = bindCaller(binding.core, { key: value });
    else throw new InvalidParamsError(name, `expected it in ${ELSEWHERE.get(name) ?? "'client' of a provider"}`);
  }
  return {
    ...binding,
    caller,
    timeoutMs: checkedTimeout(options.timeout) ?? binding.timeoutMs,
    maxRetries: options.maxRetries ?? binding.maxRetries,
    defaultHeaders: options.defaultHeaders ?? binding.defaultHeaders,
    defaultQuery: options.defaultQuery ?? binding.defaultQuery,
    webhookSecret: options.webhookSecret ?? binding.webhookSecret,
  };
}

/** Throws `InvalidParamsError` for a time that is no whole number of milliseconds. */
export function checkedTimeout(timeoutMs: unknown): number | undefined {
  if (timeoutMs === undefined || timeoutMs === null) return undefined;
  if (typeof timeoutMs === 'number' && Number.isInteger(timeoutMs) && timeoutMs >= 0) return timeoutMs;
  throw new InvalidParamsError('timeout', 'expected a whole number of milliseconds, not below 0');
}

/** A client that builds requests as the gateway is asked to, and sends none. */
export function buildingClient({ defaultHeaders, defaultQuery, timeoutMs }: Binding, own: object): OpenAI {
  const headers = defaultHeaders as ClientOptions['defaultHeaders'];
  return new OpenAI({ ...own, defaultHeaders: headers, defaultQuery, ...(timeoutMs !== undefined && { timeout: timeoutMs }) });
}

import type { OpenAI } from 'openai';
import type { Binding } from './clone.ts';
import { Handed, type HandedOver, handedLocally } from './handed.ts';
import { modelObject, modelPage } from './models-page.ts';
import { operationOf } from './operations.ts';
import { readHeaders } from './request-headers.ts';

/** A request of OpenAI's client as a call, and its answer as the client wants it. */
export async function handOver(binding: Binding, pending: Parameters<OpenAI['request']>[0]): Promise<HandedOver> {
  const { core } = binding;
  const options = 'method' in pending ? pending : await pending;
  const method = options.method === 'post' ? 'POST' : options.method.toUpperCase();
  const caller = binding.caller ?? core.ambientCaller.getStore();
  const { path } = options;
  if (operationOf(method, path) === 'models') {
    const name = path.slice('/models/'.length);
    return handedLocally(name === '' ? modelPage(core, caller) : modelObject(core, name, caller), path);
  }
  const answer = await core.call(
    {
      method,
      path: withQuery(path, options.query),
      body: options.body,
      stream: options.stream === true,
      headers: readHeaders(binding.defaultHeaders, options.headers),
      signal: options.signal,
      timeoutMs: options.timeout ?? binding.timeoutMs,
    },
    caller,
  );
  return new Handed(answer, options.__binaryResponse === true, path, options.body);
}

function withQuery(path: string, query: object | null | undefined): string {
  if (query === undefined || query === null) return path;
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) search.append(Array.isArray(value) ? `${name}[]` : name, String(item));
    }
  }
  return search.size === 0 ? path : `${path}?${search}`;
}

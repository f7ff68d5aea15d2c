import type { HandlerInit } from './http-request.ts';

type Answering = (input: string | URL | Request, init?: HandlerInit) => Promise<Response>;

/**
 * A handler as the `fetch` of a client: a call that its signal ends rejects with the signal's reason, which clients tell
 * from an answer. A handler itself never rejects, since a server has nobody to tell.
 */
export function asFetch(handler: Answering): Answering {
  return async (input, init) => {
    const response = await handler(input, init);
    const signal = signalOf(input, init);
    if (signal?.aborted !== true) return response;
    response.body?.cancel().catch(() => {});
    throw signal.reason;
  };
}

function signalOf(input: string | URL | Request, init: HandlerInit | undefined): AbortSignal | undefined {
  if (init !== undefined && 'signal' in init && init.signal instanceof AbortSignal) return init.signal;
  return input instanceof Request ? input.signal : undefined;
}

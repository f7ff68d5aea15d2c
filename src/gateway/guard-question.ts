import type { Caller } from '../core/caller.ts';
import type { GuardContext } from '../core/guard.ts';
import type { Params } from '../core/params.ts';
import type { Answer } from '../pipeline/run.ts';
import type { GatewayRequest } from './gateway-request.ts';

/** Makes the chat call by which a guard asks a model, in the name of the caller that is charged for it; gives its text. */
export async function askForGuard(
  params: Params,
  { caller, signal }: GuardContext,
  call: (request: GatewayRequest, caller: Caller) => Promise<Answer>,
): Promise<string> {
  const request: GatewayRequest = {
    method: 'POST',
    path: '/chat/completions',
    body: params,
    stream: false,
    asBytes: false,
    headers: NO_HEADERS,
    signal,
    timeoutMs: undefined,
    askedByGuard: true,
  };
  const answer = await call(request, caller);
  const { choices } = (answer.kind === 'object' ? answer.body : {}) as {
    choices?: readonly { message?: { content?: unknown } }[];
  };
  const content = choices?.[0]?.message?.content;
  return typeof content === 'string' ? content : '';
}

const NO_HEADERS: GatewayRequest['headers'] = {
  forwarded: undefined,
  provider: undefined,
  tags: undefined,
  priority: undefined,
  bearer: undefined,
  cache: undefined,
  cacheControl: undefined,
};

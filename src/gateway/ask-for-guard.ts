import type { Caller } from '../core/caller.ts';
import type { GuardContext, GuardQuestion } from '../core/guard.ts';
import type { Params } from '../core/params.ts';
import type { Answer } from '../pipeline/run.ts';
import type { GatewayRequest } from './gateway-request.ts';

/** Makes the call by which a guard asks a model, in the name of the caller that is charged for it; gives its text. */
export async function askForGuard(
  params: Params,
  { requestId, caller, operation, signal }: GuardContext,
  question: GuardQuestion,
  call: (request: GatewayRequest, caller: Caller) => Promise<Answer>,
): Promise<string> {
  const isResponse = question === 'repair' && operation === 'responses';
  const request: GatewayRequest = {
    method: 'POST',
    path: isResponse ? '/responses' : '/chat/completions',
    body: params,
    stream: false,
    asBytes: false,
    headers: NO_HEADERS,
    signal,
    timeoutMs: undefined,
    askedByGuard: question,
    askedFor: requestId,
  };
  const answer = await call(request, caller);
  if (answer.kind !== 'object') return '';
  return isResponse ? textOfResponse(answer.body) : textOfChat(answer.body);
}

function textOfChat(body: unknown): string {
  const { choices } = body as { choices?: readonly { message?: { content?: unknown } }[] };
  const content = choices?.[0]?.message?.content;
  return typeof content === 'string' ? content : '';
}

function textOfResponse(body: unknown): string {
  const { output } = body as { output?: readonly { content?: readonly { type?: unknown; text?: unknown }[] }[] };
  const parts = output?.flatMap(({ content }) => (Array.isArray(content) ? content : [])) ?? [];
  return parts.map(({ type, text }) => (type === 'output_text' && typeof text === 'string' ? text : '')).join('');
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

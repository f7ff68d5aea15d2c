import type { ChatMessage, ChatParams, FunctionTool } from '../../../src/core/chat.ts';
import type { Params } from '../../../src/core/params.ts';
import { toRequest, unsupported } from '../../../src/providers/bedrock/to-request.ts';
import type { ConverseRequest } from '../../../src/providers/bedrock/wire-types.ts';
import { withoutDropped } from '../../../src/providers/drop.ts';
import { RequestInvalid } from '../../../src/providers/request-invalid.ts';

export const SONNET_4 = 'us.anthropic.claude-sonnet-4-20250514-v1:0';
export const SONNET_4_5 = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
export const SONNET_4_6 = 'us.anthropic.claude-sonnet-4-6';
export const OPUS_4_7 = 'global.anthropic.claude-opus-4-7';
export const NOVA = 'amazon.nova-lite-v1:0';
export const LLAMA = 'us.meta.llama3-1-70b-instruct-v1:0';

export const hello: ChatMessage = { role: 'user', content: 'hello' };
export const weather: FunctionTool = { type: 'function', function: { name: 'weather' } };
export const clock: FunctionTool = { type: 'function', function: { name: 'clock', strict: true, description: '' } };
export const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } } as const;
export const called: ChatMessage[] = [hello, { role: 'assistant', content: null, tool_calls: [call] }];
export const result: ChatMessage = { role: 'tool', tool_call_id: 'call_1', content: 'sunny' };

export function body(params: Partial<ChatParams>, upstreamModel = SONNET_4_5, drop: string[] = []): ConverseRequest {
  const full = { model: 'm', messages: [hello], ...params } as unknown as Params;
  const request = { operation: 'chat', upstreamModel, params: full, stream: false } as const;
  return toRequest(withoutDropped(request, new Set(drop), {}, { unsupported })).body as ConverseRequest;
}

export function refused(params: Partial<ChatParams>, upstreamModel = SONNET_4_5, stream = false): readonly string[] {
  const full = { model: 'm', messages: [hello], ...params } as unknown as Params;
  return unsupported({ operation: 'chat', upstreamModel, params: full, stream });
}

export function invalidAt(params: Partial<ChatParams>, upstreamModel?: string): string | undefined {
  try {
    body(params, upstreamModel);
  } catch (error) {
    if (error instanceof RequestInvalid) return error.path;
    throw error;
  }
  return undefined;
}

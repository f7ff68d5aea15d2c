import type { ChatMessage, ChatParams } from '../../../src/core/chat.ts';

/** A recorded request as the OpenAI params that express it: the two differ in little. */
export function toOpenAi(body: Record<string, unknown>): ChatParams {
  const { model: _, stream: __, tool_choice: choice, messages, ...rest } = body;
  const params = { ...rest, model: 'm', messages: messages as ChatMessage[] } as ChatParams;
  if (choice) params.tool_choice = (choice as string).toLowerCase() as 'required' | 'none';
  return params;
}

/** Messages without what says nothing: an empty text beside calls. */
export function normalised(body: Record<string, unknown>): unknown {
  const messages = (body.messages as Record<string, unknown>[]).map(({ content, ...message }) => {
    const isEmpty = message.tool_calls !== undefined && JSON.stringify(content) === '[{"type":"text","text":""}]';
    return isEmpty || content === undefined ? message : { ...message, content };
  });
  return { ...body, messages };
}

/** Answers of each wire, made of a usage in the wire's own form and a text. */

const HEAD = { id: 'a1', created: 1, model: 'model' };

/** A whole chat answer. */
export function answerOf(wire: string, usage: unknown, text = 'hi'): object {
  switch (wire) {
    case 'anthropic':
      return { id: 'm1', type: 'message', model: 'claude', content: [{ type: 'text', text }], stop_reason: 'end_turn', usage };
    case 'google':
    case 'vertex':
      return { candidates: [{ content: { parts: [{ text }] }, finishReason: 'STOP' }], usageMetadata: usage };
    case 'bedrock':
      return { output: { message: { content: [{ text }] } }, stopReason: 'end_turn', usage };
    case 'cohere':
      return { id: 'c1', message: { content: [{ type: 'text', text }] }, finish_reason: 'COMPLETE', usage };
    default: {
      const message = { role: 'assistant', content: text };
      return { ...HEAD, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }], usage };
    }
  }
}

/** Events of a stream: the text, then the end with the usage as it stands there; `early` is told before the text, if a wire can. */
export function eventsOf(
  wire: string,
  { usage, early, text = 'hi' }: { usage?: unknown; early?: unknown; text?: string },
): unknown[] {
  switch (wire) {
    case 'anthropic':
      return [
        { type: 'message_start', message: { id: 'm1', model: 'claude', content: [], usage: early } },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
        { type: 'content_block_stop', index: 0 },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage },
        { type: 'message_stop' },
      ];
    case 'google':
    case 'vertex':
      return [
        { candidates: [{ content: { parts: [{ text }] } }], usageMetadata: early },
        { candidates: [{ content: { parts: [] }, finishReason: 'STOP' }], usageMetadata: usage },
      ];
    case 'bedrock':
      return [
        { messageStart: { role: 'assistant' } },
        { contentBlockDelta: { contentBlockIndex: 0, delta: { text } } },
        { messageStop: { stopReason: 'end_turn' } },
        { metadata: { usage } },
      ];
    case 'cohere':
      return [
        { type: 'message-start', id: 'c1' },
        { type: 'content-delta', index: 0, delta: { message: { content: { text } } } },
        { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage } },
      ];
    default:
      return [chunkOf({ content: text }, { usage: early }), chunkOf({}, { usage }, 'stop'), '[DONE]'];
  }
}

/** A chunk of OpenAI's wire. */
export function chunkOf(delta: object, rest: object = {}, finish_reason: string | null = null): object {
  return { ...HEAD, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }], ...rest };
}

/** What a native answer says, read as plainly as possible and apart from the code under test. */
export interface Expected {
  content: string;
  reasoning: string;
  calls: [string, string, unknown][];
  finishReason: string;
  usage: unknown;
}

interface NativeMessage {
  content: { type: string; text?: string; thinking?: string; id?: string; name?: string; input?: unknown }[];
  stop_reason: string;
  usage: Record<string, number | undefined> & { output_tokens_details?: { thinking_tokens: number } };
}

const FINISH: Record<string, string> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

export function expectedOf(body: unknown): Expected {
  const message = body as NativeMessage;
  const of = (type: string) => message.content.filter((block) => block.type === type);
  const { usage } = message;
  const cached = usage.cache_read_input_tokens ?? 0;
  const written = usage.cache_creation_input_tokens ?? 0;
  const prompt = (usage.input_tokens ?? 0) + cached + written;
  const completion = usage.output_tokens ?? 0;
  return {
    content: of('text')
      .map((block) => block.text)
      .join(''),
    reasoning: of('thinking')
      .map((block) => block.thinking)
      .join(''),
    calls: of('tool_use').map((block) => [block.id ?? '', block.name ?? '', block.input]),
    finishReason: FINISH[message.stop_reason] ?? '',
    usage: {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
      prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
      completion_tokens_details: { reasoning_tokens: usage.output_tokens_details?.thinking_tokens ?? 0 },
    },
  };
}

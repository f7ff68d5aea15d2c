import type { Exchange } from '../../support/fixtures.ts';
import type { Said } from '../said.ts';
import { sseData } from './server-sent-events.ts';

interface Block {
  type: string;
  text?: string;
  thinking?: string;
  id?: string;
  name?: string;
  input?: unknown;
  json?: string;
}
interface Message {
  content: Block[];
  stop_reason: string;
  stop_details?: { explanation?: string } | null;
  usage: Record<string, number | undefined> & { output_tokens_details?: { thinking_tokens: number } };
}
interface Event {
  type: string;
  index: number;
  message: Message;
  content_block: Block;
  delta: { type?: string; text?: string; thinking?: string; partial_json?: string; stop_reason?: string };
  usage: Message['usage'];
}

const FINISHES: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

/** What a recording of Anthropic Messages says. */
export function saidByAnthropic({ response }: Exchange): Said {
  const message = response.sse ? messageOf(sseData(response.sse) as Event[]) : (response.body as Message);
  const { content, stop_reason: finish, stop_details: details, usage } = message;
  const join = (words: (block: Block) => string | undefined) => content.map((block) => words(block) ?? '').join('');
  const cached = usage.cache_read_input_tokens ?? 0;
  return {
    choices: [
      {
        text: join(({ type, text }) => (type === 'text' ? text : '')) || (details?.explanation ?? ''),
        reasoning: join(({ type, thinking }) => (type === 'thinking' ? thinking : '')),
        calls: content.flatMap(({ type, id, name = '', input }) => (type === 'tool_use' ? [{ id, name, arguments: input }] : [])),
        finish: FINISHES[finish] ?? finish,
      },
    ],
    usage: {
      input: (usage.input_tokens ?? 0) + cached + (usage.cache_creation_input_tokens ?? 0),
      output: usage.output_tokens ?? 0,
      cached,
      reasoning: usage.output_tokens_details?.thinking_tokens ?? 0,
    },
  };
}

/** The message that a stream tells: blocks by index, later usage over earlier. */
function messageOf(events: readonly Event[]): Message {
  const message: Message = { content: [], stop_reason: '', usage: {} };
  for (const { type, index, message: head, content_block: block, delta, usage } of events) {
    const open = message.content[index];
    if (type === 'message_start') message.usage = { ...head.usage };
    if (type === 'content_block_start') message.content[index] = { ...block, json: '' };
    if (type === 'content_block_delta' && open) {
      open.text = `${open.text ?? ''}${delta.text ?? ''}`;
      open.thinking = `${open.thinking ?? ''}${delta.thinking ?? ''}`;
      open.json += delta.partial_json ?? '';
    }
    if (type !== 'message_delta') continue;
    message.stop_reason = delta.stop_reason ?? message.stop_reason;
    message.usage = { ...message.usage, ...usage };
  }
  for (const block of message.content) if (block.type === 'tool_use') block.input = JSON.parse(block.json || '{}');
  return message;
}

import type { Exchange } from '../../support/fixtures.ts';
import { callOf, type Said } from '../said.ts';
import { sseData } from './server-sent-events.ts';

interface Call {
  id: string;
  function: { name: string; arguments: string };
}
interface Item {
  text?: string;
  thinking?: string;
}
interface Usage {
  tokens: Record<string, number | undefined>;
  cached_tokens?: number;
}
interface Answer {
  message: { content?: Item[]; tool_plan?: string; tool_calls?: Call[] };
  finish_reason: string;
  usage: Usage;
}
interface Event {
  index?: number;
  delta?: {
    message?: { content?: Item; tool_plan?: string; tool_calls?: Partial<Call> & { function: Partial<Call['function']> } };
    finish_reason?: string;
    usage?: Usage;
  };
}

const FINISHES: Readonly<Record<string, string>> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool_calls',
};

/** What a recording of Cohere's chat says; the plan before calls is the text there. */
export function saidByCohere({ response }: Exchange): Said {
  const {
    message,
    finish_reason: finish,
    usage,
  } = response.sse ? answerOf(sseData(response.sse) as Event[]) : (response.body as Answer);
  const { content = [], tool_plan: plan = '', tool_calls: calls = [] } = message;
  const { tokens, cached_tokens: cached = 0 } = usage;
  return {
    choices: [
      {
        text: plan + content.map(({ text }) => text ?? '').join(''),
        reasoning: content.map(({ thinking }) => thinking ?? '').join(''),
        calls: calls.map(({ id, function: called }) => callOf(id, called)),
        finish: FINISHES[finish] ?? finish,
      },
    ],
    usage: {
      input: (tokens.input_tokens ?? 0) + (tokens.image_tokens ?? 0),
      output: tokens.output_tokens ?? 0,
      cached,
      reasoning: tokens.reasoning_tokens ?? 0,
    },
  };
}

function answerOf(events: readonly Event[]): Answer {
  const calls: Call[] = [];
  const content: Item[] = [];
  const answer: Answer = { message: { content, tool_plan: '', tool_calls: calls }, finish_reason: '', usage: { tokens: {} } };
  for (const { index = 0, delta } of events) {
    const { content: item, tool_plan: plan, tool_calls: call } = delta?.message ?? {};
    if (item && !Array.isArray(item)) content.push(item);
    answer.message.tool_plan += plan ?? '';
    if (call && !Array.isArray(call)) addCall(calls, index, call);
    answer.finish_reason = delta?.finish_reason ?? answer.finish_reason;
    answer.usage = delta?.usage ?? answer.usage;
  }
  return answer;
}

function addCall(
  calls: Call[],
  index: number,
  { id, function: called }: Partial<Call> & { function: Partial<Call['function']> },
): void {
  const known = calls[index] ?? { id: id ?? '', function: { name: called.name ?? '', arguments: '' } };
  calls[index] = known;
  known.function.arguments += called.arguments ?? '';
}

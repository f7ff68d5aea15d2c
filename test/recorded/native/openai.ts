import type { Exchange } from '../../support/fixtures.ts';
import { callOf, type Said, type SaidChoice, type SaidUsage } from '../said.ts';
import { sseData } from './server-sent-events.ts';

type Raw = Record<string, unknown>;
interface RawCall {
  index?: number;
  id?: string | null;
  function?: { name?: string | null; arguments?: string | null };
}
interface RawMessage {
  content?: string | RawPart[] | null;
  refusal?: string | null;
  reasoning?: string | null;
  reasoning_content?: string | null;
  tool_calls?: RawCall[] | null;
}
interface RawPart {
  type: string;
  text?: string;
  thinking?: RawPart[];
}
interface RawChoice {
  index?: number;
  message?: RawMessage;
  delta?: RawMessage;
  finish_reason?: string | null;
}
interface RawAnswer {
  choices?: RawChoice[];
  usage?: RawUsage | null;
  x_groq?: { usage?: RawUsage | null } | null;
}
type RawUsage = Raw & {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details?: { cached_tokens?: number } | null;
  completion_tokens_details?: { reasoning_tokens?: number } | null;
};

/** What a recording of OpenAI's wire says, by the habits of its host. */
export function saidByOpenAi(exchange: Exchange): Said {
  const { provider, response } = exchange;
  return response.sse ? inChunks(sseData(response.sse) as RawAnswer[], provider) : whole(response.body as RawAnswer, provider);
}

function whole({ choices = [], usage }: RawAnswer, provider: string): Said {
  return {
    choices: choices.map(({ message = {}, finish_reason }) => choiceOf(message, finish_reason)),
    usage: usageOf(usage, provider),
  };
}

function inChunks(chunks: readonly RawAnswer[], provider: string): Said {
  const messages: (RawMessage & { content: string; reasoning: string; calls: Map<number, Required<RawCall>>; finish: string })[] =
    [];
  let usage: RawUsage | null | undefined;
  for (const chunk of chunks) {
    usage = chunk.usage ?? chunk.x_groq?.usage ?? usage;
    for (const { index = 0, delta = {}, finish_reason } of chunk.choices ?? []) {
      const message = messages[index] ?? { content: '', reasoning: '', calls: new Map(), finish: '' };
      messages[index] = message;
      const { text, reasoning } = wordsOf(delta);
      message.content += text;
      message.reasoning += reasoning;
      message.finish = finish_reason ?? message.finish;
      for (const call of delta.tool_calls ?? []) addCall(message.calls, call);
    }
  }
  const choices = messages.map(({ content, reasoning, calls, finish }) =>
    choiceOf({ content, reasoning, tool_calls: [...calls.values()] }, finish),
  );
  return { choices, usage: usageOf(usage, provider) };
}

function addCall(calls: Map<number, Required<RawCall>>, { index = 0, id, function: called }: RawCall): void {
  const known = calls.get(index) ?? { index, id: id ?? null, function: { name: '', arguments: '' } };
  known.function = {
    name: known.function.name || (called?.name ?? ''),
    arguments: `${known.function.arguments}${called?.arguments ?? ''}`,
  };
  calls.set(index, known);
}

// Together's word for the end, and Snowflake's silence; the others speak OpenAI's.
const FINISHES: Readonly<Record<string, string>> = { eos: 'stop', '': 'stop' };

function choiceOf(message: RawMessage, finish: string | null | undefined): SaidChoice {
  const calls = (message.tool_calls ?? []).map(({ id, function: called }) =>
    callOf(id ?? undefined, { name: called?.name ?? '', arguments: called?.arguments ?? '' }),
  );
  return { ...untagged(wordsOf(message)), calls, finish: FINISHES[finish ?? ''] ?? finish ?? '' };
}

function wordsOf({ content, refusal, reasoning, reasoning_content: more }: RawMessage): { text: string; reasoning: string } {
  const thoughts = more || reasoning || '';
  if (!Array.isArray(content)) return { text: content ?? refusal ?? '', reasoning: thoughts };
  const thinking = content.flatMap((part) => part.thinking ?? []);
  return { text: join(content), reasoning: thoughts + join(thinking) };
}

function join(parts: readonly RawPart[]): string {
  return parts.map(({ text }) => text ?? '').join('');
}

/** Thoughts that stand between tags at the head of the text belong to the reasoning, also when the answer ends within them. */
function untagged({ text, reasoning }: { text: string; reasoning: string }): { text: string; reasoning: string } {
  const [, , inside, , behind = ''] = /^\s*<(think|reasoning)>(.*?)(<\/\1>(.*))?$/s.exec(text) ?? [];
  if (inside === undefined) return { text, reasoning };
  return { text: behind.trimStart(), reasoning: reasoning || inside.trim() };
}

function usageOf(usage: RawUsage | null | undefined, provider: string): SaidUsage | undefined {
  if (!usage) return undefined;
  const { prompt_tokens: input, completion_tokens: completion, total_tokens: total } = usage;
  const details = usage.prompt_tokens_details?.cached_tokens;
  const cached = details ?? usage.prompt_cache_hit_tokens ?? usage.cached_tokens ?? usage.num_cached_tokens ?? 0;
  const counted = usage.completion_tokens_details?.reasoning_tokens ?? 0;
  // xAI leaves reasoning out of the completion; Google's OpenAI route names it nowhere but counts it in the total.
  const apart = provider === 'xai' ? counted : provider === 'google' ? total - input - completion : 0;
  // Azure's Grok was recorded with more cached tokens than the prompt has.
  return { input, output: completion + apart, cached: Math.min(Number(cached), input), reasoning: Math.max(counted, apart) };
}

import type { OpenAI } from 'openai';

/** What an answer says: the common form of what a recording tells and what the gateway made of it. */
export interface Said {
  choices: SaidChoice[];
  usage: SaidUsage | undefined;
}
export interface SaidChoice {
  text: string;
  reasoning: string;
  calls: SaidCall[];
  finish: string;
}
export interface SaidCall {
  /** Undefined where the wire gave none, so that any will do. */
  id: string | undefined;
  name: string;
  arguments: unknown;
}
export interface SaidUsage {
  /** Undefined where the recording did not count it, so that any will do. */
  input: number | undefined;
  output: number;
  cached: number;
  reasoning: number;
}

type Extended<T> = T & { reasoning_content?: string | null; refusal?: string | null };

/** A whole completion as the client got it. */
export function saidByCompletion({ choices, usage }: OpenAI.ChatCompletion): Said {
  return {
    choices: choices.map(({ message, finish_reason: finish }) => {
      const { content, refusal, reasoning_content: reasoning, tool_calls: calls = [] } = message as Extended<typeof message>;
      return {
        text: content ?? refusal ?? '',
        reasoning: reasoning ?? '',
        calls: calls.flatMap((call) => (call.type === 'function' ? [callOf(call.id, call.function)] : [])),
        finish,
      };
    }),
    usage: usageOf(usage),
  };
}

/** A stream's chunks put together as a client would. */
export function saidByChunks(chunks: readonly OpenAI.ChatCompletionChunk[]): Said {
  const choices: (SaidChoice & { open: Map<number, { id: string | undefined; name: string; arguments: string }> })[] = [];
  let usage: OpenAI.CompletionUsage | null | undefined;
  for (const chunk of chunks) {
    usage = chunk.usage ?? usage;
    for (const { index, delta, finish_reason: finish } of chunk.choices) {
      const choice = choices[index] ?? { text: '', reasoning: '', calls: [], finish: '', open: new Map() };
      choices[index] = choice;
      const { content, refusal, reasoning_content: reasoning, tool_calls: calls = [] } = delta as Extended<typeof delta>;
      choice.text += content ?? refusal ?? '';
      choice.reasoning += reasoning ?? '';
      choice.finish += finish ?? '';
      for (const call of calls) {
        const known = choice.open.get(call.index) ?? { id: call.id, name: '', arguments: '' };
        choice.open.set(call.index, {
          id: known.id,
          name: known.name + (call.function?.name ?? ''),
          arguments: known.arguments + (call.function?.arguments ?? ''),
        });
      }
    }
  }
  return {
    choices: choices.map(({ open, ...choice }) => ({
      ...choice,
      calls: [...open.values()].map((call) => callOf(call.id, call)),
    })),
    usage: usageOf(usage),
  };
}

export function callOf(id: string | undefined, called: { name: string; arguments: string }): SaidCall {
  return { id: id || undefined, name: called.name, arguments: JSON.parse(called.arguments || '{}') ?? {} };
}

function usageOf(usage: OpenAI.CompletionUsage | null | undefined): SaidUsage | undefined {
  if (!usage) return undefined;
  return {
    input: usage.prompt_tokens,
    output: usage.completion_tokens,
    cached: usage.prompt_tokens_details?.cached_tokens ?? Number.NaN,
    reasoning: usage.completion_tokens_details?.reasoning_tokens ?? Number.NaN,
  };
}

/** Where an answer departs from its recording, in words; empty where it does not. */
export function differences(expected: Said, found: Said): string[] {
  const problems: string[] = [];
  const compare = (what: string, wanted: unknown, given: unknown) => {
    const [left, right] = [JSON.stringify(wanted), JSON.stringify(given)];
    if (left !== right) problems.push(`${what}: recorded ${left}, came ${right}`);
  };
  compare('choices', expected.choices.length, found.choices.length);
  for (const [index, wanted] of expected.choices.entries()) {
    const given = found.choices[index];
    if (given === undefined) continue;
    for (const field of ['text', 'reasoning', 'finish'] as const) compare(field, wanted[field], given[field]);
    compare('calls', wanted.calls.map(withoutId), given.calls.map(withoutId));
    for (const [position, { id }] of wanted.calls.entries()) if (id !== undefined) compare('id', id, given.calls[position]?.id);
    const ids = given.calls.map(({ id }) => id);
    if (ids.includes(undefined) || new Set(ids).size < ids.length) problems.push(`ids of tool calls: ${ids}`);
  }
  const isCounted = expected.usage === undefined || expected.usage.input !== undefined;
  compare('usage', expected.usage, isCounted ? found.usage : found.usage && { ...found.usage, input: undefined });
  return problems;
}

function withoutId({ name, arguments: input }: SaidCall): unknown {
  return [name, input];
}

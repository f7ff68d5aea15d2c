import type { ChatAnswerMessage } from '../core/chat.ts';
import type { ItemSource } from '../core/item-source.ts';
import { TransportError } from '../core/transport-error.ts';
import { largerUsage, type OpenAiUsage, reportedFromOpenAi, type Usage } from '../core/usage.ts';
import { UpstreamError } from './upstream-error.ts';

/** A stream's items that can tell at any time, also after its end, which usage the wire has reported so far. */
export interface ReportingSource<T> extends ItemSource<T> {
  /** In OpenAI's form; undefined if nothing was reported. A look at what the translation keeps anyway. */
  reported(): OpenAiUsage | undefined;
}

// Some 16 tokens; a host's own short notice may really cost nothing.
const LONGEST_FREE_ANSWER = 64;

/**
 * What a reported usage is worth beside an answer of so many characters: a count of zero beside a long text is none.
 * Undefined if no count is left.
 */
export function usageBeside(usage: Usage | undefined, characters: number): Usage | undefined {
  if (usage === undefined || characters <= LONGEST_FREE_ANSWER || usage.unreported !== undefined) return usage;
  const { inputTokens, outputTokens } = usage;
  if (inputTokens > 0 && outputTokens > 0) return usage;
  if (inputTokens === 0 && outputTokens === 0) return undefined;
  return { ...usage, unreported: outputTokens === 0 ? 'output' : 'input' };
}

/** The tokens of an embedding's input: a count of zero is none of a long text. */
export function embeddedTokens(tokens: number | undefined, input: unknown): number | undefined {
  if (tokens !== 0) return tokens;
  const texts = Array.isArray(input) ? input : [input];
  const characters = texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? text.length : 1), 0);
  return characters > LONGEST_FREE_ANSWER ? undefined : 0;
}

/** Characters that a model wrote into a message: text, reasoning and arguments. */
export function charactersOf({ content, reasoning_content: reasoning, tool_calls: calls, function_call }: Written): number {
  let characters = (content?.length ?? 0) + (reasoning?.length ?? 0) + (function_call?.arguments.length ?? 0);
  if (calls !== undefined) for (const call of calls) characters += call.function.arguments.length;
  return characters;
}

type Written = Pick<ChatAnswerMessage, 'content' | 'reasoning_content' | 'tool_calls' | 'function_call'>;

/** The error that ended a stream, with the usage that was reported before it. */
export function withReported(error: unknown, reported: OpenAiUsage | undefined): unknown {
  if (reported === undefined) return error;
  if (error instanceof UpstreamError || error instanceof TransportError) {
    error.usage = largerUsage(reportedFromOpenAi(reported), error.usage);
  }
  return error;
}

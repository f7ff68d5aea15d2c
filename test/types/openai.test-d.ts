/** Checked by the compiler only: what the gateway answers is what OpenAI's client expects, and what that gives is what this wire reads. */
import type { OpenAI } from 'openai';
import type { ChatChunk, ChatCompletion, ChatMessage, ChatParams } from '../../src/core/chat.ts';
import type { OpenAiUsage } from '../../src/core/usage.ts';
import type { RawAnswer, RawChoice, RawMessage } from '../../src/providers/openai/wire-types.ts';

type Assignable<From extends To, To> = From;
type Completion = OpenAI.Chat.Completions.ChatCompletion;
type Chunk = OpenAI.Chat.Completions.ChatCompletionChunk;
type ClientParams = OpenAI.Chat.Completions.ChatCompletionCreateParams;

type Choice = ChatCompletion['choices'][number];
export type Finish = Assignable<Choice['finish_reason'], Completion['choices'][number]['finish_reason']>;
export type Calls = Assignable<
  NonNullable<Choice['message']['tool_calls']>,
  NonNullable<Completion['choices'][number]['message']['tool_calls']>
>;
export type Delta = Assignable<ChatChunk['choices'][number]['delta'], Chunk['choices'][number]['delta']>;
export type Objects = [
  Assignable<ChatCompletion['object'], Completion['object']>,
  Assignable<ChatChunk['object'], Chunk['object']>,
];

export type Usage = Assignable<OpenAI.CompletionUsage, OpenAiUsage>;
export type System = Assignable<OpenAI.Chat.Completions.ChatCompletionSystemMessageParam, ChatMessage>;
export type Limit = Assignable<ClientParams['max_completion_tokens'], ChatParams['max_completion_tokens']>;
export type Effort = Assignable<ClientParams['reasoning_effort'], ChatParams['reasoning_effort']>;

/** Nothing of an answer is taken for granted before it was checked. */
export type Read = [
  Assignable<Completion, RawAnswer>,
  Assignable<Chunk, RawAnswer>,
  Assignable<Completion['choices'][number], RawChoice>,
  Assignable<Chunk['choices'][number]['delta'], RawMessage>,
];

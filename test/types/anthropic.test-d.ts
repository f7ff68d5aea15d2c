/** Checked by the compiler only: what this wire sends is what Anthropic's client would, and what that reads is what this wire reads. */
import type { Message, MessageCreateParamsBase, RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
import type { AnswerBlock, MessagesAnswer, MessagesRequest, StreamEvent } from '../../src/providers/anthropic/wire-types.ts';

type Assignable<From extends To, To> = From;

/** With the model in the body, as it is at Anthropic; `anthropic_version` is Vertex's. */
export type Request = Assignable<
  Omit<MessagesRequest, 'model' | 'anthropic_version'> & { model: string },
  MessageCreateParamsBase
>;

export type Answer = Assignable<Message, MessagesAnswer>;

export type Event = Assignable<RawMessageStreamEvent, StreamEvent>;

/** Every block that this wire understands. */
export type Blocks = Assignable<Extract<Message['content'][number], { type: AnswerBlock['type'] }>, AnswerBlock>;

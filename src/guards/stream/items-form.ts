import type { GuardPart } from '../../core/guard.ts';
import type { JsonRecord } from '../../core/json.ts';
import type { TextChannel, ToldText } from './text-channel.ts';

/** One text as a stream's items tell of it. */
export interface ChannelFacts {
  readonly key: string;
  /** Of the texts that are read as one with it, as they follow on each other: parts of one message. */
  readonly run?: string | undefined;
  readonly kind: GuardPart['kind'];
  /** Its text is JSON, whatever the answer's format. */
  readonly isJson: boolean;
  /** The stream tells it once more as a whole. */
  readonly isTold?: boolean;
}

/** What the items of a stream are made of; it gives each text to its channel and the channels' texts to the items. */
export interface ItemsForm {
  push(item: unknown): readonly unknown[];
  /** Items for what was still held back. */
  end(): readonly unknown[];
}

/** The texts of a stream, by their keys. */
export interface Channels {
  of(facts: ChannelFacts): TextChannel;
  /** The text of a key, if it has come. */
  known(key: string): TextChannel | undefined;
  /** An object that tells whole texts, rewritten but for some of its fields; undefined if it may not leave. */
  rewriteRest(value: JsonRecord, but?: ReadonlySet<string>): JsonRecord | undefined;
  /** The same of one that tells a text again that came in pieces. */
  rewriteTold(value: JsonRecord, told: ToldText): JsonRecord | undefined;
}

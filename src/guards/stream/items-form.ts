import type { GuardPart } from '../../core/guard.ts';
import type { JsonRecord } from '../../core/json.ts';
import type { TextChannel } from './text-channel.ts';

/** One text as a stream's items tell of it. */
export interface ChannelFacts {
  readonly key: string;
  readonly kind: GuardPart['kind'];
  /** Its text is JSON, whatever the answer's format. */
  readonly isJson: boolean;
}

/** What the items of a stream are made of; it gives each text to its channel and the channels' texts to the items. */
export interface ItemsForm {
  push(item: JsonRecord): readonly unknown[];
  /** Items for what was still held back. */
  end(): readonly unknown[];
}

/** The texts of a stream, by their keys. */
export interface Channels {
  of(facts: ChannelFacts): TextChannel;
  /** Nothing more comes for it: what was held. */
  close(key: string): string;
  /** An object that tells whole texts, rewritten but for some of its fields; undefined where it may not leave. */
  rewriteRest(value: JsonRecord, but?: ReadonlySet<string>): JsonRecord | undefined;
}

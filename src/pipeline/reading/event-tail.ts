import type { Usage } from '../../core/usage.ts';
import { usageInSpeech } from './answer-facts.ts';

// The event of a usage is some hundred bytes, after events of sound of any length.
const MOST_KEPT = 65_536;

/** The end of an answer of bytes that may be events in one piece, as far as a usage is looked for in it. */
export class EventTail {
  #kept: Buffer = Buffer.alloc(0);
  #isEvents: boolean | undefined;

  /** The usage that the events have told, once they have. */
  add(bytes: Uint8Array): Usage | undefined {
    if (this.#isEvents === false) return undefined;
    this.#kept = Buffer.concat([this.#kept, bytes]);
    this.#isEvents ??= EVENTS.test(this.#kept.toString('latin1', 0, 8));
    if (this.#kept.length > MOST_KEPT) this.#kept = this.#kept.subarray(-MOST_KEPT);
    return this.#isEvents && this.#kept.includes('"usage"') ? usageInSpeech(this.#kept.toString('utf8')) : undefined;
  }
}

const EVENTS = /^(?:data:|event:|id:|:)/;

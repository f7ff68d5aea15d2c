import { toOpenAiUsage } from '../../core/openai-usage.ts';
import { largerUsage, type OpenAiUsage, type Usage } from '../../core/usage.ts';
import { usageBeside } from '../reported-usage.ts';
import type { VendorQuirks } from './quirks.ts';
import { readUsage, writeUsage } from './usage.ts';
import { isRecord, type RawAnswer, type RawRecord } from './wire-types.ts';

/** The usage of one stream, which many vendors report once and some in every chunk, growing: the larger of each count. */
export class StreamUsage {
  readonly #quirks: VendorQuirks;
  #usage: Usage | undefined;
  #reported: OpenAiUsage | undefined;
  /** The vendor's latest object, kept for what else it holds. */
  #raw: RawRecord | undefined;

  constructor(quirks: VendorQuirks) {
    this.#quirks = quirks;
  }

  /** Takes what a chunk or one of its choices tells out of it; true if it is a usage. */
  takeOf(told: Pick<RawAnswer, 'usage' | 'x_groq'>): boolean {
    const raw = told.usage ?? told.x_groq?.usage;
    if (raw === undefined || raw === null) return false;
    told.usage = undefined;
    return this.#take(raw);
  }

  #take(raw: unknown): boolean {
    const usage = readUsage(raw, this.#quirks);
    if (usage === undefined || !isRecord(raw)) return false;
    this.#usage = largerUsage(this.#usage, usage);
    this.#reported = undefined;
    this.#raw = raw;
    return true;
  }

  /** True if any usage was reported. */
  get isReported(): boolean {
    return this.#usage !== undefined;
  }

  reported(): OpenAiUsage | undefined {
    this.#reported ??= this.#usage && toOpenAiUsage(this.#usage);
    return this.#reported;
  }

  /** Usage of the whole answer, which has so many characters, for its caller. */
  ofAnswer(characters: number): OpenAiUsage | undefined {
    const usage = usageBeside(this.#usage, characters);
    this.#usage = usage;
    this.#reported = undefined;
    return usage && this.#raw && writeUsage(this.#raw, usage);
  }
}

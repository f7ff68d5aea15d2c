import type { Operation } from '../../core/operation.ts';
import { type Served, servedOf } from '../../core/served.ts';
import { withToolUses } from '../../core/tool-uses.ts';
import { reportedFromOpenAi, toTokenCount, type Usage, usageFromOpenAi } from '../../core/usage.ts';
import { type Delivered, NOTHING_DELIVERED } from '../../ledger/delivered.ts';
import { countsUnits } from '../../ledger/unit-counts.ts';

/** What an answer says of its usage, and if that is not all, what came. */
export interface AnswerFacts {
  readonly usage: Usage | undefined;
  readonly served: Served | undefined;
  /** Counted only if it is needed. */
  readonly delivered: Delivered;
}

/** What a whole answer says of itself. */
export interface WholeAnswerFacts extends AnswerFacts {
  readonly finishReason: string | undefined;
  /** True if a filter withheld it or cut it off, all of its choices. */
  readonly isFiltered: boolean;
}

/** Reads a whole answer. */
export function readAnswer(body: unknown, operation: Operation): WholeAnswerFacts {
  const answer = (body ?? {}) as WholeAnswer;
  const usage = withToolUses(reportedFromOpenAi(answer.usage), answer);
  return {
    usage,
    served: servedOf(body),
    delivered: isWhole(usage) && !countsUnits(operation) ? NOTHING_DELIVERED : deliveredIn(answer, operation),
    finishReason: answer.choices?.[0]?.finish_reason ?? answer.status,
    isFiltered: isFiltered(answer),
  };
}

function isFiltered({ choices, incomplete_details: incomplete }: WholeAnswer): boolean {
  const first = choices?.[0]?.finish_reason;
  if (first === undefined) return incomplete?.reason === 'content_filter';
  return first === 'content_filter' && Array.isArray(choices) && choices.every((choice) => choice?.finish_reason === first);
}

/** Reads an answer of bytes: speech, a transcript as text, or the events of speech in one piece. */
export function readBytes(bytes: Uint8Array, operation: Operation, contentType: string | undefined): AnswerFacts {
  const isEvents = contentType?.includes('text/event-stream') === true;
  const text = isEvents ? textOf(bytes) : '';
  const usage = operation === 'audio.speech' ? usageInSpeech(text) : usageInEvents(text);
  const delivered = isWhole(usage) && !countsUnits(operation) ? NOTHING_DELIVERED : deliveredInBytes(bytes, operation);
  return { usage, served: undefined, delivered };
}

/** Speech tells its tokens and not their kind. */
export function usageInSpeech(events: string): Usage | undefined {
  const told = usageInEvents(events);
  return told && { ...told, outputAudioTokens: told.outputTokens };
}

/** Whether nothing of a usage is missing. */
export function isWhole(usage: Usage | undefined): usage is Usage {
  return usage !== undefined && usage.unreported === undefined;
}

/** UTF-8 bytes of all that a model wrote in a part of an answer; marks of the protocol are none of it. */
export function bytesWritten(value: unknown, depth = 0): number {
  if (typeof value === 'string') return DATA_URL.test(value) ? 0 : Buffer.byteLength(value);
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return 0;
  let bytes = 0;
  for (const name in value) {
    if (!MARKS.has(name)) bytes += bytesWritten((value as Record<string, unknown>)[name], depth + 1);
  }
  return bytes;
}

export function bytesOfBase64(text: unknown): number {
  return typeof text === 'string' ? Math.floor((text.length * 3) / 4) : 0;
}

/** The length that a transcript tells anywhere: subtitles end with the audio. */
export function secondsHeard(transcript: Transcript): number | undefined {
  const { text } = transcript;
  return secondsIn(transcript) ?? (typeof text === 'string' ? lastCueSeconds(text) : undefined);
}

/** The length that a transcript tells by its usage, its head or the end of its last segment. */
function secondsIn({ usage, duration, segments }: Transcript): number | undefined {
  const last = Array.isArray(segments) ? (segments.at(-1) as { end?: unknown } | undefined)?.end : undefined;
  const told = (usage as { seconds?: unknown } | null | undefined)?.seconds ?? duration ?? last;
  const seconds = typeof told === 'string' ? Number(told) : told;
  return toTokenCount(seconds) === undefined ? undefined : (seconds as number);
}

const DEEPEST = 16;
const DATA_URL = /^data:[\w./+-]+;base64,/;
// Names, roles and signatures; in an array all names are places.
const MARKS: ReadonlySet<string> = new Set([
  'id',
  'call_id',
  'item_id',
  'index',
  'type',
  'role',
  'status',
  'format',
  'signature',
  'logprobs',
  'annotations',
]);

function deliveredIn(answer: WholeAnswer, operation: Operation): Delivered {
  // One at least: an image that was withheld was made too.
  if (operation.startsWith('images.')) return { ...NOTHING_DELIVERED, images: numberOf(answer.data) || 1 };
  if (operation.startsWith('audio.')) {
    return { ...NOTHING_DELIVERED, textBytes: bytesWritten(answer.text), heardSeconds: secondsIn(answer) };
  }
  if (Array.isArray(answer.output)) return inOutput(answer.output);
  return Array.isArray(answer.choices) ? inChoices(answer.choices) : NOTHING_DELIVERED;
}

function numberOf(items: unknown): number {
  return Array.isArray(items) ? items.length : 0;
}

function inChoices(choices: NonNullable<WholeAnswer['choices']>): Delivered {
  let [textBytes, spokenBytes, audioBytes, images] = [0, 0, 0, 0];
  for (const choice of choices) {
    const message = choice?.message;
    textBytes += bytesWritten(choice?.text);
    if (message === undefined || message === null) continue;
    const { audio, reasoning_content: reasoning, reasoning_details: details } = message;
    textBytes += bytesWritten([message.content, message.refusal, message.tool_calls, message.function_call]);
    // The details repeat what stands in the content, if there is one.
    textBytes += bytesWritten(reasoning) || bytesWritten(details);
    images += numberOf(message.images);
    if (audio === undefined || audio === null) continue;
    spokenBytes += bytesWritten(audio.transcript);
    audioBytes += bytesOfBase64(audio.data);
  }
  return { textBytes: textBytes + spokenBytes, spokenBytes, audioBytes, images, heardSeconds: undefined };
}

function inOutput(output: readonly unknown[]): Delivered {
  let [textBytes, images] = [0, 0];
  for (const item of output) {
    if ((item as { type?: unknown } | null)?.type === 'image_generation_call') images += 1;
    else textBytes += bytesWritten(item);
  }
  return { ...NOTHING_DELIVERED, textBytes, images };
}

function deliveredInBytes(bytes: Uint8Array, operation: Operation): Delivered {
  if (operation === 'audio.speech') return { ...NOTHING_DELIVERED, audioBytes: bytes.byteLength };
  if (!operation.startsWith('audio.')) return NOTHING_DELIVERED;
  return { ...NOTHING_DELIVERED, textBytes: bytes.byteLength, heardSeconds: lastCueSeconds(textOf(bytes)) };
}

/** Where the last cue of subtitles ends (`srt`, `vtt`); undefined if the text has none. */
function lastCueSeconds(text: string): number | undefined {
  const at = text.lastIndexOf('-->');
  const end = at < 0 ? null : CUE_END.exec(text.slice(at + 3, at + 40));
  if (end === null) return undefined;
  const [, hours = '0', minutes = '0', seconds = '0'] = end;
  return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds.replace(',', '.'));
}

const CUE_END = /^\s*(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)/;

/** The last usage in server-sent events that came in one piece. */
function usageInEvents(text: string): Usage | undefined {
  for (const line of text.split(/\r\n|\r|\n/).reverse()) {
    if (!line.startsWith('data:') || !line.includes('"usage"')) continue;
    try {
      const usage = usageFromOpenAi((JSON.parse(line.slice('data:'.length)) as WholeAnswer | null)?.usage);
      if (usage !== undefined) return usage;
    } catch {
      // No event of ours: what came is estimated.
    }
  }
  return undefined;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

interface Transcript {
  text?: unknown;
  usage?: unknown;
  duration?: unknown;
  segments?: unknown;
}

interface WholeAnswer extends Transcript {
  status?: string;
  incomplete_details?: { reason?: unknown } | null;
  /** Of a transcript. */
  text?: unknown;
  /** Of images. */
  data?: unknown;
  output?: unknown[];
  choices?: {
    finish_reason?: string;
    text?: string;
    message?: {
      content?: unknown;
      refusal?: unknown;
      reasoning_content?: unknown;
      reasoning_details?: unknown;
      tool_calls?: unknown;
      function_call?: unknown;
      images?: unknown;
      audio?: { transcript?: unknown; data?: unknown } | null;
    } | null;
  }[];
}

import type { ChatCompletion, ChatMessage } from '../core/chat.ts';
import type { Operation } from '../core/operation.ts';
import type { UpstreamReply } from './provider.ts';
import type { ReportingSource } from './reported-usage.ts';
import { responseEvents } from './response-events.ts';
import type { WireExchange } from './wire.ts';

/**
 * The stream that was asked for, made of a whole answer: some models and hosts ignore `stream` (OpenAI documents it of
 * whisper-1). `body` is the answer in OpenAI's form, or its text if it is no JSON.
 */
export function wholeAsStream(body: unknown, exchange: WireExchange): UpstreamReply {
  const { status, headers, request } = exchange;
  return { kind: 'stream', status, headers, items: new GivenItems(itemsOfWhole(body, request.operation)) };
}

/** Whether a body that is no JSON is an answer of the operation: a transcript as text or subtitles. */
export function isTranscript(operation: Operation, contentType: string | undefined): boolean {
  return operation.startsWith('audio.tran') && /^(text\/(plain|vtt|srt)|application\/x-subrip)\b/i.test(contentType ?? '');
}

class GivenItems implements ReportingSource<unknown> {
  #items: readonly unknown[];
  #position = 0;

  constructor(items: readonly unknown[]) {
    this.#items = items;
  }

  next(): unknown {
    const item = this.#items[this.#position];
    this.#position += 1;
    return item;
  }

  cancel(): void {
    this.#items = [];
  }

  /** The items tell it. */
  reported(): undefined {
    return undefined;
  }
}

/** The items that a stream of the answer would have had. */
export function itemsOfWhole(body: unknown, operation: Operation): readonly unknown[] {
  switch (operation) {
    case 'chat':
      return chatChunks(body as ChatCompletion);
    case 'completions':
      return completionChunks(body as Answer & { choices: unknown[] });
    case 'responses':
      return responseEvents(body as Answer);
    case 'images.generate':
      return imageEvents(body as Images, 'image_generation.completed');
    case 'images.edit':
      return imageEvents(body as Images, 'image_edit.completed');
    case 'audio.transcription':
    case 'audio.translation':
      return transcriptEvents(typeof body === 'string' ? { text: body } : (body as Transcript));
    default:
      return isResponse(body) ? responseEvents(body) : [body];
  }
}

interface Answer extends Record<string, unknown> {
  usage?: unknown;
}
interface Images extends Answer {
  created?: unknown;
  data?: unknown;
}
interface Transcript extends Answer {
  text?: unknown;
}

/** All that is said in one chunk, its finish in another, and the usage in a last one without choices. */
function chatChunks({ choices, usage, ...answer }: ChatCompletion): unknown[] {
  const head = { ...answer, object: 'chat.completion.chunk' };
  const said = choices.map(({ index, message, logprobs = null }) => {
    return { index, delta: toDelta(message as ChatMessage & object), finish_reason: null, logprobs };
  });
  const finishes = choices.map(({ message: _message, logprobs: _logprobs, ...choice }) => ({ ...choice, delta: {} }));
  const chunks: unknown[] = [
    { ...head, choices: said },
    { ...head, choices: finishes },
  ];
  if (usage) chunks.push({ ...head, choices: [], usage });
  return chunks;
}

function toDelta(message: object): object {
  const delta: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(message)) if (value !== undefined && value !== null) delta[name] = value;
  delta.content ??= null;
  if (Array.isArray(delta.tool_calls)) delta.tool_calls = delta.tool_calls.map((call, index) => ({ index, ...call }));
  return delta;
}

function completionChunks({ usage, ...answer }: Answer): unknown[] {
  const chunks: unknown[] = [answer];
  if (usage) chunks.push({ ...answer, choices: [], usage });
  return chunks;
}

/** Each image is an event; the usage, which is that of all, stands on the last. */
function imageEvents({ created, data, usage, ...settings }: Images, type: string): unknown[] {
  const images: unknown[] = Array.isArray(data) ? data : [];
  return images.map((image, position) => {
    const isLast = position === images.length - 1;
    return { type, created_at: created, ...settings, ...(image as object), ...(isLast && usage ? { usage } : {}) };
  });
}

function transcriptEvents(transcript: Transcript): unknown[] {
  const { text } = transcript;
  const done = { ...transcript, type: 'transcript.text.done', text: typeof text === 'string' ? text : '' };
  return done.text === '' ? [done] : [{ type: 'transcript.text.delta', delta: done.text }, done];
}

function isResponse(body: unknown): body is Answer {
  return typeof body === 'object' && body !== null && 'object' in body && body.object === 'response';
}

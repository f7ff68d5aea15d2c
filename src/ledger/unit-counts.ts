import type { Call } from '../core/call.ts';
import type { Operation } from '../core/operation.ts';
import type { Params } from '../core/params.ts';
import { plainPath } from '../core/plain-path.ts';
import type { UnitCounts } from '../core/usage.ts';
import { choicesOf } from './choices.ts';
import type { Delivered } from './delivered.ts';
import type { Measure } from './measure.ts';
import { audioSeconds } from './media-tokens.ts';

/** Whether anything but tokens may be counted of an operation. */
export function countsUnits(operation: Operation): boolean {
  return operation === 'passthrough' || operation.startsWith('images.') || operation.startsWith('audio.');
}

/** The most that a call may come to in other units than tokens, by what is sent; undefined if none is counted. */
export function unitsAsked({ operation, params, passthrough }: Call, found: Measure): UnitCounts | undefined {
  switch (operation) {
    case 'images.generate':
    case 'images.edit':
    case 'images.variation':
      return { images: choicesOf(params) };
    case 'audio.speech':
      return spokenUnits(params);
    case 'audio.transcription':
    case 'audio.translation':
      return { seconds: audioSeconds(found.audioBytes) };
    case 'passthrough':
      return passthrough && unitsOfPath(plainPath(passthrough.path), params, found);
    default:
      return undefined;
  }
}

/** What an attempt came to: what its answer shows, else all that was asked for, as when it `failed`. */
export function unitsCounted(
  { operation, params }: Pick<Call, 'operation' | 'params'>,
  asked: UnitCounts,
  delivered: Delivered,
  failed: boolean,
): UnitCounts {
  if (operation.startsWith('images.')) {
    const images = imagesIn(params, delivered);
    return { images: failed ? Math.max(images, asked.images ?? 0) : images || asked.images };
  }
  if (operation === 'audio.speech') {
    const { seconds = 0 } = asked;
    return failed || delivered.audioBytes === 0
      ? asked
      : { ...asked, seconds: Math.min(seconds, spokenSeconds(params, delivered.audioBytes)) };
  }
  return delivered.heardSeconds === undefined ? asked : { ...asked, seconds: delivered.heardSeconds };
}

/** A provider that has begun to send steps of images goes on until all are finished. */
export function imagesIn(params: Params, { images, isRendering }: Delivered): number {
  return isRendering ? Math.max(images, choicesOf(params)) : images;
}

/** Slow speech, some 100 words of English a minute: sound mostly lasts no longer than its words let expect. */
export const SPOKEN_BYTES_PER_SECOND = 10;
/** Samples of 16 bits at 24,000 a second, as OpenAI's `wav` and `pcm` have them: its other formats have fewer bytes. */
export const MOST_AUDIO_BYTES_PER_SECOND = 48_000;
/** By caution: speech is not slower than some 5 characters a second. */
const SLOWEST_BYTES_PER_SECOND = 4.5;

/** How long sound of so many bytes lasts. The words were sent, so that they are known in any format. */
export function spokenSeconds(params: Params, audioBytes: number): number {
  return Math.max(wordBytes(params) / SPOKEN_BYTES_PER_SECOND / speedOf(params), audioBytes / MOST_AUDIO_BYTES_PER_SECOND);
}

function spokenUnits(params: Params): UnitCounts {
  const characters = typeof params.input === 'string' ? params.input.length : 0;
  return { characters, seconds: wordBytes(params) / SLOWEST_BYTES_PER_SECOND / speedOf(params) + 2 };
}

function wordBytes({ input }: Params): number {
  return typeof input === 'string' ? Buffer.byteLength(input) : 0;
}

/** Below full speed words take longer. */
function speedOf({ speed }: Params): number {
  return typeof speed === 'number' && speed > 0 ? Math.min(speed, 1) : 1;
}

/**
 * What begins a session at OpenAI, hands out its secret, or opens a container (paths of the openai package, 7.57). The paths
 * under realtime and live that do not are free.
 */
const SESSIONS = /^\/(?:(?:realtime|live)\/.+|chatkit\/sessions|agents\/sessions|containers)$/;

/** The first part of a path, under which what names no model is counted and priced. */
export function placeOf(path: string): string {
  return plainPath(path).split('/')[1] ?? '';
}

/** Of a path that is handed through; `found`: what its body holds. */
function unitsOfPath(path: string, params: Params, found: Measure): UnitCounts | undefined {
  if (SESSIONS.test(path)) return { sessions: 1 };
  if (path.startsWith('/images/')) return { images: choicesOf(params) };
  if (path.startsWith('/audio/')) return found.audioBytes > 0 ? { seconds: audioSeconds(found.audioBytes) } : spokenUnits(params);
  const seconds = path === '/videos' || path === '/videos/extensions' ? secondsOfVideo(params) : undefined;
  return seconds === undefined ? undefined : { seconds };
}

/** OpenAI makes videos of 4, 8 or 12 seconds, of 4 if nothing is said (`VideoCreateParams.seconds`). */
const SECONDS_OF_VIDEO = 4;

function secondsOfVideo({ seconds = SECONDS_OF_VIDEO }: Params): number | undefined {
  const count = typeof seconds === 'string' || typeof seconds === 'number' ? Number(seconds) : Number.NaN;
  return count > 0 && Number.isFinite(count) ? count : undefined;
}

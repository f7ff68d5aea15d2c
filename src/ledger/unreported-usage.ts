import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import { outputLimitOf } from '../core/output-limit.ts';
import { SentParams } from '../core/sent-params.ts';
import { NO_USAGE, type Usage } from '../core/usage.ts';
import { CallEstimate } from './call-estimate.ts';
import type { Delivered } from './delivered.ts';
import type { Estimator } from './estimate.ts';
import { AUDIO_TOKENS_PER_SECOND, generatedImageTokens } from './media-tokens.ts';
import { imagesIn, MOST_AUDIO_BYTES_PER_SECOND, SPOKEN_BYTES_PER_SECOND, spokenSeconds } from './unit-counts.ts';

/** Speech at 32 kbit/s: what sound without words lasts, if its format is a compressed one. */
const COMPRESSED_BYTES_PER_SECOND = 4_000;
const UNCOMPRESSED: ReadonlySet<unknown> = new Set(['wav', 'pcm', 'pcm16']);
/** Text of more bytes a token is not to be had from any tokenizer. */
const MOST_BYTES_PER_TOKEN = 8;

/**
 * Usage of an answer that reported none: never nothing, and the same in whatever format the answer was asked for. It
 * stays within the call's bound, unless more text came than the bound can hold.
 */
export function unreportedUsage(call: Call, deployment: Deployment, delivered: Delivered, estimator: Estimator): Usage {
  const bound = new CallEstimate(call, [deployment], estimator, call.startedAt);
  const input = inputOf(call, bound, delivered, estimator.probableMedia(call, deployment));
  const output = outputOf(call, deployment, bound, delivered, estimator);
  return { ...NO_USAGE, ...input, ...output };
}

type Input = Pick<Usage, 'inputTokens' | 'inputAudioTokens' | 'inputImageTokens'>;
type Output = Pick<Usage, 'outputTokens' | 'outputAudioTokens' | 'outputImageTokens'>;

function inputOf(
  { operation }: Call,
  bound: CallEstimate,
  delivered: Delivered,
  media: { readonly audio: number; readonly images: number },
): Input {
  const heard = isTranscript(operation) ? heardTokens(media.audio, delivered) : media.audio;
  const most = delivered.heardSeconds === undefined ? bound.strict.usage.inputTokens : Number.MAX_SAFE_INTEGER;
  const inputTokens = Math.min(bound.expectedInputTokens - media.audio + heard, most);
  return {
    inputTokens,
    inputAudioTokens: Math.min(heard, inputTokens) || undefined,
    // Of images in a chat no vendor tells the tokens apart, and they cost what text does.
    inputImageTokens: operation.startsWith('images.') ? Math.min(media.images, inputTokens) || undefined : undefined,
  };
}

/** By the length that the answer tells, else the longer of what the file's size and the words that came let expect. */
function heardTokens(bySize: number, { heardSeconds, textBytes }: Delivered): number {
  if (heardSeconds !== undefined) return Math.ceil(heardSeconds * AUDIO_TOKENS_PER_SECOND);
  return Math.max(bySize, Math.ceil((textBytes / SPOKEN_BYTES_PER_SECOND) * AUDIO_TOKENS_PER_SECOND));
}

function outputOf(call: Call, deployment: Deployment, bound: CallEstimate, delivered: Delivered, estimator: Estimator): Output {
  const { operation } = call;
  if (operation === 'audio.speech') {
    const outputTokens = Math.min(speechTokens(call, delivered), bound.strict.usage.outputTokens);
    return { outputTokens, outputAudioTokens: outputTokens || undefined };
  }
  const images = imagesIn(call.params, delivered) * generatedImageTokens(deployment.upstreamModel);
  if (operation.startsWith('images.')) return { outputTokens: images, outputImageTokens: images || undefined };
  if (operation === 'embeddings' || operation === 'moderations') return { outputTokens: 0 };
  const spoken = spokenTokens(call, delivered);
  // A tool makes the images of a Responses answer, beside what is bounded.
  const apart = operation === 'responses' ? images : 0;
  const counted = estimator.tokensOf(deployment, delivered.textBytes) + spoken + images - apart;
  const most = isBounded(call, deployment) ? bound.strict.usage.outputTokens : counted;
  const written = delivered.textBytes > most * MOST_BYTES_PER_TOKEN ? counted : Math.min(counted, most);
  const outputAudioTokens = Math.min(spoken, written);
  return {
    outputTokens: written + apart,
    outputAudioTokens: outputAudioTokens || undefined,
    outputImageTokens: apart || Math.min(images, written - outputAudioTokens) || undefined,
  };
}

function speechTokens({ params }: Call, { audioBytes }: Delivered): number {
  return audioBytes === 0 ? 0 : Math.ceil(spokenSeconds(params, audioBytes) * AUDIO_TOKENS_PER_SECOND);
}

function spokenTokens({ params }: Call, { spokenBytes, audioBytes }: Delivered): number {
  if (spokenBytes === 0 && audioBytes === 0) return 0;
  const format = (params.audio as { format?: unknown } | null | undefined)?.format;
  const isDense = spokenBytes > 0 || UNCOMPRESSED.has(format);
  const bySize = audioBytes / (isDense ? MOST_AUDIO_BYTES_PER_SECOND : COMPRESSED_BYTES_PER_SECOND);
  return Math.ceil(Math.max(spokenBytes / SPOKEN_BYTES_PER_SECOND, bySize) * AUDIO_TOKENS_PER_SECOND);
}

function isTranscript(operation: Call['operation']): boolean {
  return operation === 'audio.transcription' || operation === 'audio.translation';
}

/** Whether anything that is sent bounds the output, or the operation does. */
function isBounded(call: Call, deployment: Deployment): boolean {
  const { operation, outputBound } = call;
  if (outputBound !== undefined || operation.startsWith('audio.')) return true;
  return outputLimitOf(operation, new SentParams(call).unbounded(deployment)) !== undefined;
}

import type { Operation } from '../core/operation.ts';
import type { Params } from '../core/params.ts';
import type { Measure } from './measure.ts';

/** Classes of tokens that a call asks for; their rates count in its bound, and one that is not known makes it unpriced. */
export interface AskedFor {
  /** Something but text and the usual cache may be in the input. */
  readonly special: boolean;
  /** Cache writes that are kept for an hour. */
  readonly hourCache: boolean;
  readonly inputAudio: boolean;
  readonly inputImage: boolean;
  readonly inputVideo: boolean;
  /** Input that is not looked into: a file, an earlier response. Of its classes those count that have a known rate. */
  readonly unseenInput: boolean;
  readonly outputAudio: boolean;
  readonly outputImage: boolean;
  /** Nothing says what is to come out: a model that draws by itself may draw. */
  readonly openOutput: boolean;
}

/** Asks for text and nothing else. */
export const TEXT_ONLY: AskedFor = Object.freeze({
  special: false,
  hourCache: false,
  inputAudio: false,
  inputImage: false,
  inputVideo: false,
  unseenInput: false,
  outputAudio: false,
  outputImage: false,
  openOutput: false,
});

const TEXT_IN_OPEN_OUT: AskedFor = Object.freeze({ ...TEXT_ONLY, openOutput: true });

/** What the params that are sent ask for. Nothing is allocated for plain text. `drawsAtAFee`: the tool that makes images has a price by its uses. */
export function askedFor(operation: Operation, params: Params, found: Measure, drawsAtAFee = false): AskedFor {
  const { modalities } = params;
  const drawsByTool = !drawsAtAFee && offersImages(params.tools);
  const { images, audioBytes, files, hiddenContext, hourCache, media } = found;
  const pictures = images.low + images.high + images.auto > 0;
  const isChat = operation === 'chat' || operation === 'responses';
  const makesMedia = operation.startsWith('audio.') || operation.startsWith('images.');
  const seesMedia = pictures || audioBytes > 0 || files.length > 0 || hiddenContext || media.audio || media.video;
  if (!Array.isArray(modalities) && !seesMedia && !hourCache && !makesMedia && !drawsByTool) {
    return isChat ? TEXT_IN_OPEN_OUT : TEXT_ONLY;
  }
  const speaks = Array.isArray(modalities) && modalities.includes('audio');
  const asked = {
    hourCache,
    // A spoken answer of before is named by its id, and read again.
    inputAudio:
      audioBytes > 0 || media.audio || speaks || operation === 'audio.transcription' || operation === 'audio.translation',
    inputImage: pictures || operation === 'images.edit' || operation === 'images.variation',
    inputVideo: media.video,
    unseenInput: files.length > 0 || hiddenContext,
    outputAudio: speaks || operation === 'audio.speech',
    outputImage: operation.startsWith('images.') || drawsByTool || (Array.isArray(modalities) && modalities.includes('image')),
    openOutput: isChat && !Array.isArray(modalities),
  };
  const special = asked.hourCache || asked.inputAudio || asked.inputImage || asked.inputVideo || asked.unseenInput;
  return { special, ...asked };
}

/** OpenAI's image generation tool bills the images of another model beside the answer. */
function offersImages(tools: unknown): boolean {
  return Array.isArray(tools) && tools.some((tool) => tool?.type === 'image_generation');
}

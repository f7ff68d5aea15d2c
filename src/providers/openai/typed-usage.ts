import { inputDetails, outputDetails } from '../../core/openai-usage.ts';
import type { Operation } from '../../core/operation.ts';
import { reportedFromOpenAi, toTokenCount, type Usage } from '../../core/usage.ts';
import { mark, markUntoldOutput } from './usage.ts';
import { isRecord, type RawRecord } from './wire-types.ts';

/**
 * Usage of the operations whose answers pass as they are (Responses, images, speech, transcripts). The kind of tokens that
 * only the operation tells is named in `raw`.
 */
export function readTypedUsage(raw: unknown, operation: Operation): Usage | undefined {
  if (!isRecord(raw)) return undefined;
  nameImpliedClass(raw, operation);
  const usage = reportedFromOpenAi(raw);
  return operation === 'responses' || IMPLIED.has(operation) ? markUntoldOutput(usage, raw) : usage;
}

/**
 * OpenAI's types of images and transcripts have optional details; speech has none. If they are missing the tokens are
 * of the kind that the operation is about, which is the dearer one.
 */
function nameImpliedClass(raw: RawRecord, operation: Operation): void {
  const implied = IMPLIED.get(operation);
  if (implied === undefined || raw.type === 'duration') return;
  const count = toTokenCount(raw[implied.of]);
  if (count === undefined || implied.known.some((name) => isRecord(raw[name]))) return;
  raw[implied.details] = { [implied.tokens]: count, text_tokens: 0 };
}

interface ImpliedClass {
  readonly of: string;
  readonly details: string;
  readonly known: readonly string[];
  readonly tokens: string;
}

const INPUT_DETAILS = ['input_tokens_details', 'input_token_details'] as const;
const OUTPUT_DETAILS = ['output_tokens_details', 'output_token_details'] as const;

const DRAWN: ImpliedClass = {
  of: 'output_tokens',
  details: 'output_tokens_details',
  known: OUTPUT_DETAILS,
  tokens: 'image_tokens',
};
const SPOKEN: ImpliedClass = { ...DRAWN, details: 'output_token_details', tokens: 'audio_tokens' };
const HEARD: ImpliedClass = {
  of: 'input_tokens',
  details: 'input_token_details',
  known: INPUT_DETAILS,
  tokens: 'audio_tokens',
};

const IMPLIED: ReadonlyMap<Operation, ImpliedClass> = new Map([
  ['images.generate', DRAWN],
  ['images.edit', DRAWN],
  ['images.variation', DRAWN],
  ['audio.speech', SPOKEN],
  ['audio.transcription', HEARD],
  ['audio.translation', HEARD],
]);

/** Makes the object say what was read of it; if that is what it said, nothing changes. */
export function writeTypedUsage(raw: RawRecord, usage: Usage): void {
  const { inputTokens, outputTokens } = usage;
  writeCount(raw, raw.prompt_tokens === undefined ? 'input_tokens' : 'prompt_tokens', inputTokens);
  writeCount(raw, raw.completion_tokens === undefined ? 'output_tokens' : 'completion_tokens', outputTokens);
  if (raw.total_tokens !== undefined || usage.repaired) raw.total_tokens = inputTokens + outputTokens;
  writeDetails(raw, ['prompt_tokens_details', ...INPUT_DETAILS], 'input_tokens_details', inputDetails(usage), INPUT_CLASSES);
  writeDetails(
    raw,
    ['completion_tokens_details', ...OUTPUT_DETAILS],
    'output_tokens_details',
    outputDetails(usage),
    OUTPUT_CLASSES,
  );
  mark(raw, usage);
}

function writeCount(raw: RawRecord, name: string, count: number): void {
  if (raw[name] !== undefined || count > 0) raw[name] = count;
}

const INPUT_CLASSES = [
  'cached_tokens',
  'cache_write_tokens',
  'cache_write_1h_tokens',
  'audio_tokens',
  'image_tokens',
  'video_tokens',
];
const OUTPUT_CLASSES = ['reasoning_tokens', 'audio_tokens', 'image_tokens', 'video_tokens', 'citation_tokens'];

/** A class that the details name is written where it stands, another only if it has tokens. */
function writeDetails(
  raw: RawRecord,
  names: readonly string[],
  ownName: string,
  counts: Readonly<RawRecord>,
  classes: readonly string[],
): void {
  const name = names.find((candidate) => isRecord(raw[candidate])) ?? ownName;
  const known = raw[name];
  const details: RawRecord = isRecord(known) ? known : {};
  let says = false;
  for (const tokens of classes) {
    if (details[tokens] === undefined && !counts[tokens]) continue;
    details[tokens] = counts[tokens] ?? 0;
    says = true;
  }
  if (counts.cached_tokens_details !== undefined || details.cached_tokens_details !== undefined) {
    writeCached(details, counts.cached_tokens_details);
  }
  if (says) raw[name] = details;
}

function writeCached(details: RawRecord, counts: unknown): void {
  const known = details.cached_tokens_details;
  if (isRecord(known) && !isRecord(counts)) {
    for (const name of ['audio_tokens', 'image_tokens']) if (known[name] !== undefined) known[name] = 0;
  } else if (isRecord(known)) Object.assign(known, counts);
  else details.cached_tokens_details = counts;
}

import { COUNT, LONGEST_BY_PATTERN, QUOTED, unquoted } from '../quoted-text.ts';
import type { GeminiResponse, GeminiUsage } from './wire-types.ts';

/**
 * Nearly every item of a stream is a piece of text with its counts, in these words and in this order: it is read in a quarter of
 * the time that JSON takes. Any other form is left to the parser.
 */
export function asPieceOfText(data: string): GeminiResponse | undefined {
  if (data.length > LONGEST_BY_PATTERN) return undefined;
  const match = PIECE.exec(data);
  if (match === null) return undefined;
  const text = unquoted(match[1] ?? '');
  if (text === undefined) return undefined;
  return {
    candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0 }],
    usageMetadata: toUsageMetadata(match),
    modelVersion: match[8] ?? '',
    responseId: match[9] ?? '',
  };
}

/** In the order of the wire. */
function toUsageMetadata(match: RegExpExecArray): GeminiUsage {
  const usage: GeminiUsage = {
    promptTokenCount: Number(match[2]),
    candidatesTokenCount: Number(match[3]),
    totalTokenCount: Number(match[4]),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: Number(match[5]) }],
  };
  if (match[6] !== undefined) usage.thoughtsTokenCount = Number(match[6]);
  if (match[7] !== undefined) usage.serviceTier = match[7];
  return usage;
}

const NAME = '([^"\\\\\\u0000-\\u001f]*)';

// Google writes a space behind a colon and none behind a comma; others write neither.
const PIECE = new RegExp(
  `^\\{"candidates": ?\\[\\{"content": ?\\{"parts": ?\\[\\{"text": ?"${QUOTED}"\\}\\],"role": ?"model"\\},"index": ?0\\}\\],` +
    `"usageMetadata": ?\\{"promptTokenCount": ?${COUNT},"candidatesTokenCount": ?${COUNT},"totalTokenCount": ?${COUNT},` +
    `"promptTokensDetails": ?\\[\\{"modality": ?"TEXT","tokenCount": ?${COUNT}\\}\\]` +
    `(?:,"thoughtsTokenCount": ?${COUNT})?(?:,"serviceTier": ?"${NAME}")?\\},` +
    `"modelVersion": ?"${NAME}","responseId": ?"${NAME}"\\}$`,
);

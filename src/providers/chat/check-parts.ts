import type { ContentPart } from '../../core/chat.ts';
import { isRecord, type JsonRecord } from '../../core/json.ts';
import { RequestInvalid } from '../request-invalid.ts';
import { isAbsent, isRecordOrAbsent, isTextOrAbsent, type Problem } from './records.ts';

/**
 * Checks a message's parts: those of OpenAI's types have OpenAI's form, the others at least a type. Throws
 * `RequestInvalid` with the path of the first that is malformed, below the message at `position`.
 */
export function checkParts(parts: readonly unknown[], position: number): asserts parts is readonly ContentPart[] {
  for (let place = 0; place < parts.length; place += 1) {
    const problem = problemOf(parts[place]);
    if (problem) throw new RequestInvalid(`messages[${position}].content[${place}]${problem.at}`, problem.expected);
  }
}

const NO_PART: Problem = { at: '', expected: 'a content part' };
const NO_TYPE: Problem = { at: '.type', expected: 'the type of a content part' };
const NO_TEXT: Problem = { at: '.text', expected: 'a string' };
const NO_REFUSAL: Problem = { at: '.refusal', expected: 'a string' };
const NO_URL: Problem = { at: '.image_url.url', expected: 'a URL' };
const NO_AUDIO: Problem = { at: '.input_audio.data', expected: 'base64 data' };
const NO_FORMAT: Problem = { at: '.input_audio.format', expected: 'the name of a format' };
const NO_FILE: Problem = { at: '.file', expected: 'an object with file_data or file_id' };
const NO_FILE_DATA: Problem = { at: '.file.file_data', expected: 'a string' };
const NO_FILE_ID: Problem = { at: '.file.file_id', expected: 'a string' };
const NO_FILENAME: Problem = { at: '.file.filename', expected: 'a string' };
const NO_MARK: Problem = { at: '.cache_control', expected: 'an object' };

function problemOf(part: unknown): Problem | undefined {
  if (!isRecord(part)) return NO_PART;
  if (!isRecordOrAbsent(part.cache_control)) return NO_MARK;
  switch (part.type) {
    case 'text':
      return typeof part.text === 'string' ? undefined : NO_TEXT;
    case 'refusal':
      return typeof part.refusal === 'string' ? undefined : NO_REFUSAL;
    case 'image_url':
      return isRecord(part.image_url) && isFilled(part.image_url.url) ? undefined : NO_URL;
    case 'input_audio':
      return problemOfAudio(part.input_audio);
    case 'file':
      return isRecord(part.file) ? problemOfFile(part.file) : NO_FILE;
    default:
      return isFilled(part.type) ? undefined : NO_TYPE;
  }
}

function problemOfAudio(audio: unknown): Problem | undefined {
  if (!isRecord(audio) || typeof audio.data !== 'string') return NO_AUDIO;
  return isAbsent(audio.format) || isFilled(audio.format) ? undefined : NO_FORMAT;
}

function problemOfFile({ file_data: data, file_id: id, filename }: JsonRecord): Problem | undefined {
  if (!isTextOrAbsent(data)) return NO_FILE_DATA;
  if (!isTextOrAbsent(id)) return NO_FILE_ID;
  if (!isTextOrAbsent(filename)) return NO_FILENAME;
  return data || id ? undefined : NO_FILE;
}

function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

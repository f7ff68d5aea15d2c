import { hash } from 'node:crypto';
import { isRecord } from '../../core/json.ts';
import type { CacheEntry } from '../cache-entry.ts';

/**
 * What an answer says, for comparing it with another: all of its texts and calls of tools. Ids, usage, reasoning, capitals,
 * spaces and the point at the end make no difference; any other word or sign does.
 */
export function answerDigest({ body, operation }: CacheEntry): string {
  const answer: unknown = JSON.parse(body);
  const said = isRecord(answer) ? listed(operation === 'responses' ? answer.output : answer.choices) : [];
  return hash('sha256', JSON.stringify(said.map(wordsOf)), 'base64url');
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Of a choice of a chat, or of an item of a response. */
function wordsOf(part: unknown): unknown {
  if (!isRecord(part)) return part;
  if (isRecord(part.message))
    return [plain(part.message.content), listed(part.message.tool_calls).map(callOf), part.finish_reason];
  switch (part.type) {
    case 'reasoning':
      return null;
    case 'message':
      return listed(part.content).map((content) => (isRecord(content) ? plain(content.text ?? content.refusal) : content));
    default:
      return callOf(part);
  }
}

/** A call of a tool by what it asks for, and anything that is not known as it stands, but for its id. */
function callOf(call: unknown): unknown {
  if (!isRecord(call)) return call;
  const { id: _id, call_id: _callId, status: _status, ...rest } = call;
  return rest;
}

function plain(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  return text.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim().replace(/[.!]$/, '');
}

import { isRecord } from '../../core/json.ts';

/** The same without the probabilities of its tokens, which tell a text once more; what has none is shared. */
export function withoutLogprobs<T>(value: T): T {
  return stripped(value) as T;
}

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(stripped);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isRecord(value)) return value;
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(value)) {
    const field = value[name];
    const left = name === 'logprobs' ? emptied(field) : stripped(field);
    if (left === field) continue;
    copy ??= { ...value };
    copy[name] = left;
  }
  return copy ?? value;
}

/** Lists of the Responses API stay lists; those of chats are null if there are none. */
function emptied(logprobs: unknown): unknown {
  if (!Array.isArray(logprobs)) return isRecord(logprobs) ? null : logprobs;
  return logprobs.length === 0 ? logprobs : [];
}

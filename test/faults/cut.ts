import type { PartialAnswer } from 'tollgate';
import { StreamInterruptedError } from 'tollgate';

/** One delta as its content, so that items of different ids and times can be compared. */
function contentOf(item: unknown): string {
  const { choices } = item as { choices: { delta: Record<string, unknown> }[] };
  const { content, reasoning_content, tool_calls, refusal } = choices[0]?.delta ?? {};
  const calls = Array.isArray(tool_calls) ? (tool_calls as { index: number; function?: { arguments?: string } }[]) : [];
  return [content, refusal, reasoning_content, ...calls.map((call) => `${call.index}:${call.function?.arguments ?? ''}`)]
    .filter(Boolean)
    .join('|');
}

/** What a reader had of a stream: the content of its items, and how it ended. */
export interface CutReading {
  readonly contents: readonly string[];
  readonly items: readonly unknown[];
  readonly error: unknown;
}

export async function readItems(stream: AsyncIterable<unknown>): Promise<CutReading> {
  const items: unknown[] = [];
  let error: unknown;
  try {
    for await (const item of stream) items.push(item);
  } catch (thrown) {
    error = thrown;
  }
  return { contents: items.map(contentOf).filter((content) => content !== ''), items, error };
}

export type Verdict = 'fallback' | 'interrupted' | 'whole' | `wrong: ${string}`;

/** Which of the three right ends a reading is, given the whole answer and that of the fallback. */
export function judge(reading: CutReading, whole: readonly string[], fallback: readonly string[]): Verdict {
  const { contents, error } = reading;
  if (error === undefined) {
    if (isEqual(contents, whole)) return 'whole';
    return isEqual(contents, fallback) ? 'fallback' : `wrong: ended regularly with ${JSON.stringify(contents)}`;
  }
  if (!(error instanceof StreamInterruptedError)) return `wrong: ${String(error)}`;
  if (contents.length === 0) return 'wrong: interrupted before the commit';
  if (!isEqual(contents, whole.slice(0, contents.length))) return `wrong: no prefix, ${JSON.stringify(contents)}`;
  if (!isEqual(deliveredOf(reading.items), error.partial)) return `wrong: partial ${JSON.stringify(error.partial)}`;
  return 'interrupted';
}

/** What the items hold, put together by the rules of OpenAI's streams. */
function deliveredOf(items: readonly unknown[]): PartialAnswer {
  let text = '';
  let reasoning = '';
  const toolCalls: { id: string; name: string; arguments: string }[] = [];
  for (const item of items) {
    const { choices } = item as { choices: { delta: Delta }[] };
    const delta = choices[0]?.delta;
    text += (delta?.content ?? '') + (delta?.refusal ?? '');
    reasoning += delta?.reasoning_content ?? '';
    for (const call of delta?.tool_calls ?? []) {
      toolCalls[call.index] ??= { id: call.id ?? '', name: call.function?.name ?? '', arguments: '' };
      const known = toolCalls[call.index];
      if (known) known.arguments += call.function?.arguments ?? '';
    }
  }
  return { text, reasoning, toolCalls };
}

interface Delta {
  content?: string | null;
  refusal?: string | null;
  reasoning_content?: string;
  tool_calls?: { index: number; id?: string; function?: { name?: string; arguments?: string } }[];
}

function isEqual(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

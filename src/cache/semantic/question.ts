import type { SemanticPlan } from '../../core/cache-plan.ts';
import type { Call } from '../../core/call.ts';
import { isRecord } from '../../core/json.ts';
import type { Params } from '../../core/params.ts';

/** A call as a question and all that it stands in. */
export interface Question {
  readonly text: string;
  /** The params without the question. */
  readonly rest: Params;
}

/**
 * The question that a call ends with; undefined for a call that is not to be compared by meaning: with tools or a history,
 * unless the configuration takes them, with parts that are no text, or no question at all; nor is what the gateway itself
 * asks, whose answer is about this very content.
 */
export function questionOf({ operation, params, question }: Call, plan: SemanticPlan): Question | undefined {
  if (question !== undefined) return undefined;
  if (operation !== 'chat' && operation !== 'responses') return undefined;
  const { tools, functions } = params;
  if (!plan.tools && [tools, functions].some((list) => Array.isArray(list) && list.length > 0)) return undefined;
  const name = operation === 'chat' ? 'messages' : 'input';
  const turns = params[name];
  if (typeof turns === 'string' && operation === 'responses') return asQuestion(turns, params, name, null);
  if (!Array.isArray(turns)) return undefined;
  const last: unknown = turns.at(-1);
  if (!isRecord(last) || last.role !== 'user') return undefined;
  const earlier = turns.slice(0, -1);
  if (!plan.conversations && !earlier.every(isInstruction)) return undefined;
  const { content, ...others } = last;
  return asQuestion(textOf(content), params, name, [...earlier, others]);
}

function asQuestion(text: string | undefined, params: Params, name: 'messages' | 'input', rest: unknown): Question | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  return { text, rest: { ...params, [name]: rest } };
}

function isInstruction(turn: unknown): boolean {
  return isRecord(turn) && (turn.role === 'system' || turn.role === 'developer');
}

function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content) || content.length !== 1) return undefined;
  const part: unknown = content[0];
  return isRecord(part) && typeof part.text === 'string' && Object.keys(part).length === 2 ? part.text : undefined;
}

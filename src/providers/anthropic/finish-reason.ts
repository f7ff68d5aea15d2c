import type { FinishReason } from '../../core/chat.ts';
import { meaningOfFinish } from '../meaning-of-finish.ts';

/**
 * OpenAI's word for a `stop_reason`. `calls` is what the answer shows of tool calls: a forced answer tool is content, so
 * that `tool_use` without calls is a plain stop, and legacy `functions` have a word of their own. Words of later versions
 * are decided by the calls too.
 */
export function toFinishReason(stopReason: string | null | undefined, calls: 'none' | 'tools' | 'function'): FinishReason {
  const known = meaningOfFinish(stopReason ?? '');
  if (known === 'stop' || known === 'length' || known === 'content_filter') return known;
  if (calls === 'none') return 'stop';
  return calls === 'tools' ? 'tool_calls' : 'function_call';
}

import type { CacheControl as GivenControl } from '../../core/chat.ts';
import type { CacheControl, MessagesRequest } from './wire-types.ts';

/** The caller's mark as it is: whether Anthropic takes it is for Anthropic to say. */
export function cacheMark(given: GivenControl): CacheControl {
  return given as CacheControl;
}

// Anthropic's guide to prompt caching: more than four marks in a request are refused.
const MOST_MARKS = 4;

/** Takes the earliest marks away if there are too many: a later one covers all that stands before it. */
export function limitCacheMarks(body: MessagesRequest): void {
  const { tools = [], system, messages } = body;
  let surplus = marksIn(tools) + marksIn(system) - MOST_MARKS + ('cache_control' in body ? 1 : 0);
  for (const { content } of messages) surplus += marksIn(content);
  if (surplus <= 0) return;
  const unmarked = <T extends object>(block: T): T => {
    if (surplus <= 0 || !isMarked(block)) return block;
    surplus -= 1;
    return { ...block, cache_control: undefined };
  };
  if (tools.length > 0) body.tools = tools.map(unmarked);
  if (system) body.system = system.map(unmarked);
  body.messages = messages.map((message) => {
    if (message.role === 'system') return { role: 'system', content: message.content.map(unmarked) };
    return { role: message.role, content: message.content.map(unmarked) };
  });
}

function marksIn(blocks: readonly object[] = []): number {
  let marks = 0;
  for (const block of blocks) if (isMarked(block)) marks += 1;
  return marks;
}

function isMarked(block: object): boolean {
  return 'cache_control' in block && block.cache_control !== undefined && block.cache_control !== null;
}

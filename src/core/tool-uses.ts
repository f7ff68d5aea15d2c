import { toTokenCount, type Usage } from './usage.ts';
import { toolUsedIn } from './vendor-tools.ts';

/** The usage with the uses of vendors' tools that the answer shows: by the items of its output, or by the vendor's count. */
export function withToolUses(usage: Usage | undefined, answer: unknown): Usage | undefined {
  if (usage === undefined) return undefined;
  const toolUses = toolUsesIn(answer as AnswerWithTools);
  return toolUses === undefined ? usage : { ...usage, toolUses };
}

interface AnswerWithTools {
  readonly output?: unknown;
  /** Anthropic's count, which OpenRouter gives too: `{ web_search_requests: 2 }`. */
  readonly usage?: { readonly server_tool_use?: unknown } | null;
}

const REQUESTS = '_requests';

function toolUsesIn({ output, usage }: AnswerWithTools): Record<string, number> | undefined {
  let uses: Record<string, number> | undefined;
  if (Array.isArray(output)) {
    for (const item of output) {
      const name = toolUsedIn(item);
      if (name === undefined) continue;
      uses ??= {};
      uses[name] = (uses[name] ?? 0) + 1;
    }
  }
  const counts = usage?.server_tool_use;
  if (typeof counts !== 'object' || counts === null) return uses;
  uses ??= {};
  for (const [name, count] of Object.entries(counts)) {
    if (name.endsWith(REQUESTS)) uses[name.slice(0, -REQUESTS.length)] = toTokenCount(count) ?? 0;
  }
  return uses;
}

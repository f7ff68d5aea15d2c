import { isRecord } from '../../core/json.ts';
import type { Usage } from '../../core/usage.ts';
import { toolUsedIn } from '../../core/vendor-tools.ts';
import type { StreamTally } from './stream-tally.ts';

/** Names of the tools that a whole answer asks its caller to run, a name for each call. */
export function calledTools(answer: unknown): string[] {
  if (!isRecord(answer)) return [];
  const { choices, output } = answer;
  const names: string[] = [];
  for (const choice of listOf(choices)) {
    const message = isRecord(choice) ? choice.message : undefined;
    if (!isRecord(message)) continue;
    for (const call of listOf(message.tool_calls)) names.push(nameOf(isRecord(call) ? (call.function ?? call.custom) : call));
    if (isRecord(message.function_call)) names.push(nameOf(message.function_call));
  }
  // What the vendor has run is counted by the usage.
  for (const item of listOf(output)) if (isCall(item) && toolUsedIn(item) === undefined) names.push(nameOf(item));
  return names;
}

/** All tools of an answer, a name for each call: those of its whole, or of its stream so far, and those that the vendor ran. */
export function toolsOf({ toolUses = {} }: Usage, whole: readonly string[] = [], stream?: StreamTally): string[] {
  const streamed = stream?.partial().toolCalls.map(({ name }) => name || NAMELESS) ?? [];
  const ran = Object.entries(toolUses).flatMap(([name, count]) => Array.from({ length: count }, () => name));
  return [...whole, ...streamed, ...ran];
}

const CALL = '_call';
const NAMELESS = 'tool';

function isCall(item: unknown): boolean {
  return isRecord(item) && typeof item.type === 'string' && item.type.endsWith(CALL);
}

function nameOf(called: unknown): string {
  if (!isRecord(called)) return NAMELESS;
  const { name, type } = called;
  if (typeof name === 'string' && name !== '') return name;
  return typeof type === 'string' && type !== '' ? type : NAMELESS;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

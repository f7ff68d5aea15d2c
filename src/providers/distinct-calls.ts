import { toolCallId } from './tool-call-id.ts';

interface WholeCall {
  id?: unknown;
  function?: unknown;
}

/**
 * The tool calls of a whole message, each under an id that no other has: a call that is there twice, id, name and
 * arguments alike, is one; another call under the same id gets an id by its place. The list itself if all is well.
 */
export function distinctCalls<Call extends WholeCall>(calls: Call[], answerId: string, choiceIndex: number): Call[] {
  if (calls.length < 2) return calls;
  const byId = new Map<unknown, Call>();
  return calls.filter((call, position) => {
    const earlier = byId.get(call.id);
    if (earlier === undefined) {
      byId.set(call.id, call);
      return true;
    }
    if (JSON.stringify(earlier.function) === JSON.stringify(call.function)) return false;
    call.id = toolCallId(answerId, choiceIndex, position);
    return true;
  });
}

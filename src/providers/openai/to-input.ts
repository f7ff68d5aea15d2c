import { boundedToolCallId } from '../tool-call-id.ts';
import type { VendorQuirks } from './quirks.ts';
import { isRecord } from './wire-types.ts';
import { withoutForeignReasoning } from './without-foreign-reasoning.ts';

/** The input of the Responses API as the vendor takes it; the same if nothing has to change. */
export function toInput(input: unknown, { foreignReasoning, toolCallIds }: VendorQuirks): unknown {
  const own = foreignReasoning === 'refused' ? withoutForeignReasoning(input) : input;
  return toolCallIds === 'any' ? own : withBoundedCallIds(own);
}

// 400: "Invalid 'input[2].call_id': string too long. Expected a string with maximum length 64".
const LONGEST_CALL_ID = 64;

/** Calls and their results alike, of whatever type. */
function withBoundedCallIds(input: unknown): unknown {
  if (!Array.isArray(input) || !input.some(hasLongId)) return input;
  return input.map((item: unknown) =>
    hasLongId(item) ? { ...item, call_id: boundedToolCallId(item.call_id, LONGEST_CALL_ID) } : item,
  );
}

function hasLongId(item: unknown): item is { readonly call_id: string } {
  return isRecord(item) && typeof item.call_id === 'string' && item.call_id.length > LONGEST_CALL_ID;
}

import { isRecord } from '../../../core/json.ts';
import type { HandlerLimits } from '../../../core/plan.ts';
import { isSealedHere } from '../../../core/sealed.ts';
import { JsonShape } from './json-shape.ts';

/**
 * Holds the arguments of tool calls in a body's history, and its sealed reasoning, to the limits of the body: they are JSON
 * within a text, which wires other than OpenAI's, and the bridge to chat, make values of. Together they may have as many items
 * as a body. Throws `InvalidParamsError`.
 */
export function checkArguments(body: unknown, limits: HandlerLimits): void {
  if (!isRecord(body)) return;
  const shape = new JsonShape(limits);
  for (const message of listOf(body.messages)) {
    for (const call of listOf(message.tool_calls)) if (isRecord(call.function)) follow(shape, call.function.arguments);
    if (isRecord(message.function_call)) follow(shape, message.function_call.arguments);
  }
  for (const { arguments: written, encrypted_content: sealed } of listOf(body.input)) {
    follow(shape, written);
    if (isSealedHere(sealed)) shape.followWhole(Buffer.from(sealed, 'base64url'));
  }
}

function follow(shape: JsonShape, text: unknown): void {
  if (typeof text === 'string') shape.followWhole(Buffer.from(text));
}

function listOf(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

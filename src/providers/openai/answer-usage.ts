import type { Operation } from '../../core/operation.ts';
import type { OpenAiUsage, Usage } from '../../core/usage.ts';
import { usageBeside } from '../reported-usage.ts';
import type { VendorQuirks } from './quirks.ts';
import { readTypedUsage, writeTypedUsage } from './typed-usage.ts';
import { readUsage, writeUsage } from './usage.ts';
import { isRecord, type RawAnswer, type RawRecord } from './wire-types.ts';

/** The usage of a whole chat or text completion, repaired in place; undefined if it is none. */
export function answerUsage(answer: RawAnswer, choices: readonly unknown[], quirks: VendorQuirks): OpenAiUsage | undefined {
  const raw = answer.usage ?? answer.x_groq?.usage ?? usageOfChoice(choices);
  const usage = readUsage(raw, quirks);
  if (usage === undefined || !isRecord(raw)) return undefined;
  const plausible = hasZero(usage) ? usageBeside(usage, charactersOf(choices)) : usage;
  return plausible && writeUsage(raw, plausible);
}

/** Hosts that tell it with a choice of a stream may do so here. */
function usageOfChoice(choices: readonly unknown[]): unknown {
  return choices.length === 1 && isRecord(choices[0]) ? choices[0].usage : undefined;
}

/** Repairs the usage of a Responses answer in place, whole or in an event; zeros beside a long answer are taken out. */
export function responseUsage(response: RawRecord): Usage | undefined {
  const { usage: raw } = response;
  const usage = readTypedUsage(raw, 'responses');
  if (usage === undefined || !isRecord(raw)) return undefined;
  const plausible = hasZero(usage) ? usageBeside(usage, charactersOf(response.output)) : usage;
  if (plausible === undefined) response.usage = undefined;
  else writeTypedUsage(raw, plausible);
  return plausible;
}

/** Repairs the usage of an answer of another operation in place; zeros beside an image or a long text are taken out. */
export function typedUsage(answer: RawRecord, operation: Operation): Usage | undefined {
  const { usage: raw } = answer;
  const usage = readTypedUsage(raw, operation);
  if (usage === undefined || !isRecord(raw)) return usage;
  const plausible = hasZero(usage) ? usageBeside(usage, lengthOf(answer, operation)) : usage;
  if (plausible === undefined) answer.usage = undefined;
  else writeTypedUsage(raw, plausible);
  return plausible;
}

/** No image is short. */
function lengthOf({ text }: RawRecord, operation: Operation): number {
  if (operation.startsWith('images.')) return Number.POSITIVE_INFINITY;
  return typeof text === 'string' ? text.length : 0;
}

function hasZero({ inputTokens, outputTokens }: { inputTokens: number; outputTokens: number }): boolean {
  return inputTokens === 0 || outputTokens === 0;
}

/** Characters of what a model wrote, in choices of completions or items of a response: their texts and arguments. */
function charactersOf(written: unknown, depth = 0): number {
  if (depth > DEEPEST) return 0;
  if (Array.isArray(written)) return written.reduce<number>((sum, item) => sum + charactersOf(item, depth + 1), 0);
  if (!isRecord(written)) return 0;
  let characters = 0;
  for (const name of TEXTS) {
    const text = written[name];
    if (typeof text === 'string') characters += text.length;
  }
  for (const name of HOLDERS) characters += charactersOf(written[name], depth + 1);
  return characters;
}

// Choices, message, calls, call, function: an answer is no deeper.
const DEEPEST = 8;

const TEXTS = ['content', 'text', 'refusal', 'reasoning_content', 'arguments', 'input'] as const;
const HOLDERS = ['message', 'content', 'tool_calls', 'function', 'custom', 'function_call', 'summary'] as const;

import { canThink, type GeminiModel } from './model.ts';
import type { GeminiThinkingConfig } from './wire-types.ts';

/**
 * `reasoning_effort` in the model's own terms: a budget on Gemini 2.5, a level from Gemini 3 on, never both.
 * Undefined if the model can't do what is asked: thinking before 2.5, or no thinking on a model that always thinks.
 */
export function toThinkingConfig(effort: unknown, model: GeminiModel): GeminiThinkingConfig | undefined {
  if (!canThink(model)) return effort === 'none' ? {} : undefined;
  return model.generation < 3 ? toBudget(effort, model) : toLevel(effort, model);
}

// Google's OpenAI-compatible route has 1,024, 8,192 and 24,576; the largest budgets are 32,768 (Pro) and 24,576 (Flash).
const BUDGETS: ReadonlyMap<unknown, number> = new Map([
  ['minimal', 1_024],
  ['low', 1_024],
  ['medium', 8_192],
  ['high', 24_576],
]);

function toBudget(effort: unknown, model: GeminiModel): GeminiThinkingConfig | undefined {
  const isPro = model.name.includes('-pro');
  if (effort === 'none') return isPro ? undefined : { thinkingBudget: 0 };
  const largest = isPro ? 32_768 : 24_576;
  const thinkingBudget = effort === 'xhigh' || effort === 'max' ? largest : BUDGETS.get(effort);
  return thinkingBudget === undefined ? undefined : { thinkingBudget, includeThoughts: true };
}

function toLevel(effort: unknown, model: GeminiModel): GeminiThinkingConfig | undefined {
  const thinkingLevel = levelOf(effort, model);
  return thinkingLevel === undefined ? undefined : { thinkingLevel, includeThoughts: true };
}

function levelOf(effort: unknown, model: GeminiModel): GeminiThinkingConfig['thinkingLevel'] {
  switch (effort) {
    case 'minimal':
      return hasMinimal(model) ? 'MINIMAL' : 'LOW';
    case 'low':
      return 'LOW';
    case 'medium':
      return isFirstPro(model) ? 'HIGH' : 'MEDIUM';
    case 'high':
    case 'xhigh':
    case 'max':
      return 'HIGH';
    default:
      return undefined;
  }
}

/** Flash models up to 3.6 and all Flash-Lite models know `MINIMAL`; Pro models and Flash from 3.7 on refuse it. */
function hasMinimal({ name, generation }: GeminiModel): boolean {
  if (name.includes('flash-lite')) return true;
  return name.includes('flash') && generation <= 3.6;
}

/** Gemini 3 Pro knows only `LOW` and `HIGH`; 3.1 Pro has `MEDIUM` too. */
function isFirstPro({ name, generation }: GeminiModel): boolean {
  return name.includes('-pro') && generation === 3;
}

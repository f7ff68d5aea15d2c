import type { ChatParams } from '../../core/chat.ts';
import { LEAST_THINKING_TOKENS } from '../../core/output-limit.ts';
import { meetsDemand } from '../chat/history-demand.ts';
import type { ModelTraits } from './models.ts';
import { thinkingBlocks } from './reasoning-details.ts';
import type { Effort, Thinking } from './wire-types.ts';

export interface ThinkingPlan {
  thinking?: Thinking | undefined;
  effort?: Effort | undefined;
  maxTokens: number;
  /** The request asks for thinking, which rules out other sampling than the default and, with a budget, forced tools. */
  kind: 'off' | 'adaptive' | 'budget';
  /** What the model can't do: what `reasoning_effort` says, or to think, as it always does, after this history. */
  refused?: 'reasoning_effort' | 'messages';
}

/**
 * `reasoning_effort` and the output limit by the model's generation. The caller's own `thinking` wins over what is made up
 * here. There is none if the history can't meet what a thinking model demands of it.
 */
export function planThinking(params: ChatParams, traits: ModelTraits, stream: boolean): ThinkingPlan {
  const maxTokens = maxTokensOf(params, traits, stream);
  const plan = planByParams(params, traits, maxTokens);
  if (!makesDemands(plan, traits)) return plan;
  if (meetsDemand(traits.history, params.messages, (message) => thinkingBlocks(message, traits).length > 0)) return plan;
  const without = withoutThinking(traits, maxTokens);
  return without.refused ? { ...without, refused: 'messages' } : without;
}

/** Adaptive thinking of Claude takes every history. A model that thinks by default has to be told not to. */
function makesDemands({ kind, thinking, refused }: ThinkingPlan, traits: ModelTraits): boolean {
  if (refused) return false;
  if (kind === 'budget') return true;
  if (traits.history !== 'thinking-beside-calls' || traits.thinking.kind !== 'budget') return false;
  return kind === 'adaptive' || (thinking === undefined && traits.thinking.off !== 'by-default');
}

function planByParams(params: ChatParams, traits: ModelTraits, maxTokens: number): ThinkingPlan {
  const effort = params.reasoning_effort ?? undefined;
  const own = isThinking(params.thinking) ? params.thinking : undefined;
  if (effort === undefined || own) return withOwnThinking(own, effort, traits, maxTokens);
  if (effort === 'none') return withoutThinking(traits, maxTokens);
  switch (traits.thinking.kind) {
    case 'none':
      return { maxTokens, kind: 'off', refused: 'reasoning_effort' };
    case 'budget': {
      const share = EFFORT_SHARES.get(effort);
      if (share === undefined) return { maxTokens, kind: 'off', refused: 'reasoning_effort' };
      return withBudget(share, traits, maxTokens);
    }
    case 'adaptive': {
      const level = toEffort(effort);
      if (!traits.thinking.efforts.has(level)) return { maxTokens, kind: 'off', refused: 'reasoning_effort' };
      const thinking: Thinking = traits.thinking.textOnRequest
        ? { type: 'adaptive', display: 'summarized' }
        : { type: 'adaptive' };
      return { thinking, effort: level, maxTokens, kind: 'adaptive' };
    }
  }
}

/**
 * Documented limit of the model if the caller gives none, at most 64,000 in a stream and 21,333 otherwise: what a whole
 * answer may take without running into the ten minutes that Anthropic's own client allows (128,000 tokens an hour).
 */
function maxTokensOf(params: ChatParams, traits: ModelTraits, stream: boolean): number {
  const given = params.max_completion_tokens ?? params.max_tokens;
  if (given !== undefined && given !== null) return given;
  const limit = traits.maxOutputTokens ?? UNKNOWN_MODEL_LIMIT;
  const reasonable = Math.min(limit, stream ? MOST_STREAMED : MOST_WHOLE);
  const { thinking } = params;
  const budget = isThinking(thinking) && thinking.type === 'enabled' ? thinking.budget_tokens : 0;
  return budget < reasonable ? reasonable : Math.max(budget + LEAST_BUDGET, limit);
}

const UNKNOWN_MODEL_LIMIT = 8_192;
const MOST_STREAMED = 64_000;
const MOST_WHOLE = 21_333;

function isThinking(value: unknown): value is Thinking {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function withOwnThinking(
  own: Thinking | undefined,
  effort: ChatParams['reasoning_effort'] | undefined,
  traits: ModelTraits,
  maxTokens: number,
): ThinkingPlan {
  const kind = own?.type === 'enabled' ? 'budget' : own?.type === 'adaptive' ? 'adaptive' : 'off';
  const level = effort && effort !== 'none' && traits.thinking.kind === 'adaptive' ? toEffort(effort) : undefined;
  return { thinking: own, effort: level, maxTokens, kind };
}

function withoutThinking(traits: ModelTraits, maxTokens: number): ThinkingPlan {
  const off = traits.thinking.kind === 'none' ? 'by-default' : traits.thinking.off;
  const plan: ThinkingPlan = { maxTokens, kind: 'off' };
  if (off === 'never') plan.refused = 'reasoning_effort';
  if (off === 'disabled' || off === 'between_tools') plan.thinking = { type: off };
  return plan;
}

// There is no official table; shares of the output limit keep a caller's limit what it is: a bound of everything that is paid.
const EFFORT_SHARES: ReadonlyMap<string, number> = new Map([
  ['minimal', 0.1],
  ['low', 0.2],
  ['medium', 0.5],
  ['high', 0.8],
  ['xhigh', 0.9],
  ['max', 0.95],
]);
const LEAST_BUDGET = LEAST_THINKING_TOKENS;
const MOST_BUDGET = 32_000;

/** Anthropic wants at least 1,024 tokens of thinking and room beside them; a limit too small for both grows by the least budget. */
function withBudget(share: number, traits: ModelTraits, maxTokens: number): ThinkingPlan {
  const budget = Math.max(LEAST_BUDGET, Math.min(MOST_BUDGET, Math.floor(maxTokens * share)));
  const enough = maxTokens >= 2 * LEAST_BUDGET;
  const limit = enough ? maxTokens : maxTokens + LEAST_BUDGET;
  return {
    thinking: { type: 'enabled', budget_tokens: budget },
    maxTokens: Math.min(limit, Math.max(traits.maxOutputTokens ?? limit, maxTokens)),
    kind: 'budget',
  };
}

/** There is no `minimal`; `low` is the least. */
function toEffort(effort: Exclude<ChatParams['reasoning_effort'], 'none' | null | undefined>): Effort {
  return effort === 'minimal' ? 'low' : effort;
}

import type { ChatParams } from '../../core/chat.ts';
import { isRecord } from '../../core/json.ts';
import { meetsDemand } from '../chat/history-demand.ts';
import type { BedrockModel } from './models.ts';
import { asItThinks, toReasoningBlocks } from './reasoning-blocks.ts';
import type { Json } from './wire-types.ts';

/** What a model family makes of `reasoning_effort`. */
export interface Reasoning {
  readonly fields: Readonly<Record<string, Json>>;
  /** Whether the model will think, which narrows sampling and tool choice on Claude. */
  readonly thinks: 'adaptively' | 'on-a-budget' | 'no';
  readonly refused: boolean;
}

const NONE: Reasoning = { fields: {}, thinks: 'no', refused: false };
const REFUSED: Reasoning = { fields: {}, thinks: 'no', refused: true };

type Effort = NonNullable<ChatParams['reasoning_effort']>;

/**
 * Claude's `thinking` under one name if it came among Bedrock's own fields. It is left out there for a model whose id tells
 * no family, if Claude would refuse the history.
 */
export function readThinking(params: ChatParams, model: BedrockModel): ChatParams {
  const { additionalModelRequestFields: fields } = params;
  if (!isRecord(fields) || !isRecord(fields.thinking)) return params;
  const { thinking, ...additionalModelRequestFields } = fields;
  if (model.isClaude) return { ...params, thinking, additionalModelRequestFields };
  const own = asItThinks(model, params);
  if (thinking.type !== 'enabled' || own.takesBack !== 'claudes' || takesHistory(own, params)) return params;
  return { ...params, additionalModelRequestFields };
}

/** None if the history can't meet what a model that thinks on a budget demands of it. */
export function reasoning(params: ChatParams, model: BedrockModel): Reasoning {
  const asked = reasoningByParams(params, model);
  return asked.thinks !== 'on-a-budget' || takesHistory(model, params) ? asked : NONE;
}

function takesHistory(model: BedrockModel, { messages }: ChatParams): boolean {
  return meetsDemand(model.history, messages, (message) => toReasoningBlocks(message, model).length > 0);
}

function reasoningByParams(params: ChatParams, model: BedrockModel): Reasoning {
  if (model.isClaude && isRecord(params.thinking)) return ownThinking(params.thinking as { [key: string]: Json });
  const effort = params.reasoning_effort;
  if (effort === undefined || effort === null) return NONE;
  switch (model.reasoning) {
    case 'adaptive':
    case 'adaptive-with-xhigh':
      return adaptive(effort, model.reasoning === 'adaptive-with-xhigh');
    case 'budget':
      return onBudget(
        effort,
        params.max_completion_tokens ?? params.max_tokens ?? model.capabilities.maxOutputTokens ?? UNKNOWN_LIMIT,
      );
    case 'reasoning_effort':
      return effort === 'none' ? REFUSED : { ...NONE, fields: { reasoning_effort: threeSteps(effort) } };
    case 'reasoning_config':
      return effort === 'none' ? NONE : { ...NONE, fields: { reasoning_config: threeSteps(effort) } };
    case 'nova':
      if (effort === 'none') return NONE;
      return { ...NONE, fields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: threeSteps(effort) } } };
    case 'none':
      return effort === 'none' ? NONE : REFUSED;
  }
}

/** Anthropic's own `thinking` field goes to Claude as it is. */
function ownThinking(thinking: { [key: string]: Json }): Reasoning {
  if (thinking.type === 'adaptive') return { fields: { thinking }, thinks: 'adaptively', refused: false };
  return { fields: { thinking }, thinks: thinking.type === 'disabled' ? 'no' : 'on-a-budget', refused: false };
}

function adaptive(effort: Effort, takesXhigh: boolean): Reasoning {
  if (effort === 'none') return { ...NONE, fields: { thinking: { type: 'disabled' } } };
  if (effort === 'xhigh' && !takesXhigh) return REFUSED;
  const level = effort === 'minimal' ? 'low' : effort;
  // Models with `xhigh` give the text of their thinking on request only.
  const thinking: Json = takesXhigh ? { type: 'adaptive', display: 'summarized' } : { type: 'adaptive' };
  return { fields: { thinking, output_config: { effort: level } }, thinks: 'adaptively', refused: false };
}

// Anthropic documents no table; these are shares of the output limit, and 1,024 is Claude's least budget.
const SHARES: Readonly<Record<Exclude<Effort, 'none'>, number>> = {
  minimal: 0.1,
  low: 0.2,
  medium: 0.5,
  high: 0.8,
  xhigh: 0.9,
  max: 0.95,
};
const LEAST_BUDGET = 1_024;
const MOST_BUDGET = 32_000;
const UNKNOWN_LIMIT = 32_000;

/** The budget stays below `max_tokens`, which bounds reasoning and answer together, as it does at OpenAI. */
function onBudget(effort: Effort, maxTokens: number): Reasoning {
  if (effort === 'none') return NONE;
  const share: number | undefined = SHARES[effort];
  if (share === undefined || maxTokens <= LEAST_BUDGET) return REFUSED;
  const budget = Math.max(LEAST_BUDGET, Math.min(MOST_BUDGET, Math.floor(maxTokens * share)));
  return { fields: { thinking: { type: 'enabled', budget_tokens: budget } }, thinks: 'on-a-budget', refused: false };
}

function threeSteps(effort: Exclude<Effort, 'none'>): 'low' | 'medium' | 'high' {
  if (effort === 'minimal' || effort === 'low') return 'low';
  return effort === 'medium' ? 'medium' : 'high';
}

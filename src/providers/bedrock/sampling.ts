import type { ChatParams } from '../../core/chat.ts';
import type { BedrockModel } from './models.ts';
import type { Reasoning } from './reasoning.ts';

/** The sampling fields that a model takes, and the names of those it would refuse. */
export interface Sampling {
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly topK: number | undefined;
  readonly refused: readonly string[];
}

// Anthropic's documentation of extended thinking: `top_p` from 0.95 on only.
const LEAST_TOP_P_WHILE_THINKING = 0.95;

export function sampling(params: ChatParams, model: BedrockModel, thinks: Reasoning['thinks']): Sampling {
  let temperature = params.temperature ?? undefined;
  let topP = params.top_p ?? undefined;
  const topK = params.top_k ?? undefined;
  const refused: string[] = [];
  const fixed = model.sampling === 'none' || thinks !== 'no';
  if (fixed || model.sampling === 'one-of') {
    // A value that is the default says nothing, and may not be said.
    if (temperature === 1 && (fixed || topP !== undefined)) temperature = undefined;
    if (topP === 1) topP = undefined;
  }
  if (temperature !== undefined && (fixed || temperature < 0 || temperature > 1)) refused.push('temperature');
  if (topP !== undefined && refusesTopP(topP, temperature, model, thinks)) refused.push('top_p');
  if (topK !== undefined && (fixed || model.topK === 'nowhere')) refused.push('top_k');
  return { temperature, topP, topK, refused };
}

function refusesTopP(topP: number, temperature: number | undefined, model: BedrockModel, thinks: Reasoning['thinks']): boolean {
  if (topP < 0 || topP > 1 || model.sampling === 'none') return true;
  if (thinks !== 'no') return topP < LEAST_TOP_P_WHILE_THINKING;
  return model.sampling === 'one-of' && temperature !== undefined;
}

import type { ChatParams } from '../../core/chat.ts';
import type { ModelTraits } from './models.ts';
import type { ThinkingPlan } from './thinking.ts';

type SamplingParams = Pick<ChatParams, 'temperature' | 'top_p' | 'top_k'>;

/** Sampling as the model takes it: defaults are left out if only defaults, or one of the two, are allowed. */
export function toSampling(
  params: SamplingParams,
  traits: ModelTraits,
  thinking: ThinkingPlan,
): { temperature?: number; top_p?: number; top_k?: number } {
  const { temperature, top_p, top_k } = params;
  const sampling: { temperature?: number; top_p?: number; top_k?: number } = {};
  if (traits.sampling === 'default-only') return sampling;
  const strict = thinking.kind !== 'off' || traits.sampling === 'either';
  if (isNumber(temperature) && !(strict && temperature === DEFAULT)) sampling.temperature = temperature;
  if (isNumber(top_p) && !(strict && top_p === DEFAULT)) sampling.top_p = top_p;
  if (isNumber(top_k)) sampling.top_k = top_k;
  return sampling;
}

/** Names of the sampling params that this model, thinking as planned, would refuse. */
export function unsupportedSampling(params: SamplingParams, traits: ModelTraits, thinking: ThinkingPlan): string[] {
  const { temperature, top_p, top_k } = params;
  const names: string[] = [];
  const defaultOnly = traits.sampling === 'default-only';
  const thinks = thinking.kind !== 'off';
  const tempered = isNumber(temperature) && temperature !== DEFAULT;
  const cut = isNumber(top_p) && top_p !== DEFAULT;
  const tooWarm = tempered && (defaultOnly || thinks || temperature > WARMEST);
  const both = traits.sampling === 'either' && tempered && !tooWarm;
  if (tooWarm) names.push('temperature');
  if (cut && (defaultOnly || both || (thinks && top_p < LEAST_TOP_P_THINKING))) names.push('top_p');
  if (isNumber(top_k) && (defaultOnly || thinks)) names.push('top_k');
  return names;
}

/** OpenAI's and Anthropic's default of temperature and top_p. */
const DEFAULT = 1;
const WARMEST = 1;
const LEAST_TOP_P_THINKING = 0.95;

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

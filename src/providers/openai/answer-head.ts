import type { WireExchange } from '../wire.ts';
import type { RawAnswer } from './wire-types.ts';

/** Repairs what every answer and chunk has beside its choices: id, object, creation time, model, tier, fingerprint. */
export function repairHead(answer: RawAnswer, object: string, exchange: WireExchange): void {
  if (typeof answer.id !== 'string' || answer.id === '') answer.id = `chatcmpl-${exchange.requestId}`;
  if (answer.object !== object) answer.object = object;
  if (!Number.isSafeInteger(answer.created)) {
    answer.created = typeof answer.created === 'number' ? Math.floor(answer.created) : exchange.createdSeconds;
  }
  if (typeof answer.model !== 'string' || answer.model === '') answer.model = exchange.request.upstreamModel;
  repairTier(answer);
}

/** OpenAI's schema has neither a null or empty fingerprint nor tiers of other vendors. */
export function repairTier(answer: RawAnswer): void {
  if (answer.system_fingerprint !== undefined && typeof answer.system_fingerprint !== 'string') {
    answer.system_fingerprint = undefined;
  }
  const tier = answer.service_tier;
  if (tier === undefined || tier === null || OPENAI_TIERS.has(tier)) return;
  answer.service_tier = DEFAULT_TIERS.has(tier) ? 'default' : null;
  if (tier !== '') answer.native_service_tier = tier;
}

const OPENAI_TIERS: ReadonlySet<unknown> = new Set(['auto', 'default', 'flex', 'scale', 'priority', 'fast']);
// What Groq and Mistral call the tier of an ordinary request.
const DEFAULT_TIERS: ReadonlySet<unknown> = new Set(['on_demand', 'standard']);

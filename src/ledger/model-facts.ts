import type { Deployment } from '../core/deployment.ts';
import { contextWindowOf } from './price-list.ts';

/** Taken for the context window of a model whose window is not known. */
const UNKNOWN_CONTEXT_TOKENS = 200_000;

/** The model's context window, which no call can pass. */
export function contextOf({ contextWindow, vendor, upstreamModel }: Deployment): number {
  return contextWindow ?? contextWindowOf(vendor, upstreamModel) ?? UNKNOWN_CONTEXT_TOKENS;
}

/** The models whose chat template is longer than that of others. */
export function isGptOss({ upstreamModel }: Deployment): boolean {
  return upstreamModel.includes('gpt-oss');
}

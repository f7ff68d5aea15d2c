import type { KeptAnswer } from '../../src/cache/kept-answer.ts';
import type { Lead } from '../../src/cache/lead.ts';
import type { Recall, ResponseCache } from '../../src/cache/response-cache.ts';
import type { AnswerFacts } from '../../src/cache/whole-answer.ts';
import type { CachePlan } from '../../src/core/cache-plan.ts';
import type { Call } from '../../src/core/call.ts';
import type { Cancellation as CancellationType } from '../../src/core/cancellation.ts';
import { Cancellation } from '../../src/core/cancellation.ts';

const PLAN: CachePlan = {
  ttlMs: 60_000,
  scope: { kind: 'private', dimensions: ['team'] },
  match: {},
  maxBytes: 1_000_000,
  maxEntryBytes: 100_000,
  coalesce: true,
  countHits: false,
  storeTimeoutMs: 100,
  semantic: undefined,
};

export const FACTS: AnswerFacts = { status: 200, deployment: 'openai/gpt', costNanoUsd: 2_000_000 };

const MODEL = {
  name: 'fast',
  params: undefined,
  deployments: [{ id: 'openai/gpt', upstreamModel: 'gpt', tags: [], params: undefined }],
};

type Overrides = Partial<Omit<Call, 'plan'>> & { readonly cachePlan?: Partial<CachePlan> };

/** A call as far as the cache looks at it. */
export function callOf({ cachePlan, ...overrides }: Overrides = {}): Call & { readonly cancellation: CancellationType } {
  const facts = {
    operation: 'chat',
    caller: { team: 'search' },
    model: 'fast',
    modelPlan: MODEL,
    params: { model: 'fast', messages: [{ role: 'user', content: 'hi' }] },
    stream: false,
    cancellation: new Cancellation(),
    ...overrides,
    plan: { cache: { ...PLAN, ...cachePlan }, providers: new Map() },
  };
  return facts as unknown as Call;
}

export function asking(text: string, overrides: Overrides = {}): Call {
  return callOf({ ...overrides, params: { model: 'fast', messages: [{ role: 'user', content: text }] } });
}

export function chatAnswer(content: string): Record<string, unknown> {
  const message = { role: 'assistant', content, refusal: null };
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'gpt',
    choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  };
}

export async function leadOf(cache: ResponseCache, call: Call): Promise<Lead> {
  const recall = await cache.recall(call);
  if (recall?.kind !== 'lead') throw new Error(`expected a lead, not ${recall?.kind}`);
  return recall.lead;
}

export async function keptOf(cache: ResponseCache, call: Call): Promise<KeptAnswer | undefined> {
  const recall: Recall | undefined = await cache.recall(call);
  return recall?.kind === 'kept' ? recall.answer : undefined;
}

import { type MatchLogic, type Provider, waitForUpdate } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../src/core/deployment.ts';
import type { Operation } from '../../src/core/operation.ts';
import type { Params } from '../../src/core/params.ts';
import { type Served, servingAsked } from '../../src/core/served.ts';
import { NO_USAGE, type Usage } from '../../src/core/usage.ts';
import { Emitter } from '../../src/events/emitter.ts';
import { type AskedFor, askedFor } from '../../src/ledger/asked-for.ts';
import { createLedger } from '../../src/ledger/create-ledger.ts';
import { measure } from '../../src/ledger/measure.ts';
import { costBound, costOf } from '../../src/ledger/price.ts';
import { Prices } from '../../src/ledger/prices.ts';
import type { Rates } from '../../src/ledger/rates.ts';
import { MemoryStore } from '../../src/stores/memory.ts';
import { budgetOf, callOf, deploymentOf, planOf } from '../support/ledger-plan.ts';
import { TestClock } from '../support/test-clock.ts';

// A Monday just before DeepSeek's first peak hour, so that calls run from cheap hours into dear ones.
const NOW = Date.UTC(2026, 10, 30, 0, 59, 59);
const HOUR_MS = 3_600_000;
const list = (await waitForUpdate()) as Provider[];
const plan = planOf({});
const prices = new Prices();

const say = (content: unknown) => ({ messages: [{ role: 'user', content }] });
const picture = { type: 'image_url', image_url: { url: 'https://example.test/a.png' } };
const sound = { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } };
const film = { type: 'file', file: { file_data: 'data:video/mp4;base64,AAAA' } };
const hour = { type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl: '1h' } };

/** Each thing that can be asked for, by operation. */
const CALLS: readonly (readonly [Operation, Params])[] = [
  ['chat', say('x')],
  ['chat', say([picture])],
  ['chat', say([sound])],
  ['chat', say([film])],
  ['chat', say([hour])],
  ['chat', { ...say('x'), modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'wav' } }],
  ['chat', { ...say('x'), modalities: ['text', 'image'] }],
  ['chat', { ...say('x'), speed: 'fast' }],
  ['chat', { ...say('x'), inference_geo: 'us' }],
  ['chat', { ...say('x'), service_tier: 'priority' }],
  ['chat', { ...say('x'), service_tier: 'fast' }],
  ['chat', { ...say('x'), service_tier: 'flex' }],
  ['responses', { input: 'x' }],
  ['responses', { input: 'x', tools: [{ type: 'image_generation' }] }],
  ['responses', { input: 'x', previous_response_id: 'resp_1' }],
  ['completions', { prompt: 'x' }],
  ['embeddings', { input: 'x' }],
  ['images.generate', { prompt: 'x' }],
  ['images.edit', { prompt: 'x' }],
  ['images.variation', {}],
  ['audio.speech', { input: 'x', voice: 'alloy' }],
  ['audio.transcription', {}],
  ['audio.translation', {}],
  ['moderations', { input: 'x' }],
];

describe.each(list.map((provider) => [provider.id, provider] as const))(
  'every model of %s, in every operation',
  (vendor, { models }) => {
    const names = [...new Set(models.flatMap(({ id, match }) => [id, ...namesIn(match)]))];
    const arbitrary = fc.record({
      model: fc.constantFrom(...names),
      call: fc.constantFrom(...CALLS),
      shares,
      hours: fc.integer({ min: 0, max: 23 }),
    });

    it('has a bound for each class that is asked for, or is unpriced', () => {
      for (const model of names) for (const [operation, params] of CALLS) checkKnown(vendor, model, operation, params);
    });

    it('costs no more than its bound, whatever of its bound is used and whenever it ends', () => {
      fc.assert(
        fc.property(arbitrary, ({ model, call: [operation, params], shares: of, hours }) => {
          const { bound, asked, priced } = boundOf(vendor, model, operation, params);
          if (bound === undefined || priced === undefined) return;
          const usage = usageWithin(asked, priced, of);
          for (const served of [
            servingAsked(params),
            undefined,
            { serviceTier: 'default', speed: 'standard', inferenceGeo: 'global' },
          ]) {
            const cost = chargeOf(vendor, model, usage, NOW + hours * HOUR_MS, served);
            expect(cost, `${model} ${operation} ${JSON.stringify(usage)}`).toBeLessThanOrEqual(bound);
          }
        }),
        { numRuns: Math.min(300, 30 + names.length * 4) },
      );
    });
  },
);

/** Names that an entry of the list is for, its own id need not be one. */
function namesIn(match: MatchLogic): string[] {
  if ('or' in match) return match.or.flatMap(namesIn);
  if ('and' in match) return match.and.flatMap(namesIn);
  return 'regex' in match ? [] : Object.values(match);
}

describe('a strict money budget', () => {
  it('lets no call through whose price is not known, of any model in any operation', () => {
    const clock = new TestClock(NOW);
    const ledger = createLedger({ store: new MemoryStore(), clock, events: new Emitter() });
    const limited = planOf({ budgets: [budgetOf({ name: 'money', limit: { usd: 1e15 } })] });
    for (const { id: vendor, models } of list) {
      for (const { id: model } of models) {
        for (const [operation, params] of CALLS) {
          const deployment = deploymentAt(vendor, model);
          const call = callOf({ plan: limited, operation, params, startedAt: NOW });
          const admission = ledger.reserveCall(call, ledger.estimate(call, [deployment]));
          if (admission instanceof Promise) throw new Error('the memory store answers at once');
          const { bound } = boundOf(vendor, model, operation, params);
          const where = `${vendor}/${model} ${operation} ${JSON.stringify(params)}`;
          const hasTool = 'tools' in params;
          if (bound === undefined || hasTool)
            expect(admission, where).toMatchObject({ admitted: false, denial: { reason: 'unpriced' } });
          else expect(admission.admitted, where).toBe(true);
        }
      }
    }
  });
});

const TOKENS = 300_000;

const deployments = new Map<string, Deployment>();

/** One object for each model, by which prices know it again. */
function deploymentAt(vendor: string, upstreamModel: string): Deployment {
  const id = `${vendor}/${upstreamModel}`;
  const known = deployments.get(id) ?? deploymentOf({ id, provider: vendor, vendor, upstreamModel });
  deployments.set(id, known);
  return known;
}

function boundOf(vendor: string, upstreamModel: string, operation: Operation, params: Params) {
  const deployment = deploymentAt(vendor, upstreamModel);
  const call = callOf({ plan, operation, params });
  const asked = askedFor(operation, params, measure(call));
  const priced = prices.boundOf(plan, deployment, NOW, servingAsked(params));
  return { bound: priced && costBound(priced, TOKENS, TOKENS, asked), asked, priced };
}

function chargeOf(vendor: string, upstreamModel: string, usage: Usage, at: number, served: Served | undefined) {
  const rates = pricesAt(at).ratesOf(plan, deploymentAt(vendor, upstreamModel), at, served);
  if (rates === undefined) throw new Error(`${upstreamModel} has a bound and no price`);
  const cost = costOf(rates, usage);
  if (cost === undefined) throw new Error(`${upstreamModel} has a bound and no cost of ${JSON.stringify(usage)}`);
  return cost;
}

const byTime = new Map<number, Prices>();

/** Prices that are asked at one time only compile each model once. */
function pricesAt(at: number): Prices {
  const known = byTime.get(at) ?? new Prices();
  byTime.set(at, known);
  return known;
}

/** A class that is asked for has a rate wherever there is a bound, and no bound if one has none. */
function checkKnown(vendor: string, model: string, operation: Operation, params: Params): void {
  const { bound, asked, priced } = boundOf(vendor, model, operation, params);
  const missing = priced && classesOf(asked, priced).filter(([, rate]) => rate === undefined);
  const where = `${vendor}/${model} ${operation} ${JSON.stringify(params)}`;
  expect(bound === undefined, where).toBe(priced === undefined || missing?.length !== 0);
  if (priced === undefined || bound === undefined) return;
  const served = servingAsked(params);
  for (const [name] of classesOf(asked, priced)) {
    expect(chargeOf(vendor, model, all(name), NOW, served), where).toBeLessThanOrEqual(bound);
  }
  for (const hour of [0, 1, 6, 12, 23]) {
    const text = { ...NO_USAGE, inputTokens: TOKENS, outputTokens: TOKENS };
    expect(chargeOf(vendor, model, text, NOW + hour * HOUR_MS, served), where).toBeLessThanOrEqual(bound);
  }
}

type Part = Exclude<keyof Usage, 'repaired' | 'inputTokens' | 'outputTokens'>;

/** The classes that a call may use of its own asking, with their rates. */
function classesOf(asked: AskedFor, { base, draws }: Rates): [Part, number | undefined][] {
  const parts: [Part, number | undefined][] = [];
  if (asked.hourCache) parts.push(['hourCacheWriteTokens', base.hourCacheWrite]);
  if (asked.inputAudio) parts.push(['inputAudioTokens', base.inputAudio], ['cachedAudioTokens', base.cacheAudioRead]);
  if (asked.inputImage) parts.push(['inputImageTokens', base.inputImage], ['cachedImageTokens', base.cacheImageRead]);
  if (asked.inputVideo) parts.push(['inputVideoTokens', base.inputVideo]);
  if (asked.outputAudio) parts.push(['outputAudioTokens', base.outputAudio]);
  if (asked.outputImage || draws === 'only' || (draws === 'unasked' && asked.openOutput))
    parts.push(['outputImageTokens', base.outputImage]);
  return parts;
}

/** All tokens of one class. */
function all(name: Part): Usage {
  const total = { ...NO_USAGE, inputTokens: TOKENS, outputTokens: TOKENS };
  switch (name) {
    case 'hourCacheWriteTokens':
      return { ...total, cacheWriteTokens: TOKENS, hourCacheWriteTokens: TOKENS };
    case 'cachedAudioTokens':
      return { ...total, cachedInputTokens: TOKENS, inputAudioTokens: TOKENS, cachedAudioTokens: TOKENS };
    case 'cachedImageTokens':
      return { ...total, cachedInputTokens: TOKENS, inputImageTokens: TOKENS, cachedImageTokens: TOKENS };
    default:
      return { ...total, [name]: TOKENS };
  }
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const shares = fc.record({
  input: share,
  output: share,
  cachedInputTokens: share,
  cacheWriteTokens: share,
  reasoningTokens: share,
  citationTokens: share,
  hourCacheWriteTokens: share,
  inputAudioTokens: share,
  cachedAudioTokens: share,
  inputImageTokens: share,
  cachedImageTokens: share,
  inputVideoTokens: share,
  outputAudioTokens: share,
  outputImageTokens: share,
});

/** Counts that need not agree with each other, as providers report them. */
function usageWithin(asked: AskedFor, rates: Rates, of: Readonly<Record<string, number>>): Usage {
  const input = Math.floor(TOKENS * (of.input ?? 0));
  const output = Math.floor(TOKENS * (of.output ?? 0));
  const usage: Record<string, number> = { inputTokens: input, outputTokens: output };
  const may = new Set<string>(['cachedInputTokens', 'cacheWriteTokens', 'reasoningTokens']);
  if (rates.base.citation !== undefined) may.add('citationTokens');
  for (const [name, rate] of classesOf(asked, rates)) if (rate !== undefined) may.add(name);
  for (const name of may)
    usage[name] = Math.floor((name.startsWith('output') || /reasoning|citation/.test(name) ? output : input) * (of[name] ?? 0));
  return { ...NO_USAGE, ...usage };
}

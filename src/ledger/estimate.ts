import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import { ALL_LIMIT_NAMES, largestLimit, limitNames } from '../core/output-limit.ts';
import type { Params } from '../core/params.ts';
import { SentParams } from '../core/sent-params.ts';
import { servingAsked } from '../core/served.ts';
import type { UnitCounts, Usage } from '../core/usage.ts';
import { type AlikeList, AlikeLists } from './alike.ts';
import { type AskedFor, askedFor } from './asked-for.ts';
import type { BudgetBook } from './bound-budgets.ts';
import type { BoundLimit, OutputLimit } from './bound-limit.ts';
import { Calibration, FEWEST_TOKENS_PER_BYTE, MOST_TOKENS_PER_BYTE } from './calibration.ts';
import { choicesOf } from './choices.ts';
import { type Delivered, NOTHING_DELIVERED } from './delivered.ts';
import { type Measure, measure } from './measure.ts';
import {
  audioTokens,
  fileTokens,
  generatedImageTokens,
  type ImageDetail,
  imageTokens,
  PROBABLE_IMAGE_TOKENS,
  probableAudioTokens,
  probableFileTokens,
} from './media-tokens.ts';
import { contextOf, isGptOss } from './model-facts.ts';
import { listedProvider } from './price-list.ts';
import { type Prices, unknownRates } from './prices.ts';
import type { Rates } from './rates.ts';
import { boundsOfRuns } from './runs/run-charges.ts';
import { placeOf, unitsAsked, unitsCounted } from './unit-counts.ts';
import { ratesWithUnits } from './unit-rates.ts';

/** A user's own count of a call's input tokens at a deployment; undefined leaves it to the built-in bound. */
export type CountTokens = (params: Params, deployment: Deployment) => number | undefined;

/** Role marks, separators and priming: OpenAI counts 3 to 4 a message, others up to 8. */
const TOKENS_PER_MESSAGE = 8;
const PROBABLE_TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_CALL = 16;
/** The chat template of gpt-oss puts a preamble before the first message: some 70 tokens, as recorded. */
const TOKENS_PER_CALL_OF_GPT_OSS = 128;
/** Vendors put instructions before tools and output schemas: Anthropic up to some 530 tokens a call (tool use guide). */
const TOKENS_WITH_TOOLS = 640;
const TOKENS_PER_TOOL = 16;
/** By caution: speech is not slower than some 5 characters a second, at 32 tokens a second. */
const SPEECH_TOKENS_PER_BYTE = 7;
/** Taken for the output of what has no model. */
const UNKNOWN_OUTPUT_TOKENS = 4_096;
/** Expected output before anything is learned of a deployment. */
const FIRST_EXPECTED_OUTPUT = 1_024;
const MEASURED_EVERY = 8;
const NO_LIMITS: readonly BoundLimit[] = [];

/** What estimates are made of; keeps what each deployment's usage taught. Calls come here with the params that are sent, if nothing else is said. */
export class Estimator {
  readonly #prices: Prices;
  readonly #book: BudgetBook;
  readonly #countTokens: CountTokens | undefined;
  readonly #alike: AlikeLists;
  readonly #calibrations = new Map<string, Calibration>();
  /** What was measured last: the same params are measured several times in a row. */
  #measured: { readonly call: Call; readonly measure: Measure } | undefined;
  #learned = 0;

  constructor(prices: Prices, book: BudgetBook, countTokens: CountTokens | undefined) {
    this.#prices = prices;
    this.#book = book;
    this.#countTokens = countTokens;
    this.#alike = new AlikeLists(prices);
  }

  /** The rates that bound what is asked for: of a tier or speed that costs more, theirs. */
  rates(call: Call, deployment: Deployment, now: number, found: Measure): Rates | undefined {
    const { plan, params, cost, passthrough } = call;
    const rates = this.#prices.boundOf(plan, deployment, now, servingAsked(params));
    if (cost !== 'unpriced' && rates?.units === undefined) return rates;
    const units = unitsAsked(call, found);
    const unknown = () => ratesWithUnits(unknownRates(plan), units, 'any');
    if (cost !== 'unpriced') return ratesWithUnits(rates, units, 'any') ?? unknown();
    const place = placeOf(passthrough?.path ?? '');
    const atPlace = () => ratesWithUnits(this.#prices.ofPlace(plan, deployment.provider, place), units, 'units');
    return ratesWithUnits(rates, units, 'units') ?? atPlace() ?? unknown();
  }

  /** What is alike among deployments for a call that may be text alone; undefined if each is to be estimated. */
  alike(call: Call, deployments: readonly Deployment[], now: number): AlikeList | undefined {
    if (this.#countTokens !== undefined || call.cost === 'unpriced' || deployments !== call.modelPlan.deployments)
      return undefined;
    return limitNames(call.operation) === undefined ? undefined : this.#alike.of(call.plan, deployments, now);
  }

  /** No deployment is expected to get more, whatever was learned of it. */
  probableCeiling(found: Measure): number {
    return Math.ceil(found.bytes * MOST_TOKENS_PER_BYTE) + found.messages * PROBABLE_TOKENS_PER_MESSAGE;
  }

  /** What a call that is sent comes to in other units than tokens; undefined if none is counted. */
  unitsOf(call: Call, delivered: Delivered | undefined, failed: boolean): UnitCounts | undefined {
    const asked = unitsAsked(call, this.measure(call));
    return asked && unitsCounted(call, asked, delivered ?? NOTHING_DELIVERED, failed);
  }

  /** Strict limits on tokens or money over the call or one of its deployments; empty: none needs an output bound. */
  boundingLimits(call: Call, deployments: readonly Deployment[]): readonly OutputLimit[] {
    const ofCall = this.#book.ofCall(call.plan, call.caller, call.model);
    let found: readonly OutputLimit[] = ofCall.boundsOutput ? ofCall.limits : NO_LIMITS;
    if (call.runs !== undefined) found = [...found, ...boundsOfRuns(call.runs)];
    if (!this.#book.limitsAttempts(call.plan)) return found;
    for (const deployment of deployments) {
      const bound = this.#book.ofAttempt(call.plan, call.caller, call.model, deployment);
      if (bound.boundsOutput) found = [...found, ...bound.limits];
    }
    return found;
  }

  /** Whether only budgets that expect, and none that bounds, apply to the call. */
  onlyExpects(call: Call): boolean {
    const bound = this.#book.ofCall(call.plan, call.caller, call.model);
    return bound.expects && !bound.boundsOutput && call.runs === undefined;
  }

  strictInput(call: Call, deployment: Deployment, found = this.measure(call)): number {
    const counted = this.#counted(call, deployment);
    if (counted !== undefined) return counted;
    return found.bytes + overhead(found, deployment) + mediaTokens(call, found, deployment);
  }

  expectedInput(call: Call, deployment: Deployment, found = this.measure(call)): number {
    const counted = this.#counted(call, deployment);
    if (counted !== undefined) return counted;
    const text = this.#calibration(deployment).inputTokens(found.bytes);
    return text + found.messages * TOKENS_PER_MESSAGE + mediaTokens(call, found, deployment);
  }

  expectedOutput(deployment: Deployment, bound: number): number {
    return Math.min(bound, this.#calibration(deployment).outputTokens() ?? FIRST_EXPECTED_OUTPUT);
  }

  /** What the input probably is, without a margin. */
  probableInput(call: Call, deployment: Deployment, found = this.measure(call)): number {
    const text = this.#calibration(deployment).tokensOf(found.bytes) + found.messages * PROBABLE_TOKENS_PER_MESSAGE;
    return this.#counted(call, deployment) ?? text + probableMediaTokens(found, deployment);
  }

  /** What the input is at least. */
  fewestInput(call: Call, deployment: Deployment, found: Measure): number {
    return this.#counted(call, deployment) ?? Math.floor(found.bytes * FEWEST_TOKENS_PER_BYTE);
  }

  /** The parts of the probable input that may have rates of their own, in tokens; `call` with the caller's params. */
  probableMedia(call: Call, deployment: Deployment): { readonly audio: number; readonly images: number } {
    const { images, audioBytes } = this.measure(asSent(call, deployment));
    return { audio: audioBytes > 0 ? probableAudioTokens(audioBytes) : 0, images: probableImageTokens(images, deployment) };
  }

  /** Tokens of a text by its length, without a margin. */
  tokensOf(deployment: Deployment, characters: number): number {
    return this.#calibration(deployment).tokensOf(characters);
  }

  /** `call` with the caller's params. */
  learn(call: Call, deployment: Deployment, usage: Usage): void {
    this.#learned += 1;
    // Measuring a long prompt again is not worth it for every call.
    const due = this.#learned % MEASURED_EVERY === 1 || this.#isMeasured(call);
    const measured = due ? this.measure(asSent(call, deployment)) : undefined;
    const bytes = measured !== undefined && isText(measured) ? measured.bytes : undefined;
    this.#calibration(deployment).learn(bytes, usage.inputTokens, usage.outputTokens);
  }

  /** Speech and images come out as tokens of their own kinds; text is bounded by the params or by what is injected. */
  outputWithoutText(call: Call, deployment: Deployment, found: Measure): number {
    const { operation, params } = call;
    if (operation === 'passthrough') return outputHandedThrough(call, deployment) * choicesOf(params);
    if (operation.startsWith('images.')) return generatedImageTokens(deployment.upstreamModel) * choicesOf(params);
    if (operation === 'audio.speech') return found.bytes * SPEECH_TOKENS_PER_BYTE + 64;
    return operation.startsWith('audio.') ? audioTokens(found.audioBytes) : 0;
  }

  askedFor(call: Call, found = this.measure(call)): AskedFor {
    return askedFor(call.operation, call.params, found, call.plan.toolPrices.has('image_generation'));
  }

  measure(call: Call): Measure {
    const last = this.#measured;
    if (last !== undefined && this.#isMeasured(call)) return last.measure;
    const found = measure(call);
    this.#measured = { call, measure: found };
    return found;
  }

  #isMeasured({ params, operation, form, upload }: Call): boolean {
    // More is known of it once it is sent.
    if (upload !== undefined) return false;
    const last = this.#measured?.call;
    return last !== undefined && last.params === params && last.operation === operation && last.form === form;
  }

  #counted(call: Call, deployment: Deployment): number | undefined {
    return wholeNumber(this.#countTokens?.(call.params, deployment));
  }

  #calibration(deployment: Deployment): Calibration {
    let calibration = this.#calibrations.get(deployment.id);
    if (calibration === undefined) {
      if (this.#calibrations.size >= 10_000) this.#calibrations.clear();
      calibration = new Calibration();
      this.#calibrations.set(deployment.id, calibration);
    }
    return calibration;
  }
}

/** The call with the params that the deployment is sent. */
function asSent(call: Call, deployment: Deployment): Call {
  const params = new SentParams(call).unbounded(deployment);
  return params === call.params ? call : { ...call, params };
}

/** No bound is put into a body whose fields nobody knows: the largest that it names counts, else all that a model can give. */
function outputHandedThrough({ params, cost }: Call, deployment: Deployment): number {
  const named = largestLimit(ALL_LIMIT_NAMES, params)?.tokens;
  return named || (cost === 'unpriced' ? UNKNOWN_OUTPUT_TOKENS : mostOutput(deployment));
}

/** The longest answer of a model: what its vendor states, else its context window. */
export function mostOutput(deployment: Deployment): number {
  return deployment.capabilities.maxOutputTokens ?? contextOf(deployment);
}

const DETAILS: readonly ImageDetail[] = ['low', 'high', 'auto'];

/** Whether nothing but text is in it, all of which the params show. */
export function isText({ images, files, audioBytes, hiddenContext }: Measure): boolean {
  return images.low + images.high + images.auto + files.length + audioBytes === 0 && !hiddenContext;
}

function overhead(found: Measure, deployment: Deployment): number {
  const call = isGptOss(deployment) ? TOKENS_PER_CALL_OF_GPT_OSS : TOKENS_PER_CALL;
  const tools = found.tools === 0 ? 0 : TOKENS_WITH_TOOLS + found.tools * TOKENS_PER_TOOL;
  return call + found.messages * TOKENS_PER_MESSAGE + tools;
}

/** Tokens of everything that is not text; what has no known size is bounded by the model's context window. */
function mediaTokens(call: Call, found: Measure, deployment: Deployment): number {
  if (isText(found)) return 0;
  const { images, audioBytes, files, hiddenContext } = found;
  const pricedAs = listedProvider(deployment.vendor);
  const model = deployment.upstreamModel;
  const context = contextOf(deployment);
  if (hiddenContext) return context;
  let tokens = 0;
  for (const detail of DETAILS) tokens += images[detail] * imageTokens(pricedAs, model, detail);
  if (audioBytes > 0) tokens += audioTokens(audioBytes);
  for (const bytes of files) tokens += bytes === undefined ? context : fileTokens(pricedAs, model, bytes);
  return call.operation.startsWith('images.') ? tokens : Math.min(tokens, context);
}

/**
 * What parts without text probably cost. A bound would be the whole context window for a file named by its id, and no
 * window had room for it; of a context that the params do not show nothing is known.
 */
function probableMediaTokens({ images, audioBytes, files }: Measure, deployment: Deployment): number {
  let tokens = probableImageTokens(images, deployment);
  if (audioBytes > 0) tokens += probableAudioTokens(audioBytes);
  for (const bytes of files) tokens += probableFileTokens(bytes);
  return tokens;
}

function probableImageTokens(images: Measure['images'], { vendor, upstreamModel }: Deployment): number {
  const pricedAs = listedProvider(vendor);
  let tokens = 0;
  for (const detail of DETAILS) {
    if (images[detail] === 0) continue;
    tokens += images[detail] * Math.min(imageTokens(pricedAs, upstreamModel, detail), PROBABLE_IMAGE_TOKENS);
  }
  return tokens;
}

/** A count in the params; undefined if it is none. */
function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

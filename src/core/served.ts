import type { Params } from './params.ts';

/** What an answer says of how it was served. It decides the rates, whatever was asked for. */
export interface Served {
  /** The upstream's own name of the model. */
  readonly model?: string | undefined;
  /** OpenAI's `service_tier`: `default`, `flex`, `priority`, …; the vendor's own word if OpenAI has none. */
  readonly serviceTier?: string | undefined;
  /** Anthropic's `usage.speed`: `standard` or `fast`. */
  readonly speed?: string | undefined;
  /** Anthropic's `usage.inference_geo`: where the model ran. */
  readonly inferenceGeo?: string | undefined;
}

/** Reads a whole answer, a chunk, or the response in an event; undefined if it says nothing. */
export function servedOf(answer: unknown): Served | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { model, service_tier: ofOpenAi, native_service_tier: native, usage } = answer as Record<string, unknown>;
  const {
    speed,
    inference_geo: inferenceGeo,
    service_tier: inUsage,
  } = typeof usage === 'object' && usage !== null ? (usage as Record<string, unknown>) : {};
  // Of a tier that OpenAI has no word for, the vendor's own stands beside.
  const serviceTier = isText(ofOpenAi) ? ofOpenAi : isText(native) ? native : inUsage;
  if (!isText(model) && !isText(serviceTier) && !isText(speed) && !isText(inferenceGeo)) return undefined;
  return { model: textOf(model), serviceTier: textOf(serviceTier), speed: textOf(speed), inferenceGeo: textOf(inferenceGeo) };
}

/** What the params that are sent ask of how a call is to be served; undefined if they ask nothing. */
export function servingAsked(params: Params): Served | undefined {
  const serviceTier = textOf(params.service_tier);
  const speed = textOf(params.speed);
  const inferenceGeo = textOf(params.inference_geo);
  if (serviceTier === undefined && speed === undefined && inferenceGeo === undefined) return undefined;
  return { model: undefined, serviceTier, speed, inferenceGeo };
}

/** What an answer says, and if it is silent what was asked: a stream that breaks early was served as it was to be. */
export function servedOrAsked(said: Served | undefined, asked: Served | undefined): Served | undefined {
  if (asked === undefined) return said;
  if (said === undefined) return asked;
  return {
    model: said.model,
    serviceTier: said.serviceTier ?? asked.serviceTier,
    speed: said.speed ?? asked.speed,
    inferenceGeo: said.inferenceGeo ?? asked.inferenceGeo,
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function textOf(value: unknown): string | undefined {
  return isText(value) ? value : undefined;
}

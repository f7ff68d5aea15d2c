import { assertIsObject } from '../core/assert-argument.ts';
import type { FailureKind } from '../core/failure.ts';
import type { ItemSource } from '../core/item-source.ts';
import type { Random } from '../core/random.ts';
import { UpstreamError } from '../providers/upstream-error.ts';
import type { ProviderMiddleware } from '../providers/wrap-provider.ts';
import { seededRandom } from './seeded-random.ts';

/** Share of the attempts, 0 to 1, that meet each fault; the sum is at most 1. */
export type FaultRates = Partial<Record<Exclude<FailureKind, 'aborted'> | 'stall' | 'cut', number>>;

/**
 * Middleware that rehearses outages in front of a real provider: an attempt fails as if the provider had answered so
 * (nothing is sent then), `stall`s without an answer until it is ended, or has its stream `cut` after a few items.
 * The same seed gives the same faults. Throws `RangeError` for rates that are none, `TypeError` without a seed.
 */
export function faults(rates: FaultRates, options: { seed: number; retryAfterMs?: number }): ProviderMiddleware {
  assertIsObject(rates, 'faults', 'rates: a share from 0 to 1 by fault');
  assertIsObject(options, 'faults', 'options: { seed, retryAfterMs? }');
  const { seed, retryAfterMs } = options;
  const table = Object.entries(rates) as [keyof FaultRates, number][];
  const total = table.reduce((sum, [, rate]) => sum + rate, 0);
  if (
    !(total <= 1) ||
    table.some(([fault, rate]) => !(rate >= 0) || !(Object.hasOwn(ANSWERS, fault) || fault === 'stall' || fault === 'cut'))
  ) {
    throw new RangeError('expected a share from 0 to 1 for each known fault, 1 in all');
  }
  const random = seededRandom(seed);
  return async (request, context, next) => {
    const fault = draw(table, random);
    if (fault === undefined) return next(request, context);
    if (fault === 'stall') return new Promise((_resolve, reject) => context.cancellation.onCancel(reject));
    if (fault !== 'cut') throw answerOf(fault, retryAfterMs);
    const itemsUntilCut = Math.floor(random() * LONGEST_BEFORE_CUT);
    const reply = await next(request, context);
    return reply.kind === 'stream' ? { ...reply, items: cutAfter(itemsUntilCut, reply.items) } : reply;
  };
}

const LONGEST_BEFORE_CUT = 10;

function draw(table: readonly [keyof FaultRates, number][], random: Random): keyof FaultRates | undefined {
  let left = random();
  for (const [fault, rate] of table) {
    left -= rate;
    if (left < 0) return fault;
  }
  return undefined;
}

interface FaultAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

// Codes and wordings that OpenAI's wire knows; other wires tell the kind by status or wording.
const ANSWERS: Readonly<Record<Exclude<FailureKind, 'aborted'>, FaultAnswer>> = {
  transient: { status: 500, code: 'server_error', message: 'The server had an error' },
  timeout: { status: 504, code: 'gateway_timeout', message: 'Gateway timeout' },
  overloaded: { status: 503, code: 'overloaded', message: 'Overloaded' },
  'rate-limited': { status: 429, code: 'rate_limit_exceeded', message: 'Rate limit reached' },
  'quota-exhausted': { status: 402, code: 'insufficient_quota', message: 'You exceeded your current quota' },
  'credential-rejected': { status: 401, code: 'invalid_api_key', message: 'Incorrect API key provided' },
  'model-unavailable': { status: 404, code: 'model_not_found', message: 'The model does not exist' },
  'context-too-long': {
    status: 400,
    code: 'context_length_exceeded',
    message: 'prompt is too long: 1000001 tokens > 1000000 maximum',
  },
  'content-refused': { status: 400, code: 'content_filter', message: 'The content was filtered' },
  'request-invalid': { status: 400, code: 'invalid_value', message: 'Invalid value' },
  'invalid-response': { status: 200, code: 'invalid_response', message: '<html>' },
};

function answerOf(kind: keyof typeof ANSWERS, retryAfterMs: number | undefined): UpstreamError {
  const { status, code, message } = ANSWERS[kind];
  const headers: Record<string, string> =
    kind === 'rate-limited' && retryAfterMs !== undefined ? { 'retry-after-ms': String(retryAfterMs) } : {};
  const reason = kind === 'invalid-response' ? 'not-an-answer' : 'status';
  const body = kind === 'invalid-response' ? message : { kind, type: 'error', error: { type: code, code, message, param: null } };
  return new UpstreamError(reason, status, headers, body, `rehearsed: ${message}`);
}

function cutAfter(items: number, source: ItemSource<unknown>): ItemSource<unknown> {
  let left = items;
  return {
    next() {
      if (left > 0) {
        left -= 1;
        return source.next();
      }
      source.cancel();
      throw new UpstreamError('truncated', 200, {}, undefined, 'rehearsed: the stream was cut');
    },
    cancel: () => source.cancel(),
  };
}

import type { FailureKind } from 'tollgate';
import { expect } from 'vitest';
import { completion } from '../../support/chat-upstream.ts';
import type { House, Result } from '../harness.ts';
import type { FaultCase } from './case.ts';

/** An error answer that another deployment makes up for. */
function failsOver(
  row: number | readonly number[],
  kind: FailureKind,
  status: number,
  body: unknown,
  more: Partial<FaultCase> & { headers?: Record<string, string> } = {},
): FaultCase {
  const { headers, house, ...rest } = more;
  const said = typeof body === 'string' ? body.slice(0, 40) : JSON.stringify(body).slice(0, 70);
  return {
    rows: [row].flat(),
    name: `${status} ${said}: ${kind}, and the next deployment answers`,
    attempts: [kind, 'ok'],
    requests: 2,
    ...rest,
    house: { ...house, first: (exchange) => exchange.answer(status, body, headers) },
  };
}

/** An error answer that no other deployment could make good: it ends the call with its own words. */
function ends(
  row: number | readonly number[],
  kind: FailureKind,
  status: number,
  body: unknown,
  error: FaultCase['error'],
  more: Partial<FaultCase> = {},
): FaultCase {
  return {
    rows: [row].flat(),
    name: `${status} ${JSON.stringify(body).slice(0, 70)}: ${kind}, and nobody else is asked`,
    house: { first: (exchange) => exchange.answer(status, body) },
    attempts: [kind],
    requests: 1,
    error: { status, ...error },
    check: ({ error: thrown }, { exchanges }) => {
      expect(exchanges.second).toEqual([]);
      expect(thrown).toMatchObject({ attempts: [{ failure: { kind } }] });
    },
    ...more,
  };
}

const message = (text: string, more: object = {}) => ({ error: { message: text, ...more } });

/** How long the first deployment was asked to be left alone, in milliseconds. */
function coolsForMs({ events }: House): number | undefined {
  const start = events.find(({ type }) => type === 'cooldown.start') as { at: number; untilMs: number } | undefined;
  return start && start.untilMs - start.at;
}

/** A 429 with these headers cools the deployment for this long; undefined: not at all. */
function cools(row: number, headers: Record<string, string>, expectedMs: number | undefined, type = 'openai'): FaultCase {
  return {
    rows: [row],
    name: `429 of ${type} with ${JSON.stringify(headers)}: cools for ${expectedMs} ms`,
    house: {
      provider: { type },
      first: (exchange) => exchange.answer(429, message('Rate limit reached', { code: 'rate_limit_exceeded' }), headers),
    },
    attempts: ['rate-limited', 'ok'],
    requests: 2,
    check(_result, house) {
      const measuredMs = coolsForMs(house);
      if (expectedMs === undefined) expect(measuredMs).toBeUndefined();
      else expect(Math.abs((measuredMs ?? Number.NaN) - expectedMs)).toBeLessThan(expectedMs < HOUR_MS ? 2_000 : 60_000);
    },
  };
}

const HOUR_MS = 3_600_000;
const inAnHour = () => new Date(Date.now() + HOUR_MS);

const rateLimits: readonly FaultCase[] = [
  cools(33, { 'retry-after': '20' }, 20_000),
  {
    rows: [33],
    name: '429 alone: waits as long as it is asked to',
    house: {
      alone: true,
      first: (exchange) =>
        exchange.index === 0
          ? exchange.answer(429, message('slow down'), { 'retry-after-ms': '30' })
          : exchange.answer(200, completion('later')),
    },
    attempts: ['rate-limited', 'ok'],
    text: 'later',
    requests: 2,
    check: (_result, { events }) => {
      const waits = events.flatMap((event) => ('afterMs' in event ? [event.afterMs] : []));
      // What the machine took since the answer is already over.
      expect(waits).toEqual([expect.toSatisfy((afterMs: number) => afterMs >= 0 && afterMs <= 30)]);
    },
  },
  {
    rows: [33, 36],
    name: '429 alone with a wait beyond the cap: no wait, and the error says when',
    house: {
      alone: true,
      config: { retry: { retryAfterCapMs: 1_000, minDelayMs: 1, maxDelayMs: 2 } },
      first: (exchange) => exchange.answer(429, message('slow down'), { 'retry-after': '86400' }),
    },
    attempts: ['rate-limited'],
    error: { name: 'RateLimitError', code: 'failover_exhausted', status: 429 },
    requests: 1,
    check: ({ error }) => expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(86_390_000),
  },
  cools(34, { 'retry-after': inAnHour().toUTCString(), date: new Date().toUTCString() }, HOUR_MS),
  cools(34, { 'retry-after': 'Wed, 21 Oct 2015 07:29:00 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' }, 60_000),
  cools(34, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, undefined),
  cools(35, { 'retry-after-ms': '20000', 'retry-after': '3600' }, 20_000),
  cools(35, { 'x-ms-retry-after-ms': '20000', 'retry-after': '3600' }, 20_000),
  ...['1e309', '-5', '', 'soon', '1,5'].map((value) => cools(36, { 'retry-after': value }, undefined)),
  cools(
    37,
    { 'x-ratelimit-reset-requests': '6m0s', 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-tokens': '12ms' },
    360_000,
  ),
  cools(37, { 'x-ratelimit-reset-tokens': '1h2m3.5s', 'x-ratelimit-remaining-tokens': '0' }, 3_723_500, 'groq'),
  cools(37, { 'x-ratelimit-reset': String(inAnHour().getTime()), 'x-ratelimit-remaining': '0' }, HOUR_MS, 'openrouter'),
  cools(37, { 'x-ratelimit-reset': '3600' }, undefined, 'mistral'),
];

const accounts: readonly FaultCase[] = [
  failsOver(
    38,
    'quota-exhausted',
    429,
    message('You exceeded your current quota', { code: 'insufficient_quota', type: 'insufficient_quota' }),
  ),
  failsOver(39, 'rate-limited', 400, message('Resource exhausted', { code: 'RESOURCE_EXHAUSTED' })),
  failsOver(39, 'rate-limited', 400, message('Too many tokens, please wait before trying again.')),
  failsOver(51, 'quota-exhausted', 402, message('Insufficient credits')),
  failsOver(51, 'model-unavailable', 451, message('not available in your region')),
  failsOver(49, 'credential-rejected', 401, message('Incorrect API key provided', { code: 'invalid_api_key' })),
  failsOver(49, 'credential-rejected', 403, message('key revoked')),
  {
    rows: [49],
    name: 'a revoked key of two: the other one answers, and only the first one cools',
    house: {
      alone: true,
      provider: { apiKey: ['sk-revoked', 'sk-good'] },
      first: (exchange) =>
        exchange.request.headers.get('authorization') === 'Bearer sk-revoked'
          ? exchange.answer(401, message('revoked'))
          : exchange.answer(200, completion('with the other')),
    },
    attempts: ['credential-rejected', 'ok'],
    text: 'with the other',
    requests: 2,
    check: (_result, { events, gateway }) => {
      const cooldowns = events.filter(({ type }) => type === 'cooldown.start');
      expect(cooldowns).toMatchObject([{ scope: 'credential', deployment: 'first#1', reason: 'credential-rejected' }]);
      expect(gateway.control.health()[0]?.state).toBe('healthy');
    },
  },
  {
    rows: [49],
    name: 'an only key that is revoked: its deployment cools, and is tried no more while another is there',
    house: { first: (exchange) => exchange.answer(401, message('revoked')) },
    before: ({ gateway }) => gateway.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'first' }] }),
    attempts: ['ok'],
    requests: 3,
    calls: 2,
    tokens: 30,
    check: ({ route }) =>
      expect(route?.skipped[0]).toMatchObject({ deployment: 'first/m', reason: expect.stringContaining('credential-rejected') }),
  },
];

const servers: readonly FaultCase[] = [
  failsOver(40, 'overloaded', 529, message('Overloaded', { type: 'overloaded_error' })),
  {
    ...failsOver(41, 'overloaded', 503, { error: 'Model m is currently loading', estimated_time: 2_315 }),
    name: '503 while a model loads: not waited for beyond the cap',
    house: {
      alone: true,
      first: (exchange) => exchange.answer(503, { error: 'Model m is currently loading', estimated_time: 2_315 }),
    },
    attempts: ['overloaded'],
    error: { code: 'failover_exhausted', status: 503 },
    requests: 1,
  },
  {
    rows: [41],
    name: '503 while a model loads: waited for where it is soon there',
    house: {
      alone: true,
      first: (exchange) =>
        exchange.index === 0
          ? exchange.answer(503, { error: 'loading', estimated_time: 0.02 })
          : exchange.answer(200, completion('loaded')),
    },
    attempts: ['overloaded', 'ok'],
    text: 'loaded',
    requests: 2,
  },
  ...([408, 409, 425, 500, 502, 520, 521, 522, 523] as const).map((status) =>
    failsOver(42, 'transient', status, message('try again')),
  ),
  ...([504, 524] as const).map((status) => failsOver(42, 'timeout', status, message('took too long'))),
  {
    rows: [43],
    name: 'x-should-retry: false ends the repeats of a 500',
    house: { alone: true, first: (exchange) => exchange.answer(500, message('do not'), { 'x-should-retry': 'false' }) },
    attempts: ['transient'],
    error: { name: 'InternalServerError', code: 'failover_exhausted', status: 500 },
    requests: 1,
  },
  {
    rows: [43],
    name: 'x-should-retry: true repeats what its status would not',
    house: {
      alone: true,
      first: (exchange) =>
        exchange.index === 0
          ? exchange.answer(418, message('again'), { 'x-should-retry': 'true' })
          : exchange.answer(200, completion('tea')),
    },
    attempts: ['request-invalid', 'ok'],
    text: 'tea',
    requests: 2,
  },
  failsOver(55, 'transient', 502, '<html><body>Bad gateway</body></html>', { headers: { 'content-type': 'text/html' } }),
  failsOver(50, 'model-unavailable', 404, message('The model does not exist', { code: 'model_not_found' })),
  failsOver(50, 'model-unavailable', 410, message('retired')),
  failsOver(50, 'model-unavailable', 400, message('m is not a valid model ID')),
];

const OVERFLOWS: readonly unknown[] = [
  message("This model's maximum context length is 8192 tokens", { code: 'context_length_exceeded' }),
  message('prompt is too long: 210000 tokens > 200000 maximum', { type: 'invalid_request_error' }),
  message('The input token count (1200000) exceeds the maximum number of tokens allowed'),
  message('The request exceeds the maximum allowed input length', { code: '400' }),
  message('Requested token count exceeds the model’s maximum context length of 4096 tokens'),
  message('the request exceeds the available context size', { type: 'exceed_context_size_error' }),
];

const requests: readonly FaultCase[] = [
  ...OVERFLOWS.map((body) =>
    failsOver(44, 'context-too-long', 400, body, {
      house: { first: () => {}, firstDeployment: { contextWindow: 8_000 }, secondDeployment: { contextWindow: 100_000 } },
    }),
  ),
  ends(
    44,
    'context-too-long',
    400,
    OVERFLOWS[0],
    { name: 'BadRequestError', code: 'context_length_exceeded' },
    {
      name: '400 context length where no window is larger: nobody else is asked',
      house: {
        first: (exchange) => exchange.answer(400, OVERFLOWS[0]),
        firstDeployment: { contextWindow: 8_000 },
        secondDeployment: { contextWindow: 8_000 },
      },
    },
  ),
  ends(
    46,
    'content-refused',
    400,
    message('filtered', { code: 'content_filter', innererror: { code: 'ResponsibleAIPolicyViolation' } }),
    { name: 'BadRequestError', code: 'content_filter' },
    {
      check: (_result: Result, { gateway }: House) =>
        expect(gateway.control.health()[0]).toMatchObject({ state: 'healthy', consecutiveFailures: 0 }),
    },
  ),
  ...[413, 414, 431].map((status) => ends(52, 'request-invalid', status, message('too large'), {})),
  ends(
    53,
    'request-invalid',
    422,
    message('unsupported parameter', { param: 'logit_bias', code: 'unsupported_parameter' }),
    { name: 'UnprocessableEntityError', code: 'unsupported_parameter' },
    {
      check: (_result: Result, { gateway }: House) =>
        expect(gateway.control.health()[0]).toMatchObject({ state: 'healthy', consecutiveFailures: 0 }),
    },
  ),
];

export const statusCases: readonly FaultCase[] = [...rateLimits, ...accounts, ...servers, ...requests];

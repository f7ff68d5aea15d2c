import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/providers/classify.ts';
import { vendors } from '../../../src/providers/open-ai-wire-provider.ts';
import { explain } from '../../../src/providers/openai/explain.ts';
import { HOST_QUIRKS } from '../../../src/providers/openai/quirks.ts';
import { durationMs, resetAfterMs } from '../../../src/providers/reset-headers.ts';
import { UpstreamError } from '../../../src/providers/upstream-error.ts';

const NOW_MS = 1_700_000_000_000;

function failure(
  type: string,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
  reason: 'status' | 'error-in-answer' = 'status',
) {
  const quirks = vendors.get(type)?.quirks ?? HOST_QUIRKS;
  return classify(new UpstreamError(reason, status, headers, body), (error, nowMs) => explain(error, nowMs, quirks), NOW_MS);
}

const coded = (code: unknown, message = 'x', type?: string) => ({ error: { message, type, code, param: null } });

describe('an error by its code', () => {
  it.each([
    ['openai', 401, coded('invalid_api_key'), 'credential-rejected', 'invalid_api_key'],
    ['openai', 400, coded('context_length_exceeded'), 'context-too-long', 'context_length_exceeded'],
    ['openai', 429, coded('insufficient_quota'), 'quota-exhausted', 'insufficient_quota'],
    ['openai', 429, coded('rate_limit_exceeded', 'x', 'tokens'), 'rate-limited', 'rate_limit_exceeded'],
    ['openai', 404, coded('model_not_found'), 'model-unavailable', 'model_not_found'],
    ['openai', 400, coded('model_not_found'), 'model-unavailable', 'model_not_found'],
    ['openai', 400, coded('unsupported_parameter'), 'request-invalid', 'unsupported_parameter'],
    ['openai', 400, coded('content_policy_violation'), 'content-refused', 'content_policy_violation'],
    ['openai', 500, coded(null, 'x', 'server_error'), 'transient', 'server_error'],
    ['openai', 503, coded(null, 'x', 'server_error'), 'overloaded', 'server_error'],
    ['groq', 413, coded('rate_limit_exceeded', 'Request too large', 'tokens'), 'rate-limited', 'rate_limit_exceeded'],
    ['groq', 400, coded('tool_use_failed'), 'request-invalid', 'tool_use_failed'],
    ['groq', 498, coded('capacity_exceeded'), 'overloaded', 'capacity_exceeded'],
    ['groq', 400, coded('model_decommissioned'), 'model-unavailable', 'model_decommissioned'],
    ['deepseek', 402, coded('invalid_request_error', 'Insufficient Balance'), 'quota-exhausted', 'invalid_request_error'],
    [
      'deepseek',
      401,
      coded('invalid_request_error', 'Authentication Fails', 'authentication_error'),
      'credential-rejected',
      'invalid_request_error',
    ],
    ['moonshot', 429, coded(undefined, 'x', 'engine_overloaded_error'), 'overloaded', 'engine_overloaded_error'],
    ['moonshot', 429, coded(undefined, 'x', 'exceeded_current_quota_error'), 'quota-exhausted', 'exceeded_current_quota_error'],
    [
      'xai',
      400,
      { code: 'invalid-argument', error: 'Incorrect API key provided: xa***' },
      'credential-rejected',
      'invalid-argument',
    ],
    [
      'xai',
      403,
      { code: 'permission-denied', error: "Your newly created team doesn't have any credits or licenses yet." },
      'quota-exhausted',
      'permission-denied',
    ],
    [
      'xai',
      403,
      { code: 'permission-denied', error: 'You have run out of credits or need a Grok subscription.' },
      'quota-exhausted',
      'permission-denied',
    ],
    ['alibaba', 403, coded('AllocationQuota.FreeTierOnly'), 'quota-exhausted', 'AllocationQuota.FreeTierOnly'],
    ['alibaba', 403, coded('Model.AccessDenied'), 'model-unavailable', 'Model.AccessDenied'],
    ['zai', 429, coded('1110'), 'credential-rejected', '1110'],
    ['zai', 429, coded('1112'), 'credential-rejected', '1112'],
    ['zai', 429, coded('1121'), 'credential-rejected', '1121'],
    ['zai', 429, coded('1311'), 'model-unavailable', '1311'],
    ['perplexity', 400, { error: { message: 'too long', type: 'too_many_prompt_tokens', code: 400 } }, 'context-too-long', '400'],
    ['mistral', 401, { detail: 'Invalid API Key' }, 'credential-rejected', 'credential_rejected'],
    [
      'mistral',
      422,
      { detail: [{ loc: ['body', 'n'], msg: 'Extra inputs', type: 'extra_forbidden' }] },
      'request-invalid',
      'request_invalid',
    ],
    [
      'mistral',
      400,
      { object: 'error', message: 'Invalid model: x', type: 'invalid_model', code: '1500' },
      'model-unavailable',
      '1500',
    ],
    [
      'azure',
      400,
      { error: { code: 'content_filter', message: 'x', innererror: { code: 'ResponsibleAIPolicyViolation' } } },
      'content-refused',
      'content_filter',
    ],
    ['azure', 401, coded('401'), 'credential-rejected', '401'],
    ['azure', 404, coded('DeploymentNotFound'), 'model-unavailable', 'DeploymentNotFound'],
    ['azure', 429, coded('RateLimitReached'), 'rate-limited', 'RateLimitReached'],
    ['ollama', 404, { error: 'model "x" not found, try pulling it first' }, 'model-unavailable', 'model_unavailable'],
    ['huggingface', 503, { error: 'Model x is currently loading', estimated_time: 20.5 }, 'overloaded', 'overloaded'],
    ['openrouter', 402, coded(402), 'quota-exhausted', '402'],
    [
      'openrouter',
      403,
      { error: { code: 403, message: 'flagged', metadata: { reasons: ['violence'], flagged_input: 'x' } } },
      'content-refused',
      '403',
    ],
    ['openrouter', 403, coded(403, 'Key limit exceeded'), 'credential-rejected', '403'],
    [
      'google-openai',
      400,
      [
        {
          error: {
            code: 400,
            message: 'API key not valid.',
            status: 'INVALID_ARGUMENT',
            details: [{ reason: 'API_KEY_INVALID' }],
          },
        },
      ],
      'credential-rejected',
      '400',
    ],
  ])('%s %i %j means %s', (type, status, body, kind, code) => {
    expect(failure(type, status, body)).toMatchObject({ kind, code, status });
  });

  it('keeps message, type and param', () => {
    expect(failure('openai', 400, { error: { message: 'no', type: 't', param: 'p', code: 'c' } })).toMatchObject({
      message: 'no',
      type: 't',
      param: 'p',
    });
    expect(failure('mistral', 422, { detail: [{ loc: ['body', 'n'], msg: 'Extra inputs' }] }).message).toBe(
      'body.n: Extra inputs',
    );
  });

  it('inside a 200 counts by its own status', () => {
    expect(failure('openrouter', 502, { error: { code: 502, message: 'down' } }, {}, 'error-in-answer').kind).toBe('transient');
    expect(failure('openrouter', 429, { error: { code: 429, message: 'x' } }, {}, 'error-in-answer').kind).toBe('rate-limited');
  });

  it('leaves pages of proxies to their status', () => {
    expect(failure('openai', 502, '<html>rate limit exceeded</html>')).toMatchObject({ kind: 'transient', code: 'transient' });
    expect(failure('openai', 400, '<html>').kind).toBe('request-invalid');
    expect(failure('openai', 524, '')).toMatchObject({ kind: 'timeout' });
  });
});

describe('an error by its text alone', () => {
  it.each([
    "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens",
    'The decoder prompt (length 5000) is longer than the maximum model length of 4096.',
    "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
    'the request exceeds the available context size, try increasing it',
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    'Input length 9000 exceeds the maximum allowed input length of 8192 tokens.',
    'Invalid request: Your request exceeded model token limit: 131072',
    'Range of input length should be [1, 30720]',
    'Please reduce the length of the messages or completion.',
    '`inputs` tokens + `max_new_tokens` must be <= 4096.',
    'prompt is too long: 210000 tokens > 200000 maximum',
  ])('%s', (message) => {
    expect(failure('openai-compatible', 400, coded('400', message)).kind).toBe('context-too-long');
  });

  it('takes throttling for what it is, though it speaks of tokens', () => {
    expect(failure('openai-compatible', 400, coded(null, 'Too many tokens, please wait before trying again.')).kind).toBe(
      'rate-limited',
    );
  });

  it('is not believed where the status is clear', () => {
    expect(failure('openai-compatible', 401, coded(null, 'maximum context length')).kind).toBe('credential-rejected');
  });
});

describe('waiting hints', () => {
  const limited = coded('rate_limit_exceeded');

  it('prefers what the answer says outright', () => {
    expect(failure('openai', 429, limited, { 'retry-after': '2', 'x-ratelimit-reset-requests': '6m0s' }).retryAfterMs).toBe(2000);
    expect(failure('azure', 429, limited, { 'retry-after-ms': '350', 'retry-after': '1' }).retryAfterMs).toBe(350);
  });

  it('waits for the limit that is used up', () => {
    const headers = {
      'x-ratelimit-remaining-requests': '12',
      'x-ratelimit-reset-requests': '6m0s',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '7.66s',
    };
    expect(failure('groq', 429, limited, headers).retryAfterMs).toBe(7660);
    expect(failure('groq', 429, limited, { ...headers, 'x-ratelimit-remaining-tokens': '1' }).retryAfterMs).toBe(360_000);
  });

  it.each(['0', '-5', 'Wed, 21 Oct 2015 07:28:00 GMT'])(
    'takes no wait at all for none beside a limit that is used up: %s',
    (none) => {
      const usedUp = { 'retry-after': none, 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '7.66s' };
      expect(failure('openai', 429, limited, usedUp).retryAfterMs).toBe(7660);
      expect(failure('openai', 429, limited, { ...usedUp, 'x-ratelimit-remaining-tokens': '1' }).retryAfterMs).toBe(0);
      expect(failure('openai', 429, limited, { 'retry-after': none }).retryAfterMs).toBe(0);
    },
  );

  it("reads OpenRouter's milliseconds since the epoch, also inside the error", () => {
    const reset = String(NOW_MS + 5000);
    expect(failure('openrouter', 429, coded(429), { 'x-ratelimit-reset': reset }).retryAfterMs).toBe(5000);
    const inside = { error: { code: 429, message: 'x', metadata: { headers: { 'X-RateLimit-Reset': reset } } } };
    expect(failure('openrouter', 429, inside).retryAfterMs).toBe(5000);
  });

  it("reads Google's delay and Hugging Face's loading time, and guesses at nothing", () => {
    const google = { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'x', details: [{ retryDelay: '34.4s' }] } };
    expect(failure('google-openai', 429, [google]).retryAfterMs).toBe(34_400);
    expect(failure('huggingface', 503, { error: 'loading', estimated_time: 20.5 }).retryAfterMs).toBe(20_500);
    expect(failure('openai', 429, limited, { 'x-ratelimit-reset-requests': 'soon' }).retryAfterMs).toBeUndefined();
    expect(failure('mistral', 429, limited, { 'x-ratelimit-reset-requests': '6m0s' }).retryAfterMs).toBeUndefined();
  });
});

describe('reset values', () => {
  it.each([
    ['6m0s', 360_000],
    ['12ms', 12],
    ['1h2m3.5s', 3_723_500],
    ['1s', 1000],
    ['0s', 0],
    ['1d', 86_400_000],
    ['5', undefined],
    ['m', undefined],
    ['1,5s', undefined],
    ['', undefined],
    ['-1s', undefined],
  ])('%s is a duration of %s ms', (text, expected) => {
    expect(durationMs(text)).toBe(expected);
  });

  it('are read by the grammar of the vendor and no other', () => {
    expect(resetAfterMs('5', 'seconds', NOW_MS)).toBe(5000);
    expect(resetAfterMs(String(NOW_MS / 1000 + 7), 'epoch-seconds', NOW_MS)).toBe(7000);
    expect(resetAfterMs(String(NOW_MS - 7), 'epoch-milliseconds', NOW_MS)).toBe(0);
    expect(resetAfterMs(new Date(NOW_MS + 9000).toISOString(), 'rfc3339', NOW_MS)).toBe(9000);
    expect(resetAfterMs('5', 'rfc3339', NOW_MS)).toBeUndefined();
    expect(resetAfterMs('6m0s', 'seconds', NOW_MS)).toBeUndefined();
    expect(resetAfterMs(undefined, 'seconds', NOW_MS)).toBeUndefined();
  });
});

it('keeps the words that stand where the message does', () => {
  const message = { detail: [{ type: 'missing', loc: ['body', 'messages'], msg: 'Field required', input: 'secret' }] };
  const found = failure('mistral', 422, { object: 'error', message, type: 'invalid_request_error', param: null, code: null });
  expect(found).toMatchObject({ kind: 'request-invalid', message: 'body.messages: Field required' });
});

import { describe, expect, test } from 'vitest';
import { classify } from '../../../src/providers/classify.ts';
import { UpstreamError, type UpstreamErrorReason } from '../../../src/providers/upstream-error.ts';
import { context, serve, streamed, upstream, wire } from './support.ts';

const NOW_MS = Date.parse('2026-01-15T12:00:00Z');

function failure(status: number, body: unknown, headers: Record<string, string> = {}, reason: UpstreamErrorReason = 'status') {
  return classify(new UpstreamError(reason, status, headers, body), wire.explain, NOW_MS);
}

const error = (type: string, message = 'Because.', more = {}) => ({
  type: 'error',
  error: { type, message, ...more },
  request_id: 'req_1',
});

describe('an error answer', () => {
  test.each([
    [400, 'invalid_request_error', 'max_tokens: Field required', 'request-invalid'],
    [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum', 'context-too-long'],
    [400, 'invalid_request_error', 'input length and `max_tokens` exceed context limit: 1 + 2 > 2', 'context-too-long'],
    [400, 'invalid_request_error', 'Your credit balance is too low to access the Anthropic API.', 'quota-exhausted'],
    [400, 'invalid_request_error', 'You have reached your specified API usage limits.', 'quota-exhausted'],
    [429, 'rate_limit_error', 'Your organization has reached its monthly spend limit', 'quota-exhausted'],
    [400, 'invalid_request_error', 'Output blocked by content filtering policy', 'content-refused'],
    [400, 'invalid_request_error', 'tools.0: "prompt is too long" is no description', 'request-invalid'],
    [401, 'authentication_error', 'invalid x-api-key', 'credential-rejected'],
    [402, 'billing_error', 'Pay first.', 'quota-exhausted'],
    [403, 'permission_error', 'No.', 'credential-rejected'],
    [404, 'not_found_error', 'model: claude-x', 'model-unavailable'],
    [409, 'conflict_error', 'Twice.', 'transient'],
    [413, 'request_too_large', 'Too large.', 'request-invalid'],
    [429, 'rate_limit_error', 'Number of request tokens has exceeded your limit', 'rate-limited'],
    [500, 'api_error', 'Internal server error', 'transient'],
    [504, 'timeout_error', 'Too slow.', 'timeout'],
    [529, 'overloaded_error', 'Overloaded', 'overloaded'],
  ])('%i %s "%s" is %s', (status, type, message, kind) => {
    expect(failure(status, error(type, message))).toMatchObject({ kind, code: type, type, message, status });
  });

  test("goes by the provider's finer code where there is one", () => {
    expect(failure(400, error('invalid_request_error', 'x', { details: { error_code: 'thread_gone' } })).code).toBe(
      'thread_gone',
    );
  });

  test.each([
    [503, '<html>', 'overloaded'],
    [500, { error: 'text' }, 'transient'],
    [413, null, 'request-invalid'],
    [502, error('brand_new_error'), 'transient'],
  ])('of another shape goes by its status: %i %j', (status, body, kind) => {
    const found = failure(status, body);
    expect(found.kind).toBe(kind);
    expect(found.code).not.toBe('');
  });

  test('inside a stream goes by its type, since the status was 200', () => {
    expect(failure(200, error('overloaded_error'), {}, 'error-in-stream').kind).toBe('overloaded');
    expect(failure(200, error('rate_limit_error'), {}, 'error-in-stream').kind).toBe('rate-limited');
  });
});

describe('how long to wait', () => {
  const limits = (remaining: string, reset: string, limit = 'requests') => ({
    [`anthropic-ratelimit-${limit}-remaining`]: remaining,
    [`anthropic-ratelimit-${limit}-reset`]: reset,
  });
  const later = '2026-01-15T12:00:30Z';

  test.each([
    [
      'the latest reset of the limits used up',
      { ...limits('0', later), ...limits('0', '2026-01-15T13:01:00+01:00', 'input-tokens') },
      60_000,
    ],
    ['nothing where no limit is used up', limits('3', later), undefined],
    ['nothing where the reset is no time', limits('0', '30'), undefined],
    ['no time for one that is past', limits('0', '2026-01-15T11:59:00Z'), 0],
    ['retry-after before all', { 'retry-after': '5', ...limits('0', later) }, 5_000],
    ['but not where it asks for no wait', { 'retry-after': '0', ...limits('0', later) }, 30_000],
    ['or is no time', { 'retry-after': 'soon', ...limits('0', later) }, 30_000],
    ['no wait that was told where no limit is used up', { 'retry-after': '0', ...limits('3', later) }, 0],
  ])('%s', (_, headers, retryAfterMs) => {
    expect(failure(429, error('rate_limit_error'), headers).retryAfterMs).toBe(retryAfterMs);
  });
});

describe('over the network', () => {
  test('a refused key is classified and its value is nowhere', async () => {
    const { provider, server } = await serve((served) => served.answer(401, error('authentication_error', 'invalid x-api-key')));
    const thrown = await provider.send(upstream({}), context).then(undefined, (reason: unknown) => reason);
    const found = provider.classify(thrown);
    expect(found).toMatchObject({ kind: 'credential-rejected', status: 401, reachedProvider: true });
    expect(JSON.stringify(found)).not.toContain('sk-ant-test');
    expect(server.requests[0]?.headers.get('x-api-key')).toBe('sk-ant-test');
    expect(server.requests[0]?.headers.get('anthropic-version')).toBe('2023-06-01');
  });

  test('an overload in the middle of a stream is an overload', async () => {
    const { provider } = await serve(async (served) => {
      await served.sseHead();
      await served.chunk(`event: error\ndata: ${JSON.stringify(error('overloaded_error', 'Overloaded'))}\n\n`);
      await served.lastChunk();
    });
    const thrown = await streamed(provider, {}).then(undefined, (reason: unknown) => reason);
    expect(provider.classify(thrown)).toMatchObject({ kind: 'overloaded', code: 'overloaded_error' });
  });

  test('a conversation that cannot be written is refused before anything is sent', async () => {
    const { provider, server } = await serve((served) => served.answer(200, {}));
    const thrown = await provider.send(upstream({ messages: [] }), context).then(undefined, (reason: unknown) => reason);
    expect(provider.classify(thrown)).toMatchObject({ kind: 'request-invalid', param: 'messages', reachedProvider: false });
    expect(server.requests).toHaveLength(0);
  });
});

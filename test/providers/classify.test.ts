import { describe, expect, it } from 'vitest';
import { TransportError, type TransportFault } from '../../src/core/transport-error.ts';
import { classify, kindOfStatus } from '../../src/providers/classify.ts';
import { RequestInvalid } from '../../src/providers/request-invalid.ts';
import { UpstreamError } from '../../src/providers/upstream-error.ts';

const unexplained = () => undefined;
const NOW_MS = Date.UTC(2026, 0, 15, 12);

describe('a status', () => {
  it.each([
    [400, 'request-invalid'],
    [401, 'credential-rejected'],
    [402, 'quota-exhausted'],
    [403, 'credential-rejected'],
    [404, 'model-unavailable'],
    [405, 'request-invalid'],
    [408, 'transient'],
    [409, 'transient'],
    [410, 'model-unavailable'],
    [413, 'request-invalid'],
    [422, 'request-invalid'],
    [425, 'transient'],
    [429, 'rate-limited'],
    [451, 'model-unavailable'],
    [499, 'request-invalid'],
    [500, 'transient'],
    [502, 'transient'],
    [503, 'overloaded'],
    [504, 'timeout'],
    [520, 'transient'],
    [524, 'timeout'],
    [529, 'overloaded'],
    [399, 'transient'],
    [600, 'transient'],
  ] as const)('%i alone means %s', (status, kind) => {
    expect(kindOfStatus(status)).toBe(kind);
    const failure = classify(new UpstreamError('status', status, {}, {}), unexplained, NOW_MS);
    expect(failure).toMatchObject({
      kind,
      code: kind.replaceAll('-', '_'),
      status,
      reachedProvider: true,
      message: `upstream answered ${status} (status)`,
    });
  });
});

describe('an answer', () => {
  it('means what its wire says of it, before its status', () => {
    const error = new UpstreamError('status', 429, { 'retry-after': '7', 'x-should-retry': 'false' }, {});
    const explanation = {
      kind: 'quota-exhausted',
      code: 'insufficient_quota',
      message: 'no credit',
      type: 'billing',
      param: 'model',
    } as const;
    expect(classify(error, () => explanation, NOW_MS)).toEqual({
      ...explanation,
      status: 429,
      retryAfterMs: 7_000,
      shouldRetry: false,
      reachedProvider: true,
      headers: error.headers,
      cause: error,
    });
  });

  it('tells its wire the error and the time', () => {
    const error = new UpstreamError('status', 500, {}, {});
    const seen: unknown[] = [];
    classify(
      error,
      (...told) => {
        seen.push(...told);
        return undefined;
      },
      NOW_MS,
    );
    expect(seen).toEqual([error, NOW_MS]);
  });

  it('has a code and a message even where its wire knows none', () => {
    const error = new UpstreamError('status', 503, {}, {}, 'busy');
    expect(classify(error, () => ({ kind: 'overloaded', code: '', message: '' }), NOW_MS)).toMatchObject({
      code: 'overloaded',
      message: 'busy',
    });
  });

  it("takes the wire's own wait before the headers", () => {
    const error = new UpstreamError('status', 429, { 'retry-after': '7' }, {});
    expect(classify(error, () => ({ kind: 'rate-limited', retryAfterMs: 0 }), NOW_MS).retryAfterMs).toBe(0);
  });

  it.each([
    ['true', true],
    ['false', false],
    ['maybe', undefined],
    [undefined, undefined],
  ])('with x-should-retry %s', (value, shouldRetry) => {
    const headers: Record<string, string> = value === undefined ? {} : { 'x-should-retry': value };
    expect(classify(new UpstreamError('status', 500, headers, {}), unexplained, NOW_MS).shouldRetry).toBe(shouldRetry);
  });

  it('that is none is an invalid response, and a cut one is transient, whatever its status', () => {
    expect(classify(new UpstreamError('not-an-answer', 200, {}, {}), unexplained, NOW_MS).kind).toBe('invalid-response');
    expect(classify(new UpstreamError('truncated', 429, {}, undefined), unexplained, NOW_MS).kind).toBe('transient');
    expect(classify(new UpstreamError('error-in-stream', 429, {}, {}), unexplained, NOW_MS).kind).toBe('rate-limited');
  });

  it('that is a page is told by its head, redacted and in one line', () => {
    const page = `\n <html>\n<body>  Bearer abcdefghijkl ${'x'.repeat(500)}`;
    const { message } = classify(new UpstreamError('not-an-answer', 200, {}, page), unexplained, NOW_MS);
    expect(message).toContain(': <html> <body> Bearer [redacted] xxx');
    expect(message).toHaveLength('upstream answered 200 (not-an-answer): '.length + 200);
  });

  it('that may hold the words of a model is not told', () => {
    for (const body of ['{"choices":[{"message":{"content":"secret', { content: 'secret' }]) {
      expect(classify(new UpstreamError('not-an-answer', 200, {}, body), unexplained, NOW_MS).message).toBe(
        'upstream answered 200 (not-an-answer)',
      );
    }
  });

  it('never tells a key that its provider repeats', () => {
    const failure = classify(
      new UpstreamError('status', 401, {}, {}),
      () => ({ kind: 'credential-rejected', message: 'Incorrect API key: sk-abcdefgh1234' }),
      NOW_MS,
    );
    expect(failure.message).toBe('Incorrect API key: [redacted]');
  });
});

describe('a fault of the transport', () => {
  const kinds: Record<TransportFault, string> = {
    'connect-refused': 'transient',
    'connect-timeout': 'timeout',
    dns: 'transient',
    'dns-temporary': 'transient',
    tls: 'transient',
    proxy: 'transient',
    'closed-before-answer': 'transient',
    'closed-in-answer': 'transient',
    'first-byte-timeout': 'timeout',
    'idle-timeout': 'timeout',
    'malformed-answer': 'invalid-response',
    'too-large': 'invalid-response',
    redirect: 'invalid-response',
    'invalid-request': 'request-invalid',
  };

  it.each(Object.entries(kinds) as [TransportFault, string][])('%s means %s', (fault, kind) => {
    const error = new TransportError(fault, 'at sk-abcdefgh1234', { code: 'ECODE' });
    expect(classify(error, unexplained, NOW_MS)).toEqual({
      kind,
      code: 'ECODE',
      message: 'at [redacted]',
      reachedProvider: true,
      staleSocket: false,
      cause: error,
    });
  });

  it('tells what never reached the provider, and a stale socket', () => {
    expect(classify(new TransportError('connect-refused', '', { neverSent: true }), unexplained, NOW_MS).reachedProvider).toBe(
      false,
    );
    expect(classify(new TransportError('closed-before-answer', '', { staleSocket: true }), unexplained, NOW_MS).staleSocket).toBe(
      true,
    );
  });
});

describe('anything else', () => {
  it('that names a param is the fault of the request, and was never sent', () => {
    const error = new RequestInvalid('messages[0]', 'expected Bearer abcdefghijkl');
    const failure = classify(error, unexplained, NOW_MS);
    expect(failure).toMatchObject({
      kind: 'request-invalid',
      code: 'invalid_request',
      status: 400,
      param: 'messages[0]',
      reachedProvider: false,
      cause: error,
    });
    expect(failure.message).toContain('[redacted]');
  });

  it.each([
    [new TypeError('sk-abcdefgh1234 is undefined'), '[redacted] is undefined'],
    ['thrown text', 'thrown text'],
    [undefined, 'undefined'],
  ])('is a fault of the provider: %s', (thrown, message) => {
    expect(classify(thrown, unexplained, NOW_MS)).toEqual({
      kind: 'invalid-response',
      code: 'provider_fault',
      message,
      reachedProvider: true,
      cause: thrown,
    });
  });
});

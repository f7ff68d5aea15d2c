import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/providers/classify.ts';
import { explain } from '../../../src/providers/google/explain.ts';
import { UpstreamError } from '../../../src/providers/upstream-error.ts';

const type = (name: string) => `type.googleapis.com/google.rpc.${name}`;

function failureOf(status: number, body: unknown) {
  return classify(new UpstreamError('status', status, {}, body), explain, 0);
}

function answered(status: number, word: string, message = 'm', details: unknown[] = []) {
  return failureOf(status, { error: { code: status, status: word, message, details } });
}

describe("Google's errors", () => {
  it.each([
    [400, 'INVALID_ARGUMENT', 'Unknown name "x": Cannot find field.', 'request-invalid'],
    [
      400,
      'INVALID_ARGUMENT',
      'The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).',
      'context-too-long',
    ],
    [
      400,
      'INVALID_ARGUMENT',
      'Unable to submit request because the input token count is 9 but the model only supports up to 8.',
      'context-too-long',
    ],
    [400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.', 'credential-rejected'],
    [400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.', 'model-unavailable'],
    [400, 'FAILED_PRECONDITION', 'Please enable billing on project 1.', 'quota-exhausted'],
    [400, 'FAILED_PRECONDITION', 'Something else', 'request-invalid'],
    [400, 'RESOURCE_EXHAUSTED', 'A limit told as 400', 'rate-limited'],
    [401, 'UNAUTHENTICATED', 'm', 'credential-rejected'],
    [403, 'PERMISSION_DENIED', 'm', 'credential-rejected'],
    [404, 'NOT_FOUND', 'm', 'model-unavailable'],
    [429, 'RESOURCE_EXHAUSTED', 'Resource exhausted. Please try again later.', 'rate-limited'],
    [429, 'RESOURCE_EXHAUSTED', '* Quota exceeded for metric: requests, limit: 0, model: gemini-3-pro', 'quota-exhausted'],
    [429, 'RESOURCE_EXHAUSTED', '* Quota exceeded for metric: requests, limit: 0.5', 'rate-limited'],
    [499, 'CANCELLED', 'm', 'transient'],
    [500, 'INTERNAL', 'm', 'transient'],
    [503, 'UNAVAILABLE', 'The model is overloaded.', 'overloaded'],
    [504, 'DEADLINE_EXCEEDED', 'm', 'timeout'],
  ])('%i %s "%s" is %s', (status, word, message, kind) => {
    expect(answered(status, word, message)).toMatchObject({ kind, code: word, status, message });
  });

  it('go by the reason before the status', () => {
    const details = [{ '@type': type('ErrorInfo'), reason: 'API_KEY_INVALID' }];
    expect(answered(400, 'INVALID_ARGUMENT', 'm', details)).toMatchObject({
      kind: 'credential-rejected',
      code: 'API_KEY_INVALID',
      type: 'INVALID_ARGUMENT',
    });
    expect(answered(403, 'PERMISSION_DENIED', 'm', [{ '@type': type('ErrorInfo'), reason: 'BILLING_DISABLED' }]).kind).toBe(
      'quota-exhausted',
    );
  });

  it.each([
    ['34.4s', 34_400],
    ['0s', 0],
    ['5m', undefined],
    ['-3s', undefined],
    ['1e9s', undefined],
  ])('tell to wait for %s', (retryDelay, retryAfterMs) => {
    expect(answered(429, 'RESOURCE_EXHAUSTED', 'm', [{ '@type': type('RetryInfo'), retryDelay }]).retryAfterMs).toBe(
      retryAfterMs,
    );
  });

  it.each([{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }, { quotaId: 'PerMinute', quotaValue: '0' }])(
    'have a used-up quota, which a short delay does not bring back: %j',
    (violation) => {
      const details = [
        { '@type': type('QuotaFailure'), violations: [violation] },
        { '@type': type('RetryInfo'), retryDelay: '36s' },
      ];
      expect(answered(429, 'RESOURCE_EXHAUSTED', 'm', details)).toMatchObject({
        kind: 'quota-exhausted',
        retryAfterMs: undefined,
      });
    },
  );

  it('name the field that was wrong', () => {
    const details = [{ '@type': type('BadRequest'), fieldViolations: [{ field: 'contents[0].role' }] }];
    expect(answered(400, 'INVALID_ARGUMENT', 'm', details).param).toBe('contents[0].role');
  });

  it('are read in an array, as an object and as bare text', () => {
    expect(failureOf(503, [{ error: { code: 503, status: 'UNAVAILABLE', message: 'm' } }])).toMatchObject({
      kind: 'overloaded',
      message: 'm',
    });
    expect(failureOf(500, { error: 'broken' })).toMatchObject({ kind: 'transient', message: 'broken', code: '500' });
    expect(failureOf(429, { error: { code: 429, message: 'm' } })).toMatchObject({ kind: 'rate-limited', code: '429' });
  });

  it.each(['<html>', null, {}, [], 5])('leave a body of another kind to the status: %j', (body) => {
    expect(failureOf(502, body)).toMatchObject({ kind: 'transient', code: 'transient' });
  });

  it('in a stream count like their own code', () => {
    const error = new UpstreamError('error-in-stream', 200, {}, { error: { code: 429, message: 'm' } });
    expect(classify(error, explain, 0).kind).toBe('rate-limited');
  });
});

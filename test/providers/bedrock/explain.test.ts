import { expect, it } from 'vitest';
import { explain } from '../../../src/providers/bedrock/explain.ts';
import { classify } from '../../../src/providers/classify.ts';
import { UpstreamError } from '../../../src/providers/upstream-error.ts';

it.each([
  [429, 'ThrottlingException', 'Too many requests, please wait before trying again.', 'rate-limited'],
  [400, 'ValidationException', 'Too many tokens, please wait before trying again.', 'rate-limited'],
  [429, 'ThrottlingException', 'Too many tokens per day, please wait before trying again.', 'quota-exhausted'],
  [400, 'ServiceQuotaExceededException', 'quota', 'rate-limited'],
  [429, 'ModelNotReadyException', 'not ready', 'overloaded'],
  [408, 'ModelTimeoutException', 'timed out', 'timeout'],
  [408, undefined, 'timed out', 'timeout'],
  [424, 'ModelErrorException', 'failed', 'transient'],
  [424, undefined, 'failed', 'transient'],
  [500, 'InternalServerException', 'oops', 'transient'],
  [503, 'ServiceUnavailableException', 'busy', 'overloaded'],
  [403, 'AccessDeniedException', "You don't have access to the model with the specified model ID.", 'credential-rejected'],
  [403, 'UnrecognizedClientException', 'The security token included in the request is invalid.', 'credential-rejected'],
  [403, 'ExpiredTokenException', 'expired', 'credential-rejected'],
  [403, undefined, 'Bearer Token has expired', 'credential-rejected'],
  [404, 'ResourceNotFoundException', 'no such model', 'model-unavailable'],
  [400, 'ValidationException', 'The provided model identifier is invalid.', 'model-unavailable'],
  [400, 'ValidationException', 'Invocation of model ID x.y with on-demand throughput isn’t supported.', 'model-unavailable'],
  [400, 'ValidationException', 'Input is too long for requested model.', 'context-too-long'],
  [
    400,
    undefined,
    'The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds',
    'context-too-long',
  ],
  [
    400,
    'ValidationException',
    'The model returned the following errors: prompt is too long: 2 tokens > 1 maximum',
    'context-too-long',
  ],
  [400, 'ValidationException', "This model doesn't support tool use.", 'request-invalid'],
  [400, undefined, 'something else', 'request-invalid'],
] as const)('%i %s "%s" is %s', (status, type, message, kind) => {
  const headers: Record<string, string> = type ? { 'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/` } : {};
  const failure = classify(new UpstreamError('status', status, headers, { message }), explain, 0);
  expect(failure).toMatchObject({ kind, status, message, reachedProvider: true });
  expect(failure.code).toBe(type ?? kind.replaceAll('-', '_'));
});

it('reads the type out of the body too, and leaves proxies’ pages to the status', () => {
  const coral = new UpstreamError('status', 400, {}, { __type: 'com.amazon.coral.service#ThrottlingException', Message: 'slow' });
  expect(explain(coral)).toMatchObject({ kind: 'rate-limited', code: 'ThrottlingException', message: 'slow' });
  expect(explain(new UpstreamError('status', 502, {}, '<html>'))).toBeUndefined();
  expect(explain(new UpstreamError('not-an-answer', 200, {}, {}))).toBeUndefined();
});

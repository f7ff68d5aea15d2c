import { type GatewayConfig, routeOf } from 'tollgate';
import { afterAll, describe, expect, it } from 'vitest';
import { FAILURE_RULES } from '../../src/failover/table.ts';
import { failureOf, gatewayOf, messages } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import { frame } from '../support/event-frames.ts';
import { type FaultExchange, startFaultServer } from '../support/fault-server.ts';

type Kind = keyof typeof FAILURE_RULES;

/** Type of the provider, status, body (or the exception of a stream), kind. The source stands above its rows. */
type Row = [string, number, unknown, Kind, headers?: Record<string, string>];

const rpc = (type: string, fields: object) => ({ '@type': `type.googleapis.com/google.rpc.${type}`, ...fields });
const google = (code: number, status: string, message: string, ...details: object[]) => ({
  error: { code, status, message, details },
});
const info = (reason: string, metadata: object = {}) => rpc('ErrorInfo', { reason, domain: 'googleapis.com', metadata });
const retryIn = (retryDelay: string) => rpc('RetryInfo', { retryDelay });
const quota = (quotaId: string) => rpc('QuotaFailure', { violations: [{ quotaId, quotaValue: '20' }] });
const openai = (message: string, type?: string | null, code?: string | number | null) => ({
  error: { message, type, param: null, code },
});
const amazon = (name: string): Record<string, string> => ({ 'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/` });

const PREPAID =
  'Your prepayment credits are depleted. Please go to AI Studio at https://ai.studio/projects to manage your project and billing.';
const CAP = 'Your project has exceeded its monthly spending cap. Please go to AI Studio at https://ai.studio/spend to manage it.';
const QUOTA = 'You exceeded your current quota, please check your plan and billing details.';

// https://github.com/googleapis/googleapis: google/api/error_reason.proto, google/rpc/error_details.proto, google/rpc/code.proto;
// https://ai.google.dev/gemini-api/docs/troubleshooting; the texts: https://discuss.ai.google.dev/t/165579 and /t/189883
const googles = (type: string): Row[] => [
  [type, 429, google(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).'), 'rate-limited'],
  [
    type,
    429,
    google(429, 'RESOURCE_EXHAUSTED', QUOTA, quota('GenerateRequestsPerMinutePerProjectPerModel-FreeTier'), retryIn('34.4s')),
    'rate-limited',
  ],
  [
    type,
    429,
    google(429, 'RESOURCE_EXHAUSTED', QUOTA, quota('GenerateContentInputTokensPerModelPerMinute-FreeTier'), retryIn('7s')),
    'rate-limited',
  ],
  [
    type,
    429,
    google(429, 'RESOURCE_EXHAUSTED', QUOTA, quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier'), retryIn('34s')),
    'quota-exhausted',
  ],
  [type, 429, google(429, 'RESOURCE_EXHAUSTED', PREPAID), 'quota-exhausted'],
  [type, 429, google(429, 'RESOURCE_EXHAUSTED', CAP), 'quota-exhausted'],
  [
    type,
    429,
    google(429, 'RESOURCE_EXHAUSTED', 'x', info('RATE_LIMIT_EXCEEDED', { quota_limit: 'ReadsPerMinutePerProject' })),
    'rate-limited',
  ],
  [
    type,
    429,
    google(429, 'RESOURCE_EXHAUSTED', 'x', info('RATE_LIMIT_EXCEEDED', { quota_limit: 'RequestsPerDayPerProject' })),
    'quota-exhausted',
  ],
  [
    type,
    429,
    google(429, 'RESOURCE_EXHAUSTED', 'x', info('RESOURCE_QUOTA_EXCEEDED', { quota_limit: 'jobs-per-organization' })),
    'quota-exhausted',
  ],
  [
    type,
    429,
    google(429, 'RESOURCE_EXHAUSTED', 'No capacity available for model', info('MODEL_CAPACITY_EXHAUSTED')),
    'overloaded',
  ],
  [type, 403, google(403, 'PERMISSION_DENIED', 'x', info('BILLING_DISABLED')), 'quota-exhausted'],
  ...[
    'API_KEY_INVALID',
    'API_KEY_SERVICE_BLOCKED',
    'API_KEY_HTTP_REFERRER_BLOCKED',
    'API_KEY_IP_ADDRESS_BLOCKED',
    'API_KEY_ANDROID_APP_BLOCKED',
    'API_KEY_IOS_APP_BLOCKED',
    'SERVICE_DISABLED',
    'USER_PROJECT_DENIED',
    'CONSUMER_SUSPENDED',
    'CONSUMER_INVALID',
    'ACCESS_TOKEN_EXPIRED',
  ].map((reason): Row => [type, 400, google(400, 'INVALID_ARGUMENT', 'x', info(reason)), 'credential-rejected']),
  [type, 400, google(400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.'), 'credential-rejected'],
  [type, 400, google(400, 'INVALID_ARGUMENT', 'Unknown name "x": Cannot find field.'), 'request-invalid'],
  [
    type,
    400,
    google(400, 'INVALID_ARGUMENT', 'The input token count (9) exceeds the maximum number of tokens allowed (8).'),
    'context-too-long',
  ],
  [type, 400, google(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'), 'model-unavailable'],
  [type, 400, google(400, 'FAILED_PRECONDITION', 'Please enable billing on project 1.'), 'quota-exhausted'],
  [type, 401, google(401, 'UNAUTHENTICATED', 'x'), 'credential-rejected'],
  [type, 403, google(403, 'PERMISSION_DENIED', 'x'), 'credential-rejected'],
  [type, 404, google(404, 'NOT_FOUND', 'models/x is not found for API version v1beta'), 'model-unavailable'],
  [type, 499, google(499, 'CANCELLED', 'x'), 'transient'],
  [type, 500, google(500, 'INTERNAL', 'An internal error has occurred.'), 'transient'],
  [type, 501, google(501, 'UNIMPLEMENTED', 'x'), 'model-unavailable'],
  [type, 503, google(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'), 'overloaded'],
  [type, 504, google(504, 'DEADLINE_EXCEEDED', 'x'), 'timeout'],
  [type, 500, google(500, 'UNKNOWN', 'x'), 'transient'],
  [type, 409, google(409, 'ABORTED', 'x'), 'transient'],
  [type, 500, google(500, 'DATA_LOSS', 'x'), 'transient'],
];

const ROWS: readonly Row[] = [
  ...googles('google'),
  ...googles('vertex'),
  ...googles('google-openai'),
  // The exceptions of @aws-sdk/client-bedrock-runtime (models/errors.d.ts), and of the API reference's common errors
  ['bedrock', 400, { message: 'x' }, 'request-invalid', amazon('ValidationException')],
  ['bedrock', 400, { message: 'Input is too long for requested model.' }, 'context-too-long', amazon('ValidationException')],
  ['bedrock', 400, { message: 'The provided model identifier is invalid.' }, 'model-unavailable', amazon('ValidationException')],
  ['bedrock', 400, { message: 'x' }, 'request-invalid', amazon('ConflictException')],
  ['bedrock', 403, { message: 'x' }, 'credential-rejected', amazon('AccessDeniedException')],
  ['bedrock', 404, { message: 'x' }, 'model-unavailable', amazon('ResourceNotFoundException')],
  ['bedrock', 408, { message: 'x' }, 'timeout', amazon('ModelTimeoutException')],
  ['bedrock', 424, { message: 'x' }, 'transient', amazon('ModelErrorException')],
  ['bedrock', 424, { message: 'x' }, 'transient', amazon('ModelStreamErrorException')],
  ['bedrock', 429, { message: 'x' }, 'rate-limited', amazon('ThrottlingException')],
  [
    'bedrock',
    429,
    { message: 'Too many tokens per day, please wait before trying again.' },
    'quota-exhausted',
    amazon('ThrottlingException'),
  ],
  ['bedrock', 429, { message: 'x' }, 'overloaded', amazon('ModelNotReadyException')],
  ['bedrock', 400, { message: 'x' }, 'rate-limited', amazon('ServiceQuotaExceededException')],
  ['bedrock', 500, { message: 'x' }, 'transient', amazon('InternalServerException')],
  ['bedrock', 503, { message: 'x' }, 'overloaded', amazon('ServiceUnavailableException')],
  ['bedrock', 403, { message: 'x' }, 'credential-rejected', amazon('ExpiredTokenException')],
  ['bedrock', 403, { message: 'x' }, 'credential-rejected', amazon('UnrecognizedClientException')],
  // https://docs.cohere.com/reference/errors
  ['cohere', 400, { message: 'invalid request: x' }, 'request-invalid'],
  ['cohere', 400, { message: 'too many tokens: total number of tokens in the prompt exceeds the limit' }, 'context-too-long'],
  ['cohere', 401, { message: 'invalid api token' }, 'credential-rejected'],
  [
    'cohere',
    402,
    { message: 'Please add or update your payment method at https://dashboard.cohere.com/billing to continue' },
    'quota-exhausted',
  ],
  ['cohere', 404, { message: "model 'x' not found" }, 'model-unavailable'],
  ['cohere', 422, { message: 'x' }, 'request-invalid'],
  ['cohere', 429, { message: 'trial token rate limit exceeded, limit is 10 api calls per minute' }, 'rate-limited'],
  ['cohere', 429, { message: 'You are using a Trial key, which is limited to 1000 API calls / month.' }, 'quota-exhausted'],
  ['cohere', 498, { message: 'x' }, 'credential-rejected'],
  ['cohere', 499, { message: 'x' }, 'transient'],
  ['cohere', 500, { message: 'x' }, 'transient'],
  ['cohere', 501, { message: 'x' }, 'transient'],
  ['cohere', 503, { message: 'x' }, 'overloaded'],
  ['cohere', 504, { message: 'x' }, 'timeout'],
  // https://docs.mistral.ai/resources/error-glossary
  ['mistral', 401, { detail: 'Invalid API Key' }, 'credential-rejected'],
  ['mistral', 401, { message: 'Unauthorized', request_id: 'r' }, 'credential-rejected'],
  ['mistral', 429, { message: 'Requests rate limit exceeded' }, 'rate-limited'],
  [
    'mistral',
    429,
    {
      object: 'error',
      message: 'Service tier capacity exceeded for this model.',
      type: 'service_tier_capacity_exceeded',
      code: '3505',
    },
    'overloaded',
  ],
  ['mistral', 400, { object: 'error', message: 'Invalid model: x', type: 'invalid_model', code: '1500' }, 'model-unavailable'],
  [
    'mistral',
    422,
    { object: 'error', message: { detail: [{ loc: ['body', 'n'], msg: 'x' }] }, type: 'invalid_request_error' },
    'request-invalid',
  ],
  ['mistral', 503, { object: 'error', message: 'x', type: 'internal_server_error' }, 'overloaded'],
  // https://learn.microsoft.com/azure/ai-foundry/openai/quotas-limits and reference
  ['azure', 429, { error: { code: 'RateLimitReached', message: 'x' } }, 'rate-limited'],
  [
    'azure',
    429,
    { error: { code: '429', message: 'Requests have exceeded the token rate limit of your current tier.' } },
    'rate-limited',
  ],
  ['azure', 429, { error: { code: 'insufficient_quota', message: 'x' } }, 'quota-exhausted'],
  ['azure', 404, { error: { code: 'DeploymentNotFound', message: 'x' } }, 'model-unavailable'],
  ['azure', 401, { error: { code: '401', message: 'Access denied due to invalid subscription key.' } }, 'credential-rejected'],
  [
    'azure',
    400,
    { error: { code: 'content_filter', message: 'x', innererror: { code: 'ResponsibleAIPolicyViolation' } } },
    'content-refused',
  ],
  ['azure', 408, { error: { code: 'Timeout', message: 'x' } }, 'timeout'],
  ['azure', 503, { error: { code: 'ServiceUnavailable', message: 'x' } }, 'overloaded'],
  // https://docs.x.ai/developers/debugging
  ['xai', 400, { code: 'invalid-argument', error: 'Incorrect API key provided: xa***' }, 'credential-rejected'],
  [
    'xai',
    403,
    {
      code: 'permission-denied',
      error: 'Content violates usage guidelines. Team: t, API key ID: k, Model: grok-4, Failed check: SAFETY_CHECK_TYPE_BIO',
    },
    'content-refused',
  ],
  ['xai', 403, { code: 'permission-denied', error: 'x' }, 'credential-rejected'],
  ['xai', 404, { code: 'not-found', error: 'The model x does not exist' }, 'model-unavailable'],
  ['xai', 422, { code: 'x', error: 'Failed to deserialize the JSON body into the target type' }, 'request-invalid'],
  ['xai', 429, { code: 'resource-exhausted', error: 'Too many requests for team t' }, 'rate-limited'],
  [
    'xai',
    429,
    {
      code: 'resource-exhausted',
      error: 'Your team t has either used all available credits or reached its monthly spending limit.',
    },
    'quota-exhausted',
  ],
  ['xai', 503, { code: 'unavailable', error: 'x' }, 'overloaded'],
  // https://console.groq.com/docs/errors
  ['groq', 400, openai('x', 'invalid_request_error', 'json_validate_failed'), 'request-invalid'],
  ['groq', 401, openai('Invalid API Key', 'invalid_request_error', 'invalid_api_key'), 'credential-rejected'],
  ['groq', 404, openai('x', 'invalid_request_error', 'model_not_found'), 'model-unavailable'],
  ['groq', 413, openai('Request too large for model', 'tokens', 'rate_limit_exceeded'), 'rate-limited'],
  ['groq', 422, openai('x', 'invalid_request_error'), 'request-invalid'],
  ['groq', 429, openai('Rate limit reached for model', 'tokens', 'rate_limit_exceeded'), 'rate-limited'],
  ['groq', 498, openai('Flex tier capacity exceeded', 'x', 'capacity_exceeded'), 'overloaded'],
  ['groq', 499, openai('x', 'x'), 'transient'],
  ['groq', 500, openai('x', 'internal_server_error'), 'transient'],
  ['groq', 502, openai('x', 'x'), 'transient'],
  ['groq', 503, openai('x', 'service_unavailable'), 'overloaded'],
  // https://openrouter.ai/docs/api/reference/errors-and-debugging
  ['openrouter', 400, openai('x', undefined, 400), 'request-invalid'],
  ['openrouter', 401, openai('User not found.', undefined, 401), 'credential-rejected'],
  ['openrouter', 402, openai('Insufficient credits', undefined, 402), 'quota-exhausted'],
  [
    'openrouter',
    403,
    {
      error: {
        code: 403,
        message: 'x',
        metadata: { reasons: ['violence'], flagged_input: 'x', provider_name: 'p', model_slug: 'm' },
      },
    },
    'content-refused',
  ],
  ['openrouter', 408, openai('x', undefined, 408), 'transient'],
  ['openrouter', 429, openai('Rate limit exceeded: free-models-per-day.', undefined, 429), 'rate-limited'],
  ['openrouter', 502, openai('Provider returned error', undefined, 502), 'transient'],
  ['openrouter', 503, openai('No instances available', undefined, 503), 'overloaded'],
  ['openrouter', 200, openai('Insufficient credits', undefined, 402), 'quota-exhausted'],
  [
    'openrouter',
    200,
    { error: { code: 403, message: 'x', metadata: { reasons: ['violence'], flagged_input: 'x' } }, choices: [] },
    'content-refused',
  ],
  ['openrouter', 200, openai('x', undefined, 503), 'overloaded'],
  // The types that Vercel's own client tells apart: https://github.com/vercel/ai, packages/gateway/src/errors
  ['vercel', 400, openai('x', 'invalid_request_error'), 'request-invalid'],
  ['vercel', 401, openai('x', 'authentication_error'), 'credential-rejected'],
  ['vercel', 404, { error: { message: 'x', type: 'model_not_found', param: { modelId: 'a/b' } } }, 'model-unavailable'],
  ['vercel', 429, openai('x', 'rate_limit_exceeded', 429), 'rate-limited'],
  ['vercel', 500, openai('x', 'internal_server_error'), 'transient'],
  ['vercel', 200, openai('x', 'rate_limit_exceeded'), 'rate-limited'],
  // https://docs.perplexity.ai/docs/sdk/error-handling
  ['perplexity', 400, openai('x', 'bad_request', 400), 'request-invalid'],
  ['perplexity', 401, openai('x', 'invalid_api_key', 401), 'credential-rejected'],
  ['perplexity', 429, openai('x', 'rate_limit_exceeded', 429), 'rate-limited'],
  ['perplexity', 400, openai('x', 'invalid_model', 400), 'model-unavailable'],
  // https://docs.together.ai/docs/error-codes
  ['together', 401, openai('x', 'invalid_request_error', 'invalid_api_key'), 'credential-rejected'],
  ['together', 402, openai('Credit limit exceeded.', 'credit_limit'), 'quota-exhausted'],
  [
    'together',
    403,
    openai(
      'Input token count + `max_tokens` parameter must be less than the context length of the model being queried',
      'invalid_request_error',
    ),
    'context-too-long',
  ],
  ['together', 404, openai('Unable to access model x', 'invalid_request_error', 'model_not_available'), 'model-unavailable'],
  ['together', 429, openai('x', 'rate_limit'), 'rate-limited'],
  ['together', 503, openai('Engine Overloaded', 'service_unavailable'), 'overloaded'],
  // https://docs.fireworks.ai/guides/inference-error-codes
  ['fireworks', 401, openai('x', 'invalid_request_error', 'UNAUTHORIZED'), 'credential-rejected'],
  ['fireworks', 402, openai('x', 'error'), 'quota-exhausted'],
  [
    'fireworks',
    404,
    {
      error: {
        object: 'error',
        type: 'invalid_request_error',
        code: 'NOT_FOUND',
        message: 'Model not found, inaccessible, and/or not deployed',
      },
    },
    'model-unavailable',
  ],
  ['fireworks', 429, openai('x', 'error', 'RATE_LIMIT_EXCEEDED'), 'rate-limited'],
  ['fireworks', 503, openai('x', 'error', 'SERVICE_UNAVAILABLE'), 'overloaded'],
  // https://api-docs.deepseek.com/quick_start/error_codes
  ['deepseek', 400, openai('Invalid Format', 'invalid_request_error', 'invalid_request_error'), 'request-invalid'],
  ['deepseek', 401, openai('Authentication Fails', 'authentication_error', 'invalid_request_error'), 'credential-rejected'],
  ['deepseek', 402, openai('Insufficient Balance', 'unknown_error', 'invalid_request_error'), 'quota-exhausted'],
  ['deepseek', 422, openai('Invalid Parameters', 'invalid_request_error', 'invalid_request_error'), 'request-invalid'],
  ['deepseek', 429, openai('Rate Limit Reached', 'x', 'x'), 'rate-limited'],
  ['deepseek', 500, openai('Server Error', 'x', 'x'), 'transient'],
  ['deepseek', 503, openai('Server Overloaded', 'x', 'x'), 'overloaded'],
  // https://platform.kimi.ai/docs/api/errors
  ['moonshot', 400, openai('The request was rejected because it was considered high risk', 'content_filter'), 'content-refused'],
  ['moonshot', 400, openai('Input token length too long', 'invalid_request_error'), 'context-too-long'],
  ['moonshot', 401, openai('x', 'invalid_authentication_error'), 'credential-rejected'],
  ['moonshot', 401, openai('x', 'incorrect_api_key_error'), 'credential-rejected'],
  ['moonshot', 403, openai('x', 'permission_denied_error'), 'credential-rejected'],
  ['moonshot', 403, openai('x', 'exceeded_current_quota_error'), 'quota-exhausted'],
  ['moonshot', 404, openai('x', 'resource_not_found_error'), 'model-unavailable'],
  ['moonshot', 429, openai('x', 'exceeded_current_quota_error'), 'quota-exhausted'],
  ['moonshot', 429, openai('x', 'engine_overloaded_error'), 'overloaded'],
  ['moonshot', 429, openai('x', 'rate_limit_reached_error'), 'rate-limited'],
  ['moonshot', 500, openai('x', 'unexpected_output'), 'transient'],
  // https://github.com/ollama/ollama (server/routes.go, server/sched.go); its cloud
  ['ollama', 404, openai("model 'x' not found", 'api_error'), 'model-unavailable'],
  ['ollama', 503, openai('server busy, please try again. maximum pending requests exceeded', 'api_error'), 'overloaded'],
  [
    'ollama-cloud',
    429,
    { error: 'you (u) have reached your weekly usage limit, upgrade for higher limits: https://ollama.com/upgrade' },
    'quota-exhausted',
  ],
  ['ollama-cloud', 429, { error: 'too many concurrent requests' }, 'rate-limited'],
  // https://github.com/vllm-project/vllm (entrypoints/openai)
  [
    'vllm',
    404,
    { object: 'error', message: 'The model `x` does not exist.', type: 'NotFoundError', param: null, code: 404 },
    'model-unavailable',
  ],
  [
    'vllm',
    400,
    {
      error: { message: "This model's maximum context length is 8192 tokens.", type: 'BadRequestError', param: null, code: 400 },
    },
    'context-too-long',
  ],
  ['vllm', 401, { error: 'Unauthorized' }, 'credential-rejected'],
  ['vllm', 500, { error: { message: 'EngineCore encountered an issue.', type: 'InternalServerError', code: 500 } }, 'transient'],
  // https://lmstudio.ai/docs
  [
    'lmstudio',
    404,
    openai(
      'No models loaded. Please load a model in the developer page or use the `lms load` command.',
      'invalid_request_error',
      'model_not_found',
    ),
    'model-unavailable',
  ],
  [
    'lmstudio',
    400,
    {
      error:
        'Trying to keep the first 9 tokens when context the overflows. However, the model is loaded with context length of only 8 tokens',
    },
    'context-too-long',
  ],
];

/** What the server does now. */
let act: (exchange: FaultExchange) => unknown = () => undefined;
const server = await startFaultServer(async (exchange) => void (await act(exchange)));
afterAll(() => server.close());

function gatewayFor(type: string) {
  const place = {
    apiKey: 'key-of-one',
    baseURL: server.origin,
    region: 'us-east-1',
    project: 'p',
    apiVersion: type === 'azure' ? '2025-01-01' : undefined,
  };
  const providers = {
    one: { type, ...place },
    other: { type: 'openai-compatible', apiKey: 'key-of-other', baseURL: `${server.origin}/other` },
  };
  return gatewayOf({
    providers: providers as unknown as GatewayConfig['providers'],
    models: { alone: ['one/m'], both: ['one/m', 'other/m'] },
    retry: { minDelayMs: 1, maxDelayMs: 1, retryAfterCapMs: 1 },
  });
}

const textIn = (body: unknown): string => {
  const { error = body } = body as { error?: unknown };
  if (typeof error === 'string') return error;
  const { message, detail } = error as { message?: unknown; detail?: unknown };
  return typeof message === 'string' ? message : typeof detail === 'string' ? detail : '';
};

describe('what a vendor answers', () => {
  it.each(ROWS)('%s %i %j is %s', async (type, status, body, kind, headers) => {
    const rule = FAILURE_RULES[kind];
    const gateway = gatewayFor(type);
    let asked = 0;
    act = (exchange) => {
      if (exchange.request.path.startsWith('/other')) return exchange.answer(200, completion('from the other'));
      asked += 1;
      return exchange.answer(status, body, headers);
    };
    const answering = gateway.chat.completions.create({ model: 'both', messages });
    // What no other can mend is told to the caller as it is; all else another deployment answers.
    if (rule.others === 'none' || rule.others === 'larger-window') {
      const error = (await failureOf(answering)) as { attempts: { failure: object }[]; message: string };
      expect(error.attempts[0]?.failure).toMatchObject({ kind });
      expect(error.message).toContain(textIn(body));
    } else {
      const answer = await answering;
      expect(routeOf(answer)?.attempts.map(({ failure }) => failure?.kind)).toEqual([kind, undefined]);
    }
    expect(asked).toBe(1);
    const health = (await gateway.control.health()).find(({ deployment }) => deployment === 'one/m');
    const cools = rule.cool !== undefined && rule.cool.forMs !== 'retry-after';
    if (cools) expect(health?.state).toBe('cooling');
    if (rule.cool === undefined) expect(health?.state ?? 'healthy').toBe('healthy');
    expect(health?.consecutiveFailures ?? 0).toBe(
      rule.countsAgainstHealth || (kind === 'rate-limited' && health?.state !== 'cooling') ? 1 : 0,
    );
  });

  const STREAMED = ['openrouter', 'groq', 'deepseek', 'moonshot', 'google-openai', 'xai', 'vllm'];
  it.each(ROWS.filter(([type, status]) => STREAMED.includes(type) && status >= 400))(
    'in the first event of a stream: %s %i %j is %s',
    async (type, status, body, kind) => {
      const gateway = gatewayFor(type);
      act = async (exchange) => {
        await exchange.sseHead();
        // Gateways name the status in the body.
        const error = (body as { error?: unknown }).error;
        const told =
          typeof error === 'object' && error !== null
            ? { error: { ...error, status_code: status } }
            : { ...(body as object), status };
        await exchange.sse(told);
        await exchange.lastChunk();
      };
      const error = (await failureOf(gateway.chat.completions.create({ model: 'alone', messages, stream: true }))) as {
        attempts: { failure: object }[];
      };
      expect(error.attempts[0]?.failure).toMatchObject({ kind });
    },
  );

  // Names of exceptions in :exception-type; statuses of the API reference
  it.each<[string, string, Kind]>([
    ['throttlingException', 'Too many requests', 'rate-limited'],
    ['throttlingException', 'Too many tokens per day, please wait before trying again.', 'quota-exhausted'],
    ['modelStreamErrorException', 'x', 'transient'],
    ['internalServerException', 'x', 'transient'],
    ['serviceUnavailableException', 'x', 'overloaded'],
    ['modelTimeoutException', 'x', 'timeout'],
    ['validationException', 'x', 'request-invalid'],
    ['validationException', 'Input is too long for requested model.', 'context-too-long'],
  ])('Bedrock in a stream, %s "%s" is %s', async (name, message, kind) => {
    const gateway = gatewayFor('bedrock');
    act = (exchange) =>
      exchange.answer(200, frame({ ':message-type': 'exception', ':exception-type': name }, JSON.stringify({ message })), {
        'content-type': 'application/vnd.amazon.eventstream',
      });
    const error = (await failureOf(gateway.chat.completions.create({ model: 'alone', messages, stream: true }))) as {
      attempts: { failure: object }[];
      message: string;
    };
    expect(error.attempts[0]?.failure).toMatchObject({ kind });
    expect(error.message).toContain(message);
  });
});

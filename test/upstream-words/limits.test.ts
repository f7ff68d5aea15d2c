import OpenAI from 'openai';
import { type GatewayConfig, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { eventsOf, stage } from '../budgets/stage.ts';
import { failureOf, gatewayOf, messages, providersAt, upstream } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { TestClock } from '../support/test-clock.ts';

const coded = (code: string, type = 'insufficient_quota') => ({
  error: { message: `Because of ${code}.`, type, code, param: null },
});

const NO_WAIT_CURES = [
  'organization_spend_limit_exceeded',
  'organization_usage_limit_exceeded',
  'project_spend_limit_exceeded',
  'session_budget_exceeded',
  'credit_balance_exhausted',
  'billing_not_active',
  'usage_limit_exceeded',
  'insufficient_quota',
];

describe('a limit that no wait cures, though it comes as 429,', () => {
  it.each(NO_WAIT_CURES)('takes its credential out, not the deployment: %s', async (code) => {
    const server = await upstream((exchange) =>
      exchange.request.headers.get('authorization') === 'Bearer spent'
        ? exchange.answer(429, coded(code, 'rate_limit_error'), { 'retry-after': '1' })
        : exchange.answer(200, completion('Hi.')),
    );
    const gateway = gatewayOf({
      providers: { openai: { apiKey: ['spent', 'full'], baseURL: `${server.origin}/v1` } },
      models: { m: ['openai/gpt-5-mini'] },
    });
    const cooled = eventsOf(gateway, 'cooldown.start');
    const answers = [];
    for (let turn = 0; turn < 4; turn += 1) answers.push(await gateway.chat.completions.create({ model: 'm', messages }));
    const kinds = answers.flatMap((answer) => routeOf(answer)?.attempts.map(({ failure }) => failure?.kind) ?? []);
    expect(kinds.filter(Boolean)).toEqual(['quota-exhausted']);
    expect(cooled).toMatchObject([{ scope: 'credential', reason: 'quota-exhausted' }]);
    // Five minutes, whatever the short hint says.
    expect((cooled[0]?.untilMs ?? 0) - (cooled[0]?.at ?? 0)).toBeGreaterThan(290_000);
  });

  it.each([
    ['a header', { 'retry-after': '7200' }, {}],
    ['a field of seconds', {}, { resets_in_seconds: 7200 }],
  ])('cools until its reset, where that is told by %s', async (_, headers, more) => {
    const { gateway, clock } = await stage({ models: { m: ['one/m', 'two/m'] } }, (exchange) =>
      exchange.request.path.startsWith('/one')
        ? exchange.answer(429, { error: { ...coded('usage_limit_exceeded').error, ...more } }, headers)
        : exchange.answer(200, completion('Hi.')),
    );
    await gateway.chat.completions.create({ model: 'm', messages });
    const [one] = await gateway.control.health();
    expect(one).toMatchObject({ deployment: 'one/m', state: 'cooling', coolingUntil: clock.now() + 7_200_000 });
  });

  it('is told with the vendor’s code where nobody else is left', async () => {
    const { gateway } = await stage({}, (exchange) => exchange.answer(429, coded('organization_spend_limit_exceeded')));
    const error = await failureOf(gateway.chat.completions.create({ model: 'm', messages }));
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({
      status: 429,
      providerCode: 'organization_spend_limit_exceeded',
      attempts: [{ failure: { kind: 'quota-exhausted' } }],
    });
  });
});

describe('a limit of an account in a vendor’s own words', () => {
  const flat = (code: string | number, message: string) => ({ code, message, data: null });
  it.each<[string, number, object, string]>([
    ['Groq’s spend limit', 400, coded('blocked_api_access', 'invalid_request_error'), 'quota-exhausted'],
    ['Groq’s restricted organization', 400, coded('organization_restricted', 'invalid_request_error'), 'credential-rejected'],
    ['Volcengine’s overdue account', 403, coded('AccountOverdueError', 'Forbidden'), 'quota-exhausted'],
    ['Z.ai’s account in arrears', 429, { error: { code: '1113', message: 'Insufficient balance' } }, 'quota-exhausted'],
    ['Z.ai’s calls of a day', 429, { error: { code: '1304', message: 'Daily limit' } }, 'quota-exhausted'],
    ['Z.ai’s uses of a plan', 429, { error: { code: '1308', message: 'Usage limit reached for 5 hour.' } }, 'quota-exhausted'],
    ['Z.ai’s plan that has ended', 429, { error: { code: '1309', message: 'Your plan has expired' } }, 'quota-exhausted'],
    ['Z.ai’s uses of a week', 429, { error: { code: '1310', message: 'Weekly limit' } }, 'quota-exhausted'],
    ['Z.ai’s calls at once', 429, { error: { code: '1302', message: 'Too many at once' } }, 'rate-limited'],
    ['Z.ai’s busy model', 429, { error: { code: '1312', message: 'Many use it' } }, 'overloaded'],
    ['Z.ai’s unknown model', 400, { error: { code: '1211', message: 'Unknown Model' } }, 'model-unavailable'],
    ['SiliconFlow’s empty account', 403, flat(30001, 'Sorry, your account balance is insufficient'), 'quota-exhausted'],
    ['SiliconFlow’s unknown model', 400, flat(20012, 'Model does not exist. Please check it carefully.'), 'model-unavailable'],
    [
      'xAI’s spent team',
      429,
      { code: 'x', error: 'Your team t has either used all available credits or reached its monthly spending limit.' },
      'quota-exhausted',
    ],
    [
      'Fireworks’ suspended account',
      412,
      {
        error: {
          message: 'Account a is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices.',
          code: 'PRECONDITION_FAILED',
          type: 'error',
        },
      },
      'quota-exhausted',
    ],
  ])('leads to the next deployment, and is known by its kind: %s', async (_, status, body, kind) => {
    const { gateway } = await stage({ models: { m: ['one/m', 'two/m'] }, retry: { attemptsPerDeployment: 1 } }, (exchange) =>
      exchange.request.path.startsWith('/one') ? exchange.answer(status, body) : exchange.answer(200, completion('Hi.')),
    );
    const answer = await gateway.chat.completions.create({ model: 'm', messages });
    expect(routeOf(answer)?.attempts.map(({ failure }) => failure?.kind)).toEqual([kind, undefined]);
  });
});

describe('what passes', () => {
  it.each([
    ['server_overloaded', 429, 'overloaded'],
    ['flex_unavailable', 429, 'overloaded'],
    ['rate_limit_exceeded', 429, 'rate-limited'],
    ['ramp_limit_exceeded', 429, 'rate-limited'],
  ])('%s is asked again', async (code, status, kind) => {
    let asked = 0;
    const server = await upstream((exchange) => {
      asked += 1;
      return asked === 1
        ? exchange.answer(status, coded(code, 'server_error'), { 'retry-after-ms': '0' })
        : exchange.answer(200, completion('Hi.'));
    });
    const gateway = gatewayOf({
      providers: providersAt(server, 'one'),
      models: { m: ['one/m'] },
      retry: { minDelayMs: 1, maxDelayMs: 1 },
    });
    const answer = await gateway.chat.completions.create({ model: 'm', messages });
    expect(routeOf(answer)?.attempts.map(({ failure }) => failure?.kind)).toEqual([kind, undefined]);
  });
});

describe('over Anthropic’s wire', () => {
  const body = (type: string, message: string, code?: string) => ({
    type: 'error',
    error: { type, message, ...(code && { details: { error_code: code } }) },
    request_id: 'r',
  });

  it.each([
    [429, body('rate_limit_error', 'x', 'enforced_spend_limit_reached'), 'quota-exhausted', 'enforced_spend_limit_reached'],
    [429, body('rate_limit_error', 'x', 'contract_spend_limit_reached'), 'quota-exhausted', 'contract_spend_limit_reached'],
    [
      402,
      body('billing_error', 'x', 'linked_organization_spend_limit_reached'),
      'quota-exhausted',
      'linked_organization_spend_limit_reached',
    ],
    [429, body('rate_limit_error', 'x', 'ramp_limit_exceeded'), 'rate-limited', 'ramp_limit_exceeded'],
    [400, body('invalid_request_error', 'x', 'organization_on_hold'), 'credential-rejected', 'organization_on_hold'],
    [400, body('invalid_request_error', 'x', 'cmek_key_disabled'), 'credential-rejected', 'cmek_key_disabled'],
    [503, body('api_error', 'x', 'cmek_key_unreachable'), 'overloaded', 'cmek_key_unreachable'],
    [404, body('not_found_error', 'x', 'thread_not_found'), 'request-invalid', 'thread_not_found'],
    [400, body('invalid_request_error', 'x', 'of_tomorrow'), 'request-invalid', 'of_tomorrow'],
    // MiniMax behind the same wire
    [500, body('api_error', 'insufficient balance (1008)'), 'quota-exhausted', 'api_error'],
    [429, body('rate_limit_error', 'usage limit exceeded, 5-hour limit (2056)'), 'quota-exhausted', 'rate_limit_error'],
    [500, body('api_error', 'page 4 of (1008)'), 'transient', 'api_error'],
    // DeepSeek and Kimi
    [
      402,
      { error: { message: 'Insufficient Balance', type: 'unknown_error', code: 'invalid_request_error' } },
      'quota-exhausted',
      'invalid_request_error',
    ],
    [
      400,
      body('invalid_request_error', "This model's maximum context length is 131072 tokens."),
      'context-too-long',
      'invalid_request_error',
    ],
    [200, { base_resp: { status_code: 2049, status_msg: 'invalid api key' } }, 'credential-rejected', '2049'],
    [200, { detail: 'Too many requests' }, 'rate-limited', 'rate_limited'],
  ])('%i %j is %s', async (status, answer, kind, code) => {
    const server = await upstream((exchange) => exchange.answer(status, answer));
    const gateway = gatewayOf({
      providers: { anthropic: { apiKey: 'k', baseURL: server.origin } },
      models: { m: ['anthropic/claude-x'] },
      retry: { attemptsPerDeployment: 1 },
    });
    const error = (await failureOf(gateway.chat.completions.create({ model: 'm', messages }))) as {
      attempts: { failure: object }[];
    };
    expect(error.attempts[0]?.failure).toMatchObject({ kind, code });
  });

  it.each([
    [
      'You have reached your specified API usage limits. You will regain access on 2026-04-01 at 00:00 UTC.',
      400,
      'invalid_request_error',
    ],
    ['usage limit exceeded, 5-hour usage limit reached, resets at 2026-04-01T00:00:00Z (2056)', 429, 'rate_limit_error'],
  ])('a reset in the text is waited for: %s', async (message, status, type) => {
    const clock = new TestClock();
    const server = await upstream((exchange) =>
      exchange.request.path.startsWith('/two')
        ? exchange.answer(200, completion('Hi.'))
        : exchange.answer(status, body(type, message)),
    );
    const gateway = gatewayOf({
      providers: {
        anthropic: { apiKey: 'k', baseURL: server.origin },
        two: { type: 'openai-compatible', apiKey: 'k', baseURL: `${server.origin}/two/v1` },
      },
      models: { m: ['anthropic/claude-x', 'two/x'] },
      clock: {
        now: () => Date.parse('2026-03-31T22:00:00Z'),
        setTimeout: (fn, ms) => clock.setTimeout(fn, ms),
      } as GatewayConfig['clock'],
    });
    await gateway.chat.completions.create({ model: 'm', messages });
    const [first] = await gateway.control.health();
    expect(first?.coolingUntil).toBe(Date.parse('2026-04-01T00:00:00Z'));
  });
});

describe('a prompt that is too long leads to the fallback for it', () => {
  const nested = {
    error: {
      code: 400,
      message: 'request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it',
      type: 'exceed_context_size_error',
      n_prompt_tokens: 9000,
      n_ctx: 4096,
    },
  };
  const TEXTS: readonly (readonly [string, number, unknown])[] = [
    [
      'Ollama 0.12',
      500,
      { error: { message: 'the input length exceeds the context length', type: 'api_error', param: null, code: null } },
    ],
    ['Ollama 0.12, native', 400, { error: 'the input length exceeds the context length' }],
    [
      'Ollama 0.34',
      400,
      {
        error: {
          message: 'the prompt is longer than the context length currently available to the model; shorten the prompt',
          type: 'invalid_request_error',
          param: null,
          code: null,
        },
      },
    ],
    ['Ollama 0.40', 400, { error: JSON.stringify(nested) }],
    [
      'Ollama 0.40 in OpenAI’s envelope',
      400,
      { error: { message: JSON.stringify(nested), type: 'invalid_request_error', param: null, code: null } },
    ],
    [
      'Ollama’s embeddings',
      400,
      {
        error: { message: 'input exceeds maximum context length and cannot be truncated further', type: 'invalid_request_error' },
      },
    ],
    ['llama.cpp', 400, nested],
    [
      'llama.cpp’s embeddings',
      500,
      {
        error: {
          code: 500,
          message: 'input (3926 tokens) is too large to process. increase the physical batch size (current batch size: 2048)',
          type: 'server_error',
        },
      },
    ],
    [
      'LM Studio',
      400,
      {
        error:
          'The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model with a larger context length',
      },
    ],
    [
      'vLLM',
      400,
      {
        object: 'error',
        message: 'The decoder prompt (length 8825) is longer than the maximum model length of 8192.',
        type: 'BadRequestError',
        code: 400,
      },
    ],
    [
      'SGLang',
      400,
      {
        object: 'error',
        message: "Requested token count exceeds the model's maximum context length of 64000 tokens.",
        type: 'BadRequestError',
        code: 400,
      },
    ],
    [
      'SGLang’s input',
      400,
      {
        object: 'error',
        message: "The input (10009 tokens) is longer than the model's context length (128 tokens).",
        type: 'BadRequestError',
        code: 400,
      },
    ],
    [
      'Text Generation Inference',
      422,
      { error: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096.', error_type: 'validation' },
    ],
    [
      'Text Embeddings Inference',
      413,
      { error: 'Input validation error: `inputs` must have less than 512 tokens. Given: 700', error_type: 'Validation' },
    ],
  ];

  it.each(TEXTS)('%s', async (_, status, body) => {
    const { gateway, server } = await stage(
      {
        models: { m: { deployments: ['one/m'], fallbacks: { contextWindow: ['long'] } }, long: ['two/m'] },
        retry: { attemptsPerDeployment: 1 },
      },
      (exchange: FaultExchange) => {
        if (exchange.request.path.startsWith('/one')) return exchange.answer(status, body);
        return exchange.request.path.endsWith('embeddings')
          ? exchange.answer(200, {
              object: 'list',
              model: 'm',
              data: [{ object: 'embedding', index: 0, embedding: [1] }],
              usage: { prompt_tokens: 1, total_tokens: 1 },
            })
          : exchange.answer(200, completion('from long'));
      },
    );
    const answer = await gateway.chat.completions.create({ model: 'm', messages });
    expect(answer.choices[0]?.message.content).toBe('from long');
    expect(routeOf(answer)?.attempts[0]?.failure?.kind).toBe('context-too-long');
    const embedded = await gateway.embeddings.create({ model: 'm', input: 'hello', encoding_format: 'float' });
    expect(embedded.data[0]?.embedding).toEqual([1]);
    expect(server.requests).toHaveLength(4);
  });
});

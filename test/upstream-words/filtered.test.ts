import type OpenAI from 'openai';
import { type GatewayConfig, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { stage } from '../budgets/stage.ts';
import { gatewayOf, messages, upstream } from '../public/harness.ts';
import { chunk, completion, streamText, usageChunk } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';

const usage = { prompt_tokens: 100, completion_tokens: 0, total_tokens: 100 };

/** Azure's whole answer that its filter withheld: a choice without a message. */
const withheld = (finish = 'content_filter') => ({
  ...completion(''),
  choices: [{ index: 0, finish_reason: finish, content_filter_results: { hate: { filtered: true, severity: 'high' } } }],
  usage,
});

async function streamWithheld(exchange: FaultExchange, finish = 'content_filter'): Promise<void> {
  await exchange.sseHead();
  await exchange.sse(chunk({ role: 'assistant', content: '' }), chunk({}, finish), usageChunk(100, 0), '[DONE]');
  await exchange.lastChunk();
}

const streams = ({ request }: FaultExchange) => JSON.parse(String(request.body)).stream === true;
const answerWithheld = (exchange: FaultExchange, finish?: string) =>
  streams(exchange) ? streamWithheld(exchange, finish) : exchange.answer(200, withheld(finish));

/** The only choice, whole or put together. */
async function chosen(client: OpenAI, stream: boolean): Promise<{ content: string | null; finish: string; native: unknown }> {
  if (!stream) {
    const { choices } = await client.chat.completions.create({ model: 'm', messages });
    const [choice] = choices as unknown as {
      message: { content: string | null };
      finish_reason: string;
      native_finish_reason: unknown;
    }[];
    return { content: choice?.message.content ?? null, finish: `${choice?.finish_reason}`, native: choice?.native_finish_reason };
  }
  let content: string | null = null;
  let finish = '';
  let native: unknown;
  for await (const item of await client.chat.completions.create({ model: 'm', messages, stream: true })) {
    const [choice] = item.choices as unknown as {
      delta: { content?: string };
      finish_reason: string;
      native_finish_reason: unknown;
    }[];
    if (choice?.delta.content) content = (content ?? '') + choice.delta.content;
    if (choice?.finish_reason) {
      finish = choice.finish_reason;
      native = choice.native_finish_reason;
    }
  }
  return { content, finish, native };
}

const WAYS = [
  ['whole', false],
  ['streamed', true],
] as const;

describe.each(WAYS)('a filtered answer, %s,', (_, stream) => {
  const BUDGETS: GatewayConfig['budgets'] = [{ name: 'b', limit: { usd: 1 }, window: 'day' }];

  it('is an answer without content, asked for once, and charged as reported', async () => {
    const { gateway, server, budget } = await stage({ budgets: BUDGETS }, (exchange) => answerWithheld(exchange));
    expect(await chosen(gateway, stream)).toEqual({ content: null, finish: 'content_filter', native: 'content_filter' });
    expect(server.requests).toHaveLength(1);
    expect(await budget()).toMatchObject({ spent: { usd: 0.0001 }, reserved: { usd: 0 } });
  });

  it.each(['content_filter: PROHIBITED_CONTENT', 'SAFETY', 'guardrail_intervened'])(
    'has the word of its provider beside OpenAI’s: %s',
    async (word) => {
      const { gateway } = await stage({}, (exchange) => answerWithheld(exchange, word));
      expect(await chosen(gateway, stream)).toEqual({ content: null, finish: 'content_filter', native: word });
    },
  );

  const models: GatewayConfig['models'] = {
    m: { deployments: ['one/m'], fallbacks: { contentFilter: ['other'] } },
    other: ['two/m'],
  };

  it('leads to the fallback that the model names for it; both are charged', async () => {
    const { gateway, server, budget } = await stage({ budgets: BUDGETS, models }, (exchange) => {
      if (exchange.request.path.startsWith('/one')) return answerWithheld(exchange);
      return streams(exchange) ? streamText(exchange, 'from other') : exchange.answer(200, completion('from other'));
    });
    const failovers: string[] = [];
    gateway.on('failover', ({ from, to, failure }) => failovers.push(`${from} ${to} ${failure.kind}`));
    expect(await chosen(gateway, stream)).toMatchObject({ content: 'from other', finish: 'stop' });
    expect(server.requests).toHaveLength(2);
    expect(failovers).toEqual(['one/m two/m content-refused']);
    expect(await budget()).toMatchObject({ spent: { usd: 0.000_12 }, reserved: { usd: 0 } });
  });

  it.each([
    ['fails', (exchange: FaultExchange) => exchange.answer(500, { error: { message: 'broken' } }), 0.0001],
    ['filters too', (exchange: FaultExchange) => answerWithheld(exchange), 0.0002],
  ])('is handed on where the fallback %s', async (_name, fallback, usd) => {
    const { gateway, budget } = await stage({ budgets: BUDGETS, models, retry: { attemptsPerDeployment: 1 } }, (exchange) =>
      exchange.request.path.startsWith('/one') ? answerWithheld(exchange) : fallback(exchange),
    );
    expect(await chosen(gateway, stream)).toEqual({ content: null, finish: 'content_filter', native: 'content_filter' });
    expect(await budget()).toMatchObject({ spent: { usd }, reserved: { usd: 0 } });
  });

  it('is estimated where it reports nothing, and flagged so', async () => {
    const { gateway, budget } = await stage({ budgets: BUDGETS, models }, (exchange) => {
      if (exchange.request.path.startsWith('/two')) {
        return streams(exchange) ? streamText(exchange, 'x') : exchange.answer(200, completion('x'));
      }
      if (streams(exchange)) {
        return exchange
          .sseHead()
          .then(() => exchange.sse(chunk({ role: 'assistant' }), chunk({}, 'content_filter'), '[DONE]'))
          .then(() => exchange.lastChunk());
      }
      return exchange.answer(200, { ...withheld(), usage: undefined });
    });
    await chosen(gateway, stream);
    const { spent, reserved } = await budget();
    expect(spent.usd).toBeGreaterThan(0.000_02);
    expect(reserved.usd).toBe(0);
  });
});

describe('a filtered text completion', () => {
  it.each(WAYS)('leads to the fallback too, %s', async (_, stream) => {
    const text = (words: string, finish: string) => ({
      id: 'c',
      object: 'text_completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, text: words, finish_reason: finish, logprobs: null }],
      usage,
    });
    const { gateway } = await stage(
      { models: { m: { deployments: ['one/m'], fallbacks: { contentFilter: ['other'] } }, other: ['two/m'] } },
      async (exchange) => {
        const body = exchange.request.path.startsWith('/one') ? text('', 'content_filter') : text('from other', 'stop');
        if (!stream) return exchange.answer(200, body);
        await exchange.sseHead();
        await exchange.sse(body, '[DONE]');
        await exchange.lastChunk();
      },
    );
    const ask = { model: 'm', prompt: 'hello' };
    let said = '';
    if (!stream) said = (await gateway.completions.create(ask)).choices[0]?.text ?? '';
    else for await (const item of await gateway.completions.create({ ...ask, stream: true })) said += item.choices[0]?.text ?? '';
    expect(said).toBe('from other');
  });
});

describe('a refusal of Claude', () => {
  const refused = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-x',
    content: [],
    stop_reason: 'refusal',
    stop_details: { type: 'refusal', category: 'cyber', explanation: 'Not this.' },
    stop_sequence: null,
    usage: { input_tokens: 20, output_tokens: 0 },
  };

  it.each(WAYS)('leads to the fallback for filtered answers, %s', async (_, stream) => {
    const server = await upstream(async (exchange) => {
      if (exchange.request.path.startsWith('/two')) {
        return stream ? streamText(exchange, 'from other') : exchange.answer(200, completion('from other'));
      }
      if (!stream) return exchange.answer(200, refused);
      await exchange.sseHead();
      for (const event of [
        { type: 'message_start', message: { ...refused, stop_reason: null, stop_details: null } },
        {
          type: 'message_delta',
          delta: { stop_reason: 'refusal', stop_details: refused.stop_details },
          usage: { output_tokens: 0 },
        },
        { type: 'message_stop' },
      ]) {
        await exchange.chunk(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      }
      await exchange.lastChunk();
    });
    const gateway = gatewayOf({
      providers: {
        anthropic: { apiKey: 'k', baseURL: `${server.origin}/one` },
        two: { type: 'openai-compatible', apiKey: 'k', baseURL: `${server.origin}/two/v1` },
      },
      models: { m: { deployments: ['anthropic/claude-x'], fallbacks: { contentFilter: ['other'] } }, other: ['two/x'] },
    });
    expect(await chosen(gateway, stream)).toMatchObject({ content: 'from other', finish: 'stop' });
  });
});

/** A decline of each wire without content: how its provider is configured, and what it answers whole and streamed. */
interface Decline {
  readonly provider: NonNullable<GatewayConfig['providers']>[string];
  readonly native: string;
  readonly body: unknown;
  readonly items: readonly unknown[];
}
const google = (native: string) => {
  const body = {
    responseId: 'r',
    candidates: [{ index: 0, finishReason: native }],
    usageMetadata: { promptTokenCount: 10, totalTokenCount: 10 },
  };
  return { provider: { type: 'google' }, native, body, items: [body] } as Decline;
};
// A vendor of the OpenAI wire without a Responses endpoint.
const openAi = (native: string): Decline => ({
  provider: { type: 'mistral' },
  native,
  body: { ...completion(''), choices: [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: native }] },
  items: [chunk({ role: 'assistant', content: '' }), chunk({}, native), usageChunk(), '[DONE]'],
});
const cohere = (native: string): Decline => ({
  provider: { type: 'cohere' },
  native,
  body: {
    id: 'c',
    finish_reason: native,
    message: { role: 'assistant' },
    usage: { tokens: { input_tokens: 10, output_tokens: 0 } },
  },
  items: [
    { type: 'message-start', id: 'c', delta: { message: { role: 'assistant' } } },
    { type: 'message-end', delta: { finish_reason: native, usage: { tokens: { input_tokens: 10, output_tokens: 0 } } } },
  ],
});
const anthropic = (native: string): Decline => {
  const body = { id: 'm', type: 'message', role: 'assistant', model: 'claude-x', content: [], stop_reason: native };
  const told = { usage: { input_tokens: 10, output_tokens: 0 } };
  return {
    provider: { type: 'anthropic' },
    native,
    body: { ...body, ...told },
    items: [
      { type: 'message_start', message: { ...body, ...told, stop_reason: null } },
      { type: 'message_delta', delta: { stop_reason: native }, usage: { output_tokens: 0 } },
      { type: 'message_stop' },
    ],
  };
};

const DECLINES: readonly Decline[] = [
  ...['SAFETY', 'BLOCKLIST', 'SPII', 'PROHIBITED_CONTENT', 'RECITATION', 'LANGUAGE', 'OTHER', 'IMAGE_SAFETY'].map(google),
  ...[
    'content_filter: RECITATION',
    'SAFETY',
    'BLOCKLIST',
    'SPII',
    'LANGUAGE',
    'guardrail_intervened',
    'refusal',
    'ERROR_TOXIC',
  ].map(openAi),
  cohere('ERROR_TOXIC'),
  anthropic('refusal'),
];

describe.each(DECLINES.map((decline) => [`${decline.provider?.type} ${decline.native}`, decline] as const))(
  'a decline without content over the Responses bridge: %s',
  (_, { provider, native, body, items }) => {
    const gatewayTo = async (script: (exchange: FaultExchange) => unknown) => {
      const server = await upstream(script);
      return gatewayOf({
        providers: { p: { ...provider, apiKey: 'k', baseURL: server.origin } },
        models: { m: ['p/x'] },
      } as GatewayConfig);
    };

    it('is incomplete with the reason and the native word', async () => {
      const gateway = await gatewayTo((exchange) => exchange.answer(200, body));
      const response = await gateway.responses.create({ model: 'm', input: 'hello' });
      expect(response).toMatchObject({ status: 'incomplete', output: [], error: null });
      expect(response.incomplete_details).toEqual({ reason: 'content_filter', native_finish_reason: native });
    });

    it('ends its stream with response.incomplete', async () => {
      const gateway = await gatewayTo(async (exchange) => {
        await exchange.sseHead();
        await exchange.sse(...items);
        await exchange.lastChunk();
      });
      const types: string[] = [];
      let details: unknown;
      for await (const event of await gateway.responses.create({ model: 'm', input: 'hello', stream: true })) {
        types.push(event.type);
        if (event.type === 'response.incomplete') details = event.response.incomplete_details;
      }
      expect(types).toEqual(['response.created', 'response.in_progress', 'response.incomplete']);
      expect(details).toEqual({ reason: 'content_filter', native_finish_reason: native });
    });
  },
);

describe('a decline over Bedrock', () => {
  it.each(['guardrail_intervened', 'content_filtered'])(
    'without any content is an answer that says nothing: %s',
    async (word) => {
      const server = await upstream((exchange) =>
        exchange.answer(200, { stopReason: word, output: {}, usage: { inputTokens: 10, outputTokens: 0, totalTokens: 10 } }),
      );
      const gateway = gatewayOf({
        providers: { bedrock: { region: 'us-east-1', apiKey: 'k', baseURL: server.origin } },
        models: { m: ['bedrock/amazon.nova-lite-v1:0'] },
      });
      expect(await chosen(gateway, false)).toMatchObject({ finish: 'content_filter', native: word });
      const response = await gateway.responses.create({ model: 'm', input: 'hello' });
      expect(response).toMatchObject({
        status: 'incomplete',
        incomplete_details: { reason: 'content_filter', native_finish_reason: word },
      });
    },
  );
});

describe('a word of another wire on the OpenAI wire', () => {
  const MEANINGS: readonly (readonly [string, string])[] = [
    ...['STOP', 'end_turn', 'stop_sequence', 'COMPLETE', 'STOP_SEQUENCE', 'pause_turn', 'OTHER', 'MALFORMED_FUNCTION_CALL'].map(
      (word) => [word, 'stop'] as const,
    ),
    ...[
      'MAX_TOKENS',
      'max_tokens',
      'model_context_window_exceeded',
      'ERROR_LIMIT',
      'max_output_tokens',
      'CONTINUATION',
      'continuation',
      'length: CONTINUATION',
      'requires_continuation',
    ].map((word) => [word, 'length'] as const),
    ...[
      'SAFETY',
      'RECITATION',
      'BLOCKLIST',
      'PROHIBITED_CONTENT',
      'SPII',
      'MODEL_ARMOR',
      'IMAGE_SAFETY',
      'refusal',
      'guardrail_intervened',
      'content_filtered',
      'ERROR_TOXIC',
      'content_filter: SPII',
    ].map((word) => [word, 'content_filter'] as const),
  ];

  it.each(MEANINGS)('%s means %s, whole and streamed', async (word, finish) => {
    const { gateway } = await stage({}, async (exchange) => {
      if (!streams(exchange)) {
        const choices = [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: word }];
        return exchange.answer(200, { ...completion(''), choices });
      }
      await exchange.sseHead();
      await exchange.sse(chunk({ role: 'assistant', content: 'Hi' }), chunk({}, word), '[DONE]');
      await exchange.lastChunk();
    });
    for (const [, stream] of WAYS) expect(await chosen(gateway, stream)).toEqual({ content: 'Hi', finish, native: word });
  });

  it.each(['tool_use', 'TOOL_CALL', 'tool_calls'])('%s on an answer with calls means tool_calls', async (word) => {
    const calls = [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }];
    const { gateway } = await stage({}, (exchange) =>
      exchange.answer(200, {
        ...completion(''),
        choices: [{ index: 0, message: { role: 'assistant', content: null, tool_calls: calls }, finish_reason: word }],
      }),
    );
    expect(await chosen(gateway, false)).toMatchObject({ finish: 'tool_calls', native: word });
  });

  it.each(['ERROR', 'TIMEOUT', 'error'])('%s means that the answer broke off', async (word) => {
    const { gateway } = await stage({ models: { m: ['one/m', 'two/m'] } }, (exchange) =>
      exchange.request.path.startsWith('/one')
        ? exchange.answer(200, {
            ...completion('cut'),
            choices: [{ index: 0, message: { role: 'assistant', content: 'cut' }, finish_reason: word }],
          })
        : exchange.answer(200, completion('whole')),
    );
    const answer = await gateway.chat.completions.create({ model: 'm', messages });
    expect(answer.choices[0]?.message.content).toBe('whole');
    expect(routeOf(answer)?.attempts).toHaveLength(2);
  });
});

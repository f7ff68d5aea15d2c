/** The benchmarks' answers on each wire, made once: a whole one, and the events of a stream, which are one write each. */
import { DELTAS_PER_STREAM, TEXTS_PER_OPENAI_STREAM } from './upstream-facts.ts';

export interface Answers {
  readonly whole: Buffer;
  /** `withUsage`: the request asks for the usage of the stream, which OpenAI's wire tells only then. */
  events(withUsage: boolean): readonly Buffer[];
}

const TEXT = 'The gateway answers each call through one line of steps, and every step is a function of its own. ';
const INPUT_TOKENS = 80;
const OUTPUT_TOKENS = DELTAS_PER_STREAM;

export const openAiAnswers: Answers = makeOpenAiAnswers(TEXT.repeat(8));
/** The same with a whole answer of 2 KB. */
export const longOpenAiAnswers: Answers = makeOpenAiAnswers(TEXT.repeat(21).slice(0, 2_048));
export const anthropicAnswers: Answers = makeAnthropicAnswers();
export const geminiAnswers: Answers = makeGeminiAnswers();

function makeOpenAiAnswers(content: string): Answers {
  const head = { id: 'chatcmpl-bench', created: 1_700_000_000, model: 'bench-model' };
  const usage = {
    prompt_tokens: INPUT_TOKENS,
    completion_tokens: OUTPUT_TOKENS,
    total_tokens: INPUT_TOKENS + OUTPUT_TOKENS,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
  const chunk = { ...head, object: 'chat.completion.chunk' };
  const withChoice = (delta: object, finish_reason: string | null = null) =>
    data({ ...chunk, choices: [{ index: 0, delta, finish_reason, logprobs: null }] });
  const events = [
    withChoice({ role: 'assistant', content: '' }),
    ...Array.from({ length: TEXTS_PER_OPENAI_STREAM }, () => withChoice({ content: 'token ' })),
    withChoice({}, 'stop'),
  ];
  const done = Buffer.from('data: [DONE]\n\n');
  const message = { role: 'assistant', content, refusal: null };
  const choices = [{ index: 0, message, finish_reason: 'stop', logprobs: null }];
  return answers(
    { ...head, object: 'chat.completion', choices, usage },
    [...events, done],
    [...events, data({ ...chunk, choices: [], usage }), done],
  );
}

function makeAnthropicAnswers(): Answers {
  const usage = {
    input_tokens: INPUT_TOKENS,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: OUTPUT_TOKENS,
    service_tier: 'standard',
  };
  const message = { id: 'msg_bench', type: 'message', role: 'assistant', model: 'claude-sonnet-4-6', stop_sequence: null };
  const start = { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  const delta = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'token ' } };
  return answers({ ...message, content: [{ type: 'text', text: TEXT.repeat(8) }], stop_reason: 'end_turn', usage }, [
    named({ type: 'message_start', message: start }),
    named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    named({ type: 'ping' }),
    ...Array.from({ length: DELTAS_PER_STREAM }, () => named(delta)),
    named({ type: 'content_block_stop', index: 0 }),
    named({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: OUTPUT_TOKENS },
    }),
    named({ type: 'message_stop' }),
  ]);
}

/** On this wire each event tells the usage so far. */
function makeGeminiAnswers(): Answers {
  const answer = (text: string, outputTokens: number, finish?: object) => ({
    candidates: [{ content: { parts: [{ text }], role: 'model' }, ...finish, index: 0 }],
    usageMetadata: {
      promptTokenCount: INPUT_TOKENS,
      candidatesTokenCount: outputTokens,
      totalTokenCount: INPUT_TOKENS + outputTokens,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: INPUT_TOKENS }],
    },
    modelVersion: 'gemini-2.5-flash',
    responseId: 'bench-response',
  });
  const finish = { finishReason: 'STOP' };
  return answers(
    answer(TEXT.repeat(8), OUTPUT_TOKENS, finish),
    Array.from({ length: DELTAS_PER_STREAM }, (_, index) =>
      crlf(answer('token ', index + 1, index + 1 === DELTAS_PER_STREAM ? finish : undefined)),
    ),
  );
}

function answers(whole: object, events: readonly Buffer[], eventsWithUsage = events): Answers {
  return { whole: Buffer.from(JSON.stringify(whole)), events: (withUsage) => (withUsage ? eventsWithUsage : events) };
}

function data(event: object): Buffer {
  return Buffer.from(`data: ${JSON.stringify(event)}\n\n`);
}

function named(event: { readonly type: string; readonly [field: string]: unknown }): Buffer {
  return Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

/** Google ends its lines as mail does. */
function crlf(event: object): Buffer {
  return Buffer.from(`data: ${JSON.stringify(event)}\r\n\r\n`);
}

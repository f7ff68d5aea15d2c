import { expect } from 'vitest';
import { chunk, completion, streamText, usageChunk } from '../../support/chat-upstream.ts';
import type { Script } from '../harness.ts';
import type { FaultCase } from './case.ts';

/** A 200 whose body is no answer. */
function noAnswer(row: number, what: string, body: unknown, headers?: Record<string, string>): FaultCase {
  return {
    rows: [row],
    name: `200 with ${what}: no answer, and the next deployment gives one`,
    house: { first: (exchange) => exchange.answer(200, body, headers) },
    attempts: ['invalid-response', 'ok'],
    requests: 2,
  };
}

/** What a failure reports is paid, and the answer of the next deployment too. */
function withUsage(fault: FaultCase): FaultCase {
  return { ...fault, tokens: 30 };
}

/** A whole answer that is a valid one, however odd. */
function answer(row: number, name: string, body: object, text: string, more: Partial<FaultCase> = {}): FaultCase {
  return {
    rows: [row],
    name,
    house: { alone: true, first: (exchange) => exchange.answer(200, body) },
    attempts: ['ok'],
    text,
    requests: 1,
    ...more,
  };
}

const choiceOf = (message: object, finishReason: string | null = 'stop') => [
  { index: 0, message: { role: 'assistant', ...message }, finish_reason: finishReason },
];

const google: FaultCase['house'] & { provider: object } = { alone: true, provider: { type: 'google' }, first: () => {} };
const anthropic = { alone: true, provider: { type: 'anthropic' } };

function streamed(first: Script): FaultCase['house'] {
  return { alone: true, first };
}

export const payloadCases: readonly FaultCase[] = [
  noAnswer(54, 'the page of a captive portal', '<html><body>Please sign in</body></html>', { 'content-type': 'text/html' }),
  {
    rows: [54],
    name: 'a page instead of an answer is told by a short, redacted excerpt',
    house: {
      alone: true,
      first: (exchange) =>
        exchange.answer(200, `<html>Bearer sk-first-secret ${'x'.repeat(5_000)}`, { 'content-type': 'text/html' }),
    },
    attempts: ['invalid-response', 'invalid-response'],
    error: { code: 'failover_exhausted' },
    requests: 2,
    check({ error }) {
      expect(String(error).length).toBeLessThan(400);
      expect(JSON.stringify(error) + String(error)).not.toContain('sk-first-secret');
    },
  },
  noAnswer(56, 'invalid JSON', '{"id": broken'),
  // The answer was written, and says what it used.
  withUsage(noAnswer(56, 'cut JSON', JSON.stringify(completion('x')).slice(0, -8))),
  noAnswer(56, 'an empty body', ''),
  ...['null', '[]', '"text"', '7', '{}'].map((body) => noAnswer(56, body, body)),
  withUsage(noAnswer(57, 'no choices', completion('', { choices: [] }))),
  withUsage(noAnswer(57, 'a choice without a message', completion('', { choices: [{ index: 0, finish_reason: 'stop' }] }))),
  answer(57, 'an empty text with a finish reason is an answer', completion(''), ''),
  {
    rows: [58],
    name: '200 with an error object: what its code says',
    house: { first: (exchange) => exchange.answer(200, { error: { message: 'slow down', code: 429 } }) },
    attempts: ['rate-limited', 'ok'],
    requests: 2,
  },
  {
    rows: [58],
    name: "200 with vLLM's error object: what its code says",
    house: {
      first: (exchange) => exchange.answer(200, { object: 'error', message: 'not found', type: 'NotFoundError', code: 404 }),
    },
    attempts: ['model-unavailable', 'ok'],
    requests: 2,
  },
  answer(
    45,
    'a content filter in a 200 is an answer, and is paid',
    completion('cut', { choices: choiceOf({ content: 'cut' }, 'content_filter') }),
    'cut',
    {
      check: ({ answer: body }) => expect(body).toMatchObject({ choices: [{ finish_reason: 'content_filter' }] }),
    },
  ),
  {
    rows: [47],
    name: 'a refusal of Anthropic is a content filter',
    house: {
      ...anthropic,
      first: (exchange) =>
        exchange.answer(200, {
          id: 'm',
          type: 'message',
          role: 'assistant',
          model: 'm',
          content: [],
          stop_reason: 'refusal',
          usage: { input_tokens: 10, output_tokens: 5 },
        }),
    },
    attempts: ['ok'],
    text: '',
    requests: 1,
    check: ({ answer: body }) =>
      expect(body).toMatchObject({ choices: [{ finish_reason: 'content_filter', native_finish_reason: 'refusal' }] }),
  },
  ...['SAFETY', 'RECITATION', 'OTHER'].map(
    (finishReason): FaultCase => ({
      rows: [47],
      name: `${finishReason} of Gemini without parts is an answer without text`,
      house: {
        ...google,
        first: (exchange) =>
          exchange.answer(200, {
            candidates: [{ finishReason, index: 0 }],
            usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
            modelVersion: 'm',
          }),
      },
      attempts: ['ok'],
      text: '',
      requests: 1,
      check: ({ answer: body }) => expect(body).toMatchObject({ choices: [{ native_finish_reason: finishReason }] }),
    }),
  ),
  {
    rows: [47],
    name: 'a prompt that Gemini blocks',
    house: {
      ...google,
      first: (exchange) =>
        exchange.answer(200, {
          promptFeedback: { blockReason: 'SAFETY' },
          usageMetadata: { promptTokenCount: 10, totalTokenCount: 10 },
        }),
    },
    attempts: ['ok'],
    text: '',
    requests: 1,
    tokens: 10,
    check: ({ answer: body }) => expect(body).toMatchObject({ choices: [{ finish_reason: 'content_filter' }] }),
  },
  answer(
    64,
    'a finish reason that nobody knows becomes the nearest, and stays beside it',
    completion('x', { choices: choiceOf({ content: 'x' }, 'banana') }),
    'x',
    {
      check: ({ answer: body }) =>
        expect(body).toMatchObject({ choices: [{ finish_reason: 'stop', native_finish_reason: 'banana' }] }),
    },
  ),
  answer(
    65,
    'nothing but reasoning is an answer',
    completion('', { choices: choiceOf({ content: null, reasoning_content: 'hm' }) }),
    '',
    {
      check: ({ answer: body }) => expect(body).toMatchObject({ choices: [{ message: { reasoning_content: 'hm' } }] }),
    },
  ),
  answer(
    66,
    'usage that is missing is estimated and flagged',
    completion('some words of an answer', { usage: undefined }),
    'some words of an answer',
    {
      tokens: 'estimated',
      check: ({ route }) => expect(route?.usageSource).toBe('estimated'),
    },
  ),
  answer(
    68,
    'a usage of zero is a value',
    completion('x', { usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } }),
    'x',
    {
      tokens: 0,
      check: ({ route }) => expect(route).toMatchObject({ usageSource: 'reported', costUsd: 0 }),
    },
  ),
  ...[-5, 'many', 1e300].map((absurd) =>
    answer(
      69,
      `a usage of ${absurd} never enters the ledger`,
      completion('x', { usage: { prompt_tokens: absurd, completion_tokens: 5 } }),
      'x',
      {
        tokens: 'estimated',
        check: async ({ route }, house) => {
          expect(route?.usageSource).toBe('estimated');
          expect((await house.balance())?.spent.tokens).toBeLessThan(10_000);
        },
      },
    ),
  ),
  ...[false, true].map(
    (stream): FaultCase => ({
      rows: [71],
      name: `a model without a price is priced as the one that ${stream ? 'streamed' : 'answered'}`,
      stream,
      house: {
        alone: true,
        provider: { type: 'openai' },
        firstDeployment: { price: undefined },
        config: { budgets: [{ name: 'all', limit: { requests: 10, tokens: 1_000_000 }, window: 'day' }] },
        first: (exchange) => (stream ? streamText(exchange, 'x') : exchange.answer(200, completion('x'))),
      },
      attempts: ['ok'],
      text: 'x',
      requests: 1,
      check: ({ route }) => expect(route?.costUsd).toBeGreaterThan(0),
    }),
  ),
  {
    rows: [63],
    name: 'cut arguments of a tool call come raw, marked by the finish reason',
    house: {
      alone: true,
      first: (exchange) =>
        exchange.answer(
          200,
          completion('', {
            choices: choiceOf(
              { content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a": 1, "b' } }] },
              'length',
            ),
          }),
        ),
    },
    attempts: ['ok'],
    text: '',
    requests: 1,
    check: ({ answer: body }) =>
      expect(body).toMatchObject({
        choices: [{ finish_reason: 'length', message: { tool_calls: [{ function: { arguments: '{"a": 1, "b' } }] } }],
      }),
  },
  {
    rows: [62],
    name: 'tool calls of a stream without an index are told apart',
    stream: true,
    house: streamed(async (exchange) => {
      await exchange.sseHead();
      const call = (id: string) => chunk({ tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }] });
      await exchange.sse(call('a'), call('b'), chunk({}, 'tool_calls'), usageChunk(), '[DONE]');
      await exchange.lastChunk();
    }),
    attempts: ['ok'],
    text: '',
    requests: 1,
  },
];

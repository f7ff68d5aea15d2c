import { toFile } from 'openai';
import { describe, expect, it } from 'vitest';
import type { Gateway } from '../../src/gateway.ts';
import { stage } from '../budgets/stage.ts';
import { bodyOf, failureOf, gatewayOf, upstream } from '../public/harness.ts';
import { completion, streamText } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';

const MAIL = 'joe@example.com';
const people = { name: 'people', on: 'input', mode: 'redact', use: 'personal-data' } as const;
const falcon = (on: 'input' | 'output') => ({ name: 'falcon', on, mode: 'block', use: 'pattern', deny: 'Falcon' }) as const;

/** A call of every operation that says a text. */
const CALLS: Readonly<Record<string, (gateway: Gateway, text: string) => PromiseLike<unknown>>> = {
  'a chat with tools': (gateway, text) =>
    gateway.chat.completions.create({
      model: 'm',
      messages: [
        { role: 'user', content: 'go' },
        { role: 'assistant', tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: 'c1', content: text },
      ],
    }),
  'a streamed chat': (gateway, text) =>
    gateway.chat.completions.create({ model: 'm', stream: true, messages: [{ role: 'user', content: text }] }),
  'a response': (gateway, text) => gateway.responses.create({ model: 'm', input: text }),
  'a streamed response': (gateway, text) =>
    gateway.responses.create({ model: 'm', stream: true, input: [{ role: 'user', content: text }], instructions: 'be kind' }),
  'a completion': (gateway, text) => gateway.completions.create({ model: 'm', prompt: text }),
  'an embedding': (gateway, text) => gateway.embeddings.create({ model: 'm', input: ['a', text] }),
  'a picture': (gateway, text) => gateway.images.generate({ model: 'm', prompt: text }),
  'a picture that is edited': async (gateway, text) =>
    gateway.images.edit({ model: 'm', prompt: text, image: await toFile(Buffer.from('png'), 'a.png') }),
  'a transcription': async (gateway, text) =>
    gateway.audio.transcriptions.create({ model: 'm', prompt: text, file: await toFile(Buffer.from('sound'), 'a.wav') }),
  speech: (gateway, text) => gateway.audio.speech.create({ model: 'm', voice: 'alloy', input: text }),
  'a moderation': (gateway, text) => gateway.moderations.create({ model: 'm', input: text }),
};

function answerOf(exchange: FaultExchange): Promise<void> {
  const path = exchange.request.path;
  if (path.includes('/embeddings')) {
    return exchange.answer(200, {
      object: 'list',
      model: 'm',
      data: [0, 1].map((index) => ({ object: 'embedding', index, embedding: [0] })),
      usage: { prompt_tokens: 1, total_tokens: 1 },
    });
  }
  if (path.includes('/responses')) return exchange.answer(404, {});
  if (path.includes('/images')) return exchange.answer(200, { created: 1, data: [{ b64_json: 'AAAA' }] });
  if (path.includes('/audio/transcriptions')) return exchange.answer(200, { text: 'hello' });
  if (bodyOf(exchange).stream) return streamText(exchange, 'hello');
  return exchange.answer(200, completion('hello'));
}

async function readOut(answer: unknown): Promise<void> {
  for await (const _ of (answer as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator]
    ? (answer as AsyncIterable<unknown>)
    : []);
}

describe('an input guard', () => {
  it.each(Object.entries(CALLS))('blocks %s before anything is sent', async (_, call) => {
    const { gateway, server } = await stage({ guards: [falcon('input')] }, answerOf);
    expect(await failureOf(call(gateway, 'the Falcon'))).toMatchObject({ status: 400, code: 'content_blocked' });
    expect(server.requests).toHaveLength(0);
  });

  it.each(Object.entries(CALLS))('keeps what it replaces in %s from the provider', async (_, call) => {
    const { gateway, server } = await stage({ guards: [people] }, answerOf);
    await call(gateway, `write to ${MAIL}`).then(readOut, () => {});
    expect(server.requests).not.toHaveLength(0);
    const sent = server.requests.map(({ body }) => body.toString()).join();
    expect(sent).toContain('[EMAIL_1]');
    expect(sent).not.toContain(MAIL);
  });
});

describe('an output guard', () => {
  const guards = [falcon('output')];

  it('blocks a response, whole and streamed, over chat', async () => {
    const server = await upstream((exchange) =>
      bodyOf(exchange).stream ? streamText(exchange, 'a Fal', 'con') : exchange.answer(200, completion('Falcon')),
    );
    // Has chat completions alone.
    const one = { type: 'mistral', apiKey: 'k', baseURL: `${server.origin}/v1` } as const;
    const gateway = gatewayOf({ providers: { one }, models: { m: ['one/m'] }, guards });
    const blocked = { code: 'content_blocked' };
    expect(await failureOf(gateway.responses.create({ model: 'm', input: 'hi' }))).toMatchObject(blocked);
    let told = '';
    const reading = async () => {
      for await (const event of await gateway.responses.create({ model: 'm', input: 'hi', stream: true }))
        told += JSON.stringify(event);
    };
    expect(await failureOf(reading())).toMatchObject(blocked);
    expect(told).not.toContain('Fal');
  });

  it('blocks a transcript and a completion', async () => {
    const { gateway } = await stage({ guards }, (exchange) =>
      exchange.request.path.includes('/audio')
        ? exchange.answer(200, { text: 'the Falcon' })
        : exchange.answer(200, {
            id: 'c',
            object: 'text_completion',
            created: 1,
            model: 'm',
            choices: [{ index: 0, text: 'Falcon', finish_reason: 'stop', logprobs: null }],
          }),
    );
    const file = await toFile(Buffer.from('sound'), 'a.wav');
    const blocked = { code: 'content_blocked' };
    expect(await failureOf(gateway.audio.transcriptions.create({ model: 'm', file }))).toMatchObject(blocked);
    expect(await failureOf(gateway.completions.create({ model: 'm', prompt: 'hi' }))).toMatchObject(blocked);
  });

  it('refuses speech, which it cannot read, by name', async () => {
    const { gateway, server } = await stage({ guards }, answerOf);
    expect(await failureOf(gateway.audio.speech.create({ model: 'm', voice: 'alloy', input: 'hi' }))).toMatchObject({
      code: 'content_blocked',
      message: expect.stringContaining('audio.speech'),
    });
    expect(server.requests).toHaveLength(0);
  });

  it('looks at what a fallback answers, which saw no original', async () => {
    const models = { m: { deployments: ['one/m'], fallbacks: ['other'] }, other: ['one/other'] };
    const { gateway, server } = await stage({ guards: [people, ...guards], models }, (exchange) =>
      bodyOf(exchange).model === 'm' ? exchange.answer(500, {}) : exchange.answer(200, completion('the Falcon')),
    );
    const messages = [{ role: 'user' as const, content: MAIL }];
    expect(await failureOf(gateway.chat.completions.create({ model: 'm', messages }))).toMatchObject({ code: 'content_blocked' });
    expect(server.requests.map(({ body }) => body.toString()).join()).not.toContain(MAIL);
  });
});

import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type OpenAI from 'openai';
import { type GatewayConfig, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { completion } from '../support/chat-upstream.ts';
import { bodyOf, failureOf, gatewayOf, messages, providersAt, upstream } from './harness.ts';

const WINDOW = 1_000;

async function served(models: GatewayConfig['models']) {
  const server = await upstream((exchange) =>
    exchange.answer(
      200,
      exchange.request.path.endsWith('completions') ? completion(String(bodyOf(exchange).model)) : { text: 'x' },
    ),
  );
  return { server, gateway: gatewayOf({ providers: providersAt(server, 'one'), models }) };
}

const small = { provider: 'one', model: 'small', contextWindow: WINDOW };
const large = { provider: 'one', model: 'large', contextWindow: 100 * WINDOW };
const data = Buffer.alloc(60 * WINDOW).toString('base64');
const withPart = (part: object) => [{ role: 'user' as const, content: [part] }] as OpenAI.ChatCompletionMessageParam[];

describe('a context window', () => {
  it.each(['transcriptions', 'translations'] as const)('says nothing of a recording: %s', async (operation) => {
    const { gateway } = await served({ heard: [{ ...small, contextWindow: 16 }, large] });
    const files = [createReadStream(fileURLToPath(import.meta.url)), new File([data], 'a.wav'), new Response(data)];
    for (const file of files) {
      const answer = await gateway.audio[operation].create({ model: 'heard', file });
      expect(routeOf(answer)).toMatchObject({ deployment: 'one/small', attempts: [{}] });
    }
  });

  it.each([
    ['a document', withPart({ type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${data}` } })],
    ['a recording', withPart({ type: 'input_audio', input_audio: { data: data.repeat(4), format: 'wav' } })],
    ['images', withPart({ type: 'image_url', image_url: { url: 'https://example.com/a.png' } })],
    ['text of long words', [{ role: 'user', content: 'достопримечательность '.repeat(150) }]],
  ] as [string, OpenAI.ChatCompletionMessageParam[]][])(
    'that may be large enough for %s is left to its provider, if no other is larger',
    async (_, content) => {
      const { gateway } = await served({ alone: [small], both: [small, large] });
      const alone = await gateway.chat.completions.create({ model: 'alone', messages: content });
      expect(alone.choices[0]?.message.content).toBe('small');
      const both = await gateway.chat.completions.create({ model: 'both', messages: content });
      expect(both.choices[0]?.message.content).toBe('large');
      expect(routeOf(both)?.skipped.map(({ deployment }) => deployment)).toEqual(['one/small']);
    },
  );

  it('that is doubted comes after a fallback for larger ones, and the largest of them first', async () => {
    const medium = { ...small, model: 'medium', contextWindow: 2 * WINDOW };
    const { gateway } = await served({
      kept: { deployments: [small], fallbacks: { contextWindow: ['big'] } },
      big: [large],
      sizes: [small, medium],
    });
    const text = [{ role: 'user' as const, content: 'word '.repeat(2_000) }];
    expect((await gateway.chat.completions.create({ model: 'kept', messages: text })).choices[0]?.message.content).toBe('large');
    expect((await gateway.chat.completions.create({ model: 'sizes', messages: text })).choices[0]?.message.content).toBe(
      'medium',
    );
  });

  it('that is too small for any text of that length is not tried', async () => {
    const { server, gateway } = await served({ alone: [small] });
    const text = [...messages, { role: 'user' as const, content: 'word '.repeat(20 * WINDOW) }];
    expect(await failureOf(gateway.chat.completions.create({ model: 'alone', messages: text }))).toMatchObject({
      status: 400,
      message: expect.stringContaining('exceed the context window of 1000'),
    });
    expect(server.requests).toHaveLength(0);
  });
});

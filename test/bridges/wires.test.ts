import type { GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { schemaProblems } from '../providers/openai/schema.ts';
import { recordedBytes } from '../support/event-frames.ts';
import { type Exchange, exchangeIndex, readExchange } from '../support/fixtures.ts';
import { anthropicUpstream } from './support.ts';

/** By the provider of a recording: how one is configured that speaks its wire, a model of it, and the endpoints of chat. */
const WIRES: ReadonlyMap<string, { model: string; settings: object; endpoints: readonly string[] }> = new Map([
  [
    'google',
    { model: 'gemini-2.5-flash', settings: { type: 'google' }, endpoints: ['generateContent', 'streamGenerateContent'] },
  ],
  ['cohere', { model: 'command-a-03-2025', settings: { type: 'cohere' }, endpoints: ['chat'] }],
  [
    'bedrock',
    {
      model: 'amazon.nova-lite-v1:0',
      settings: { type: 'bedrock', region: 'us-east-1' },
      endpoints: ['converse', 'converse-stream'],
    },
  ],
  ['mistral', { model: 'mistral-small-latest', settings: { type: 'mistral' }, endpoints: ['chat.completions'] }],
  ['cerebras', { model: 'gpt-oss-120b', settings: { type: 'cerebras' }, endpoints: ['chat.completions'] }],
]);

const recordings = exchangeIndex().filter(
  ({ provider, endpoint, status }) => status === 200 && WIRES.get(provider)?.endpoints.includes(endpoint),
);

describe('a recorded answer of another wire', () => {
  it.each(recordings.map(({ file }) => file))('%s becomes a response of OpenAI’s schema', async (file) => {
    const recorded = readExchange(file);
    const { model, settings } = WIRES.get(recorded.provider) ?? { model: '', settings: {} };
    const { gateway, server } = await anthropicUpstream(
      (exchange) => exchange.answer(200, recordedBytes(recorded), { 'content-type': contentTypeOf(recorded) }),
      (origin) => ({ providers: { [recorded.provider]: { ...settings, apiKey: 'k', baseURL: origin } } }) as GatewayConfig,
    );
    const ask = { model: `${recorded.provider}/${model}`, input: 'hello' };
    if (!recorded.stream) {
      expect(schemaProblems('Response', await gateway.responses.create(ask))).toEqual([]);
    } else {
      const running = gateway.responses.stream(ask);
      const problems: string[] = [];
      running.on('event', (event) => problems.push(...schemaProblems('ResponseStreamEvent', event)));
      await running.finalResponse();
      expect(problems).toEqual([]);
    }
    expect(server.requests[0]?.path).not.toContain('responses');
  });
});

function contentTypeOf({ stream, provider }: Exchange): string {
  if (!stream) return 'application/json';
  return provider === 'bedrock' ? 'application/vnd.amazon.eventstream' : 'text/event-stream';
}

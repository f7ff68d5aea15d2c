import { AzureOpenAI, OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { anthropicProvider } from '../../src/providers/anthropic/provider.ts';
import { bedrockProvider } from '../../src/providers/bedrock/provider.ts';
import { cohereProvider } from '../../src/providers/cohere/provider.ts';
import { googleProvider } from '../../src/providers/google/provider.ts';
import { vertexProvider } from '../../src/providers/google/vertex-provider.ts';
import { createOpenAiWireProvider, vendors } from '../../src/providers/open-ai-wire-provider.ts';
import { openaiClientProvider } from '../../src/providers/openai-client.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { ProviderParts } from '../../src/providers/wire-provider.ts';
import { type ProviderSubject, providerContract, type UpstreamMood } from '../../src/testing/index.ts';
import { createTransport } from '../../src/transport/create-transport.ts';
import { NATIVE_WIRES } from '../support/native-wires.ts';
import { type Upstream, upstreamIn } from './contract-upstream.ts';

interface ContractWire {
  readonly name: string;
  /** Whose recordings the upstream answers with. */
  readonly recorded: { provider: string; whole: string; stream: string };
  create(parts: ProviderParts, upstream: Upstream): Provider;
}

const vendor = (type: string) => (parts: ProviderParts) => {
  const found = vendors.get(type);
  if (found === undefined) throw new Error(`no vendor ${type}`);
  return createOpenAiWireProvider(found, parts);
};
const COMPLETIONS = { whole: 'chat.completions', stream: 'chat.completions' };
const GEMINI = { whole: 'generateContent', stream: 'streamGenerateContent' };

const WIRES: readonly ContractWire[] = [
  { name: 'OpenAI', recorded: { provider: 'openai', ...COMPLETIONS }, create: vendor('openai') },
  { name: 'Azure', recorded: { provider: 'azure', ...COMPLETIONS }, create: vendor('azure') },
  { name: 'Mistral, by its quirks', recorded: { provider: 'mistral', ...COMPLETIONS }, create: vendor('mistral') },
  { name: 'Groq, by its quirks', recorded: { provider: 'groq', ...COMPLETIONS }, create: vendor('groq') },
  { name: 'Anthropic', recorded: { provider: 'anthropic', whole: 'messages', stream: 'messages' }, create: anthropicProvider },
  { name: 'Gemini', recorded: { provider: 'google', ...GEMINI }, create: googleProvider },
  { name: 'Vertex', recorded: { provider: 'vertex', ...GEMINI }, create: (parts) => vertexProvider(parts) },
  { name: 'Bedrock', recorded: { provider: 'bedrock', whole: 'converse', stream: 'converse-stream' }, create: bedrockProvider },
  { name: 'Cohere', recorded: { provider: 'cohere', whole: 'chat', stream: 'chat' }, create: cohereProvider },
  {
    name: "a user's OpenAI client",
    recorded: { provider: 'openai', ...COMPLETIONS },
    create: (_, { origin }) => ofClient(new OpenAI({ apiKey: 'own-key', baseURL: origin })),
  },
  {
    name: "a user's Azure client",
    recorded: { provider: 'openai', ...COMPLETIONS },
    create: (_, { origin }) => ofClient(new AzureOpenAI({ apiKey: 'own-key', baseURL: origin, apiVersion: '2024-10-21' })),
  },
];

function ofClient(client: OpenAI): Provider {
  const openai = vendors.get('openai');
  if (openai === undefined) throw new Error('no vendor openai');
  return openaiClientProvider('client', openai, client);
}

async function open({ recorded, create }: ContractWire, mood: UpstreamMood): Promise<ProviderSubject> {
  const upstream = await upstreamIn(mood, recorded);
  const transport = createTransport({ proxy: undefined });
  const account = {
    name: 'contract',
    origin: upstream.origin,
    basePath: '',
    headers: {},
    drop: new Set<string>(),
    organization: undefined,
    project: 'test-project',
    region: 'us-east-1',
    apiVersion: undefined,
  };
  return {
    provider: create({ account, transport, clock: systemClock }, upstream),
    model: upstream.model,
    requests: upstream.requests,
    reached: upstream.reached,
    async close() {
      await transport.close(true);
      await upstream.close();
    },
  };
}

it.each(NATIVE_WIRES)('the wire of %s has a row', (wire) => {
  expect(WIRES.map(({ recorded }) => recorded.provider)).toContain(wire);
});

describe.each(WIRES)('$name', (wire) => {
  for (const { name, run } of providerContract()) {
    it(name, async () => {
      await expect(run((mood) => open(wire, mood))).resolves.toBeUndefined();
    });
  }
});

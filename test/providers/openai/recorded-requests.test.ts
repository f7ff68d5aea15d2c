import { describe, expect, it } from 'vitest';
import type { Params } from '../../../src/core/params.ts';
import { azureWire } from '../../../src/providers/azure/provider.ts';
import { vendors } from '../../../src/providers/open-ai-wire-provider.ts';
import { openAiWire } from '../../../src/providers/openai/provider.ts';
import type { Wire } from '../../../src/providers/wire.ts';
import { exchangeIndex, readExchange } from '../../support/fixtures.ts';
import { accountAt, contextOf, requestOf } from './replay.ts';

const TYPES: Readonly<Record<string, string>> = { google: 'google-openai', 'vercel-gateway': 'vercel' };
const OTHER_WIRES = new Set(['anthropic', 'vertex', 'bedrock', 'cohere']);
const recordings = exchangeIndex().filter(
  (entry) =>
    entry.has_request && entry.provenance === 'wire' && !OTHER_WIRES.has(entry.provider) && entry.endpoint === 'chat.completions',
);

function wireOf(provider: string): Wire {
  const vendor = vendors.get(TYPES[provider] ?? provider);
  if (vendor === undefined) throw new Error(`no vendor ${provider}`);
  return vendor.type === 'azure' ? azureWire(vendor) : openAiWire(vendor.quirks, vendor.operations);
}

describe('recorded conversations', () => {
  it.each(recordings)('$file is sent as it was recorded', (entry) => {
    const recorded = readExchange(entry.file).request?.body as Record<string, unknown>;
    const params = { ...recorded } as Params;
    const before = JSON.stringify(params);
    const request = requestOf('chat', params, { upstreamModel: String(recorded.model), stream: entry.stream });
    const sent = wireOf(entry.provider).toRequest(request, accountAt('http://127.0.0.1'), contextOf());
    const body = JSON.parse(JSON.stringify(sent.body)) as Record<string, unknown>;
    expect({ ...body, stream_options: undefined }).toEqual(expectedBody(recorded));
    expect(JSON.stringify(params)).toBe(before);
  });
});

/** The recorded body but for what its client sent without effect: empty tools, and reasoning under two names. */
function expectedBody(recorded: Record<string, unknown>): Record<string, unknown> {
  const { tools, messages, ...rest } = recorded;
  return {
    ...rest,
    ...(Array.isArray(tools) && tools.length > 0 && { tools }),
    messages: (messages as Record<string, unknown>[]).map(({ reasoning_content, ...message }) =>
      message.reasoning === undefined ? { ...message, reasoning_content } : message,
    ),
    stream_options: undefined,
  };
}

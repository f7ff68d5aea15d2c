import type { GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../budgets/stage.ts';
import { bodies, failureOf, gatewayOf, upstream } from '../public/harness.ts';
import { chunk, completion, usageChunk } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';

const SECRET = 'jane@example.com';
const thought = `They wrote from ${SECRET} yesterday.`;
const INCLUDE = ['reasoning.encrypted_content' as const];

/** A host that speaks chat alone. */
async function stage(config: Partial<GatewayConfig>, script: (exchange: FaultExchange) => unknown) {
  const server = await upstream(script);
  const providers = { kimi: { type: 'moonshot', apiKey: 'k', baseURL: server.origin } } as const;
  const gateway = gatewayOf({ providers, models: { m: ['kimi/kimi-k2'] }, retry: { maxAttempts: 1 }, ...config });
  return { gateway, sent: () => bodies(server) };
}

/** What a host thinks: as its text alone, as blocks of which the text is shown, as blocks that show nothing. */
const THOUGHTS: Readonly<Record<string, object>> = {
  'a text alone': { reasoning_content: thought },
  'blocks and a text': {
    reasoning_content: thought,
    reasoning_details: [{ type: 'reasoning.text', text: thought, signature: 's' }],
  },
  'blocks alone': { reasoning_details: [{ type: 'reasoning.text', text: thought, signature: 's' }] },
  'a summary in a block': { reasoning_details: [{ type: 'reasoning.summary', summary: thought }] },
};

const answering = (said: object) => async (exchange: FaultExchange) => {
  const body = JSON.parse(String(exchange.request.body)) as { stream?: boolean };
  if (!body.stream) {
    const message = { role: 'assistant', content: 'Fine.', refusal: null, ...said };
    return exchange.answer(200, completion('', { choices: [{ index: 0, message, finish_reason: 'stop' }] }));
  }
  await exchange.sseHead();
  await exchange.sse(chunk({ role: 'assistant', content: '' }), chunk({ ...said }), chunk({ content: 'Fine.' }));
  await exchange.sse(chunk({}, 'stop'), usageChunk(), '[DONE]');
  return exchange.lastChunk();
};

const guards = (mode: 'redact' | 'block'): GatewayConfig['guards'] => [{ name: 'pii', on: 'output', mode, use: 'personal-data' }];

/** All texts of an answer or of its events, what is sealed in them too. */
function textOf(value: unknown): string {
  const text = JSON.stringify(value);
  const seals = [...text.matchAll(/"encrypted_content":"([^"]+)"/g)].map(([, sealed = '']) =>
    String(Buffer.from(sealed, 'base64url')),
  );
  return [text, ...seals].join('\n');
}

describe.each(Object.entries(THOUGHTS))('thinking that comes as %s', (_, said) => {
  it.each([false, true])('is redacted in what is sealed, too (streamed: %s)', async (stream) => {
    const { gateway } = await stage({ guards: guards('redact') }, answering(said));
    const reports = eventsOf(gateway, 'guard.redact');
    const params = { model: 'm', input: 'hi', include: INCLUDE };
    let shown: unknown;
    if (stream) shown = await Array.fromAsync(await gateway.responses.create({ ...params, stream: true }));
    else shown = await gateway.responses.create(params);
    expect(textOf(shown)).not.toContain(SECRET);
    expect(textOf(shown)).toContain('Fine.');
    // However many pieces and events tell it, shown or sealed.
    expect(reports.map(({ findings }) => findings)).toEqual([[{ kind: 'email', count: 1 }]]);
  });

  it.each([false, true])('is refused if a guard blocks (streamed: %s)', async (stream) => {
    const { gateway } = await stage({ guards: guards('block') }, answering(said));
    const params = { model: 'm', input: 'hi', include: INCLUDE };
    const read = async () => {
      if (stream) return Array.fromAsync(await gateway.responses.create({ ...params, stream: true }));
      return gateway.responses.create(params);
    };
    expect(await failureOf(read())).toMatchObject({ code: 'content_blocked' });
  });

  it('stays sealed where no guard finds anything', async () => {
    const harmless = JSON.parse(JSON.stringify(said).replaceAll(SECRET, 'home')) as object;
    const { gateway } = await stage({ guards: guards('redact') }, answering(harmless));
    const answer = await gateway.responses.create({ model: 'm', input: 'hi', include: INCLUDE });
    expect(answer.output[0]).toMatchObject({ type: 'reasoning', encrypted_content: expect.any(String) });
  });
});

it('what was hidden in the input and is restored in the answer leaves the seal as it is', async () => {
  const restoring = async (exchange: FaultExchange) => {
    const [asked] = bodies({ requests: [exchange.request] } as never) as { messages: { content: string }[] }[];
    const hidden = asked?.messages.at(-1)?.content ?? '';
    return answering({ reasoning_content: `They wrote: ${hidden}` })(exchange);
  };
  const { gateway } = await stage({ guards: [{ name: 'pii', on: 'input', mode: 'redact', use: 'personal-data' }] }, restoring);
  const answer = await gateway.responses.create({ model: 'm', input: `I am ${SECRET}`, include: INCLUDE });
  const [item] = answer.output as { summary: { text: string }[]; encrypted_content?: string }[];
  expect(item?.summary[0]?.text).toContain(SECRET);
  expect(String(Buffer.from(item?.encrypted_content ?? '', 'base64url'))).not.toContain(SECRET);
  expect(item?.encrypted_content).toBeDefined();
});

it('a history whose sealed thinking a guard reads goes on without what is to be hidden', async () => {
  const sealed = Buffer.from(JSON.stringify([{ type: 'reasoning.text', id: 'rs_1', text: thought }])).toString('base64url');
  const { gateway, sent } = await stage(
    { guards: [{ name: 'pii', on: 'input', mode: 'redact', use: 'personal-data' }] },
    answering({}),
  );
  const input = [
    { role: 'user' as const, content: 'hi' },
    { type: 'reasoning' as const, id: 'rs_1', summary: [], encrypted_content: sealed },
    { role: 'user' as const, content: 'and?' },
  ];
  await gateway.responses.create({ model: 'm', input });
  expect(textOf(sent())).not.toContain(SECRET);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StreamStep } from '../../src/guards/stream/stream-guard.ts';
import { gatewayOf, providersAt, upstream } from '../public/harness.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { guardedCall, guardPlan, guardsOf, PERSONAL_DATA, piecesOf } from './cases.ts';

type Event = Record<string, unknown>;
const MAIL = 'joe@example.com';
const guards = [{ name: 'people', on: 'input', mode: 'redact', use: 'personal-data' }] as const;
const run = { assistant_id: 'a', thread: { messages: [{ role: 'user' as const, content: `write to ${MAIL}` }] } };

/** Named events of a thread, as the assistants' API sends them. */
function threadEvents(pieces: readonly string[]): [name: string, data: Event][] {
  const text = pieces.join('');
  const message = (value: string) => ({ id: 'msg_1', content: [{ type: 'text', text: { value, annotations: [] } }] });
  return [
    ['thread.run.created', { id: 'run_1', object: 'thread.run', status: 'queued' }],
    ...pieces.map((value): [string, Event] => [
      'thread.message.delta',
      { id: 'msg_1', object: 'thread.message.delta', delta: { content: [{ index: 0, type: 'text', text: { value } }] } },
    ]),
    ['thread.message.completed', message(text)],
    ['thread.run.completed', { id: 'run_1', object: 'thread.run', status: 'completed' }],
  ];
}

async function sends(events: readonly [name: string, data: Event][]) {
  const server = await upstream(async (exchange: FaultExchange) => {
    await exchange.sseHead();
    for (const [name, data] of events) await exchange.chunk(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    await exchange.chunk('event: done\ndata: [DONE]\n\n');
    await exchange.lastChunk();
  });
  const gateway = gatewayOf({ providers: providersAt(server, 'one'), defaultProvider: 'one', guards });
  return { server, gateway };
}

describe('a stream that is handed through', () => {
  const events = threadEvents(['I write to [EM', 'AIL_1', '], not to [', 'EMAIL_2].']);
  const said = `I write to ${MAIL}, not to [EMAIL_2].`;

  it('has the originals put back that its provider has never seen', async () => {
    const { server, gateway } = await sends(events);
    let text = '';
    let whole = '';
    for await (const event of await gateway.beta.threads.createAndRun({ ...run, stream: true })) {
      if (event.event === 'thread.message.delta') text += JSON.parse(JSON.stringify(event)).data.delta.content[0].text.value;
      if (event.event === 'thread.message.completed') whole += JSON.parse(JSON.stringify(event)).data.content[0].text.value;
    }
    expect([text, whole]).toEqual([said, said]);
    expect(String(server.requests[0]?.body)).toContain('write to [EMAIL_1]');
  });

  it('has them over HTTP, too, under the names of its events', async () => {
    const { gateway } = await sends(events);
    const body = JSON.stringify({ ...run, stream: true });
    const response = await gateway.handler('http://x/v1/threads/runs', { method: 'POST', body });
    const told = await response.text();
    expect(told.match(/^event: .*$/gm)).toEqual(
      expect.arrayContaining(['event: thread.message.delta', 'event: thread.run.created']),
    );
    expect(told).toContain(JSON.stringify(said).slice(1, -1));
    expect(told).not.toContain('[EMAIL_1]');
  });
});

const PARAMS = { stream: true, input: `write to ${MAIL}` };

async function passed(items: readonly Event[]): Promise<Event[]> {
  const plans = [
    guardPlan({ use: PERSONAL_DATA, mode: 'redact', on: 'input' }),
    guardPlan({ name: 'told', use: { kind: 'secrets' }, mode: 'flag' }),
  ];
  const passthrough = { method: 'POST', path: '/things', query: '', json: PARAMS };
  const { guards: ofCall } = await guardsOf(plans, guardedCall(PARAMS, { operation: 'passthrough', passthrough }));
  const verdict = await ofCall.guardInput();
  if (verdict.action === 'block') throw verdict.error;
  const stream = ofCall.openStream();
  const steps: StreamStep[] = [];
  for (const item of items) steps.push((await stream?.push(item)) as StreamStep);
  steps.push((await stream?.end()) as StreamStep);
  return steps.flatMap((step) => step.items as Event[]);
}

type Form = (piece: string, place: number) => Event;

/** Forms in which vendors stream texts, and how each is read again. */
const FORMS: Readonly<Record<string, readonly [Form, (item: Event) => string]>> = {
  'a delta by itself': [(delta) => ({ type: 'thing.text.delta', delta }), ({ delta }) => String(delta)],
  'a block': [
    (text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
    ({ delta }) => (delta as { text: string }).text,
  ],
  choices: [
    (content) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] }),
    ({ choices }) => (choices as { delta: { content: string } }[])[0]?.delta.content ?? '',
  ],
  'arguments of the second tool': [
    (piece) => ({ type: 'step.delta', delta: { tool_calls: [{ index: 1, function: { arguments: piece } }] } }),
    ({ delta }) => (delta as { tool_calls: { function: { arguments: string } }[] }).tool_calls[0]?.function.arguments ?? '',
  ],
};

describe.each(Object.entries(FORMS))('texts in %s', (_, [form, read]) => {
  it('get their originals back, however they are cut', async () => {
    const text = 'to [EMAIL_1] and [EMAIL_9] and [EMAIL_1][E';
    await fc.assert(
      fc.asyncProperty(piecesOf(text), async (pieces) => {
        const items = await passed(pieces.map(form));
        expect(items.map(read).join('')).toBe(`to ${MAIL} and [EMAIL_9] and ${MAIL}[E`);
      }),
      { numRuns: 60 },
    );
  });
});

describe('what says no text of the call', () => {
  it('passes as it is', async () => {
    const items = [{ type: 'ping' }, { type: 'thing.done', text: 'all [fine]' }];
    const out = await passed(items);
    expect(out.every((item, index) => item === items[index])).toBe(true);
  });
});

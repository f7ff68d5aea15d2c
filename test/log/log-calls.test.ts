import { Writable } from 'node:stream';
import pino from 'pino';
import { dashboard } from 'tollgate/dashboard';
import { logCalls } from 'tollgate/log';
import { describe, expect, it } from 'vitest';
import { levelOf } from '../../src/log/call-line.ts';
import { logLines } from '../otel/observer.ts';
import { ask, gatewayOf, providersAt, upstream } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import { settlePromises } from '../support/test-clock.ts';

async function staged(statuses: number[] = []) {
  const server = await upstream((exchange) =>
    exchange.answer(statuses[exchange.index] ?? 200, {
      ...{ id: 'x', object: 'chat.completion', created: 1, model: 'm', choices: [] },
      choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    }),
  );
  return gatewayOf({ providers: providersAt(server, 'one', 'two'), models: { m: ['one/m', 'two/m'] } });
}

describe('logCalls', () => {
  it('writes one line per call through pino, with the request id', async () => {
    const gateway = await staged();
    const text: string[] = [];
    const sink = new Writable({ write: (piece, _, done) => done(void text.push(String(piece))) });
    logCalls(gateway, pino(sink));
    await ask(gateway.for({ team: 'a' }), 'm');
    await settlePromises();
    expect(text).toHaveLength(1);
    expect(JSON.parse(text[0] ?? '')).toMatchObject({
      ...{ level: 30, msg: 'chat m: success', event: 'request.end', requestId: expect.stringMatching(/^req_/) },
      ...{ caller: { team: 'a' }, deployment: 'one/m', attempts: 1, usage: { inputTokens: 10 } },
    });
  });

  it('writes JSON to a console', async () => {
    const gateway = await staged();
    const lines: string[] = [];
    const own = { debug: console.debug, info: (line: string) => lines.push(line), warn() {}, error() {}, table() {} };
    logCalls(gateway, own);
    await ask(gateway, 'm');
    await settlePromises();
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', message: 'chat m: success', outcome: 'success' });
  });

  it('tells for which call a guard asked a question, on the dashboard too', async () => {
    const server = await upstream((exchange) => exchange.answer(200, completion('{"flagged": false, "kinds": []}')));
    const gateway = gatewayOf({
      providers: providersAt(server, 'one', 'two'),
      models: { m: ['one/m'], judge: ['two/m'] },
      guards: [{ name: 'policy', on: 'input', mode: 'block', use: 'model', model: 'judge' }],
    });
    const lines = logLines(gateway);
    const board = dashboard(gateway);
    await ask(gateway, 'm');
    await settlePromises();
    const idOf = (model: string) => lines.find(({ fields }) => fields.model === model)?.fields.requestId;
    expect(lines.map(({ fields }) => [fields.model, fields.askedFor])).toEqual([
      ['judge', idOf('m')],
      ['m', undefined],
    ]);
    const shown = await (await board(new Request('http://localhost/?file=calls'))).json();
    expect(shown).toContainEqual(expect.objectContaining({ model: 'judge', askedFor: idOf('m') }));
    board.close();
  });

  it('tells by what a call was saved', async () => {
    const gateway = await staged([500]);
    const lines = logLines(gateway);
    await ask(gateway, 'm');
    await settlePromises();
    expect(lines).toMatchObject([
      { level: 'warn', fields: { attempts: 2, failures: [{ deployment: 'one/m', kind: 'transient', status: 500 }] } },
    ]);
  });

  it('samples successes by their ids, and nothing else', async () => {
    const gateway = await staged([500]);
    const lines = logLines(gateway, { sampleSuccesses: 0 });
    const all = logLines(gateway);
    const half = logLines(gateway, { sampleSuccesses: 0.5 });
    for (let call = 0; call < 200; call += 1) await ask(gateway, 'm');
    await settlePromises();
    expect(lines).toHaveLength(1);
    expect(all).toHaveLength(200);
    expect(half.length).toBeGreaterThan(60);
    expect(half.length).toBeLessThan(140);
  });

  it('tells a listener that failed by its name, code and words, through pino and a console alike', async () => {
    const gateway = await staged();
    const text: string[] = [];
    logCalls(gateway, pino(new Writable({ write: (piece, _, done) => done(void text.push(String(piece))) })));
    const note = (line: string) => text.push(line);
    logCalls(gateway, { debug: note, info: note, warn: note, error: note, table: note });
    gateway.on('request.end', () => {
      throw Object.assign(new RangeError('no room'), { code: 'ENOROOM' });
    });
    await ask(gateway, 'm');
    await settlePromises();
    const told = text.map((line) => JSON.parse(line)).filter(({ event }) => event === 'listener.error');
    expect(told).toHaveLength(2);
    for (const line of told)
      expect(line).toMatchObject({
        failedOn: 'request.end',
        error: { name: 'RangeError', code: 'ENOROOM', message: 'no room' },
      });
  });

  it('has a call that is refused after its first attempt at `info`, unless an attempt had failed', () => {
    const end = { outcome: 'denied', attempts: 1, error: { code: 'budget_exceeded', message: '', status: 402 } };
    expect(levelOf(end as never)).toBe('info');
    expect(levelOf({ ...end, failures: [{ deployment: 'one/m', kind: 'transient' }] } as never)).toBe('error');
    expect(levelOf({ ...end, error: { code: 'store_unavailable', message: '', status: 503 } } as never)).toBe('error');
  });

  it('ends when it is told to', async () => {
    const gateway = await staged();
    const lines: unknown[] = [];
    const note = (fields: object) => lines.push(fields);
    const stop = logCalls(gateway, { debug: note, info: note, warn: note, error: note });
    stop();
    await ask(gateway, 'm');
    await settlePromises();
    expect(lines).toEqual([]);
  });

  it.each([-0.1, 1.1, Number.NaN])('refuses a share of %d', async (sampleSuccesses) => {
    const gateway = await staged();
    expect(() => logCalls(gateway, console, { sampleSuccesses })).toThrow('sampleSuccesses: expected a number from 0 to 1');
  });
});

import { describe, expect, it } from 'vitest';
import type { BudgetFacts } from '../../src/dashboard/facts.ts';
import { settlePromises, TestClock } from '../support/test-clock.ts';
import { CANARY_KEY, CANARY_PROMPT, call, stage } from './stage.ts';

const ROUTES = [
  '',
  '?file=script',
  '?file=styles',
  '?file=events',
  '?file=state',
  '?file=calls',
  '?file=call',
  '?file=usage',
  '?file=none',
];

describe('the handler of the dashboard', () => {
  it('answers 401 on every route where `authorize` says no, or fails', async () => {
    const refusing = [() => false, () => Promise.resolve(false), () => Promise.reject(new Error('no')), () => undefined as never];
    for (const authorize of refusing) {
      const { get } = await stage({}, { authorize });
      for (const route of ROUTES) expect([route, (await get(route)).status]).toEqual([route, 401]);
      expect((await get('?file=plan', { method: 'POST', body: '{}' })).status).toBe(401);
    }
  });

  it('serves whoever is authorised, from anywhere, and answers with the challenge that it is given', async () => {
    const { board } = await stage({}, { authorize: ({ headers }) => headers.get('cookie') === 'in' || challenge() });
    const outside = await board(new Request('https://board.example/x'));
    expect([outside.status, outside.headers.get('www-authenticate')]).toEqual([401, 'Basic']);
    expect((await board(new Request('https://board.example/x', { headers: { cookie: 'in' } }))).status).toBe(200);
  });

  it.each([
    ['http://localhost:3000/x', {}, undefined, 200],
    ['http://127.0.0.1/x', { host: '127.0.0.1:80' }, { socket: { remoteAddress: '::ffff:127.0.0.1' } }, 200],
    ['http://[::1]:3000/x', {}, { remoteAddr: { hostname: '::1' } }, 200],
    ['http://board.example/x', {}, undefined, 401],
    ['http://localhost.evil.example/x', {}, undefined, 401],
    ['http://127.0.0.1.evil.example/x', {}, undefined, 401],
    ['http://localhost/x', { host: 'rebound.example' }, undefined, 401],
    ['http://localhost/x', { 'x-forwarded-for': '203.0.113.9' }, undefined, 401],
    ['http://localhost/x', { 'x-forwarded-port': '443' }, undefined, 401],
    ['http://localhost/x', { 'x-forwarded-server': 'edge' }, undefined, 401],
    ['http://localhost/x', { forwarded: 'for=203.0.113.9' }, undefined, 401],
    ['http://localhost/x', { origin: 'https://evil.example' }, undefined, 401],
    ['http://localhost/x', { origin: 'null' }, undefined, 401],
    ['http://localhost/x', { 'sec-fetch-site': 'cross-site' }, undefined, 401],
    ['http://localhost/x', {}, { incoming: { socket: { remoteAddress: '203.0.113.9' } } }, 401],
    ['http://localhost/x', {}, { socket: { remoteAddress: '10.0.0.7' } }, 401],
  ])('without `authorize` serves over loopback only: %s %o %o', async (url, headers, context, status) => {
    const { board } = await stage();
    expect((await board(new Request(url, { headers: headers as Record<string, string> }), context)).status).toBe(status);
  });

  it('asks for its own files only, and refuses to be framed, cached or guessed about', async () => {
    const { get } = await stage({}, { authorize: () => true, nonce: () => 'bm9uY2U=' });
    const page = await get();
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self' 'nonce-bm9uY2U='");
    expect(policy).not.toContain('unsafe');
    const text = await page.text();
    expect(text.match(/nonce="bm9uY2U="/g)).toHaveLength(2);
    expect(text).not.toMatch(/https?:|\son\w+=|style=|<script(?![^>]*src=)/);
    for (const route of ROUTES.filter((name) => name !== '?file=events')) {
      const { headers } = await get(route);
      expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual(['no-store', 'nosniff']);
    }
  });

  it('fails a request whose nonce is none, instead of writing it into the page', async () => {
    const { get } = await stage({}, { authorize: () => true, nonce: () => '"><script>' });
    expect((await get()).status).toBe(500);
  });

  it('is read only: other methods are refused, and a plan needs a type that no form can send', async () => {
    const { get, gateway } = await stage();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) expect((await get('', { method })).status).toBe(405);
    expect((await get('?file=plan')).status).toBe(405);
    expect((await get('?file=plan', { method: 'POST', body: '{"params":{}}' })).status).toBe(415);
    const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const planned = await get('?file=plan', {
      ...json,
      body: '{"caller":{"team":"a"},"params":{"model":"m","messages":[{"role":"user","content":"hi"}]}}',
    });
    expect(await planned.json()).toMatchObject({ verdict: 'allow', deployments: [{ id: 'one/m', place: 1 }] });
    for (const body of [
      '',
      '[]',
      '{"params":[]}',
      '{"caller":7,"params":{"model":"m","messages":[]}}',
      '{"params":{"model":"nobody"}}',
    ])
      expect([body, (await get('?file=plan', { ...json, body })).status]).toEqual([body, 400]);
    expect((await get('?file=plan', { ...json, body: `"${'x'.repeat(1_000_001)}"` })).status).toBe(413);
    expect(await gateway.control.usage()).toEqual([]);
    const head = await get('', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('shows no prompt, no key and nothing that an upstream wrote, whatever happened', async () => {
    const { gateway, get } = await stage({ captureContent: true });
    await call(gateway, 'pair', { team: 'a' });
    await call(gateway, 'lost', { team: 'a' });
    await call(gateway, 'm', { team: 'poor' });
    await call(gateway, 'm', { team: 'poor' });
    await call(gateway, 'free');
    const reader = (await get('?file=events')).body?.pipeThrough(new TextDecoderStream()).getReader();
    let streamed = '';
    while (!streamed.includes('data: {')) streamed += (await reader?.read())?.value ?? '';
    await reader?.cancel();
    const calls = (await (await get('?file=calls')).json()) as { id: string; outcome: string }[];
    expect(calls.map(({ outcome }) => outcome)).toEqual(['success', 'denied', 'success', 'error', 'success']);
    const details = await Promise.all(calls.map(async ({ id }) => (await get(`?file=call&id=${id}`)).text()));
    const rest = await Promise.all(
      ['', '?file=state', '?file=usage&by=team&by=day'].map(async (route) => (await get(route)).text()),
    );
    const all = [streamed, JSON.stringify(calls), ...details, ...rest].join('\n');
    expect(all).toContain('overloaded');
    for (const secret of [CANARY_PROMPT, CANARY_KEY, 'onerror', 'said ']) expect(all).not.toContain(secret);
  });

  it.each(['since=x', 'since=2&until=1', 'until=NaN'])('answers 400 for a report of no range of time: %s', async (range) => {
    const { get } = await stage();
    expect((await get(`?file=usage&${range}`)).status).toBe(400);
    expect((await get('?file=usage&since=1&until=2&by=team&by=team&by=nobody')).status).toBe(200);
  });

  it('serves no other file, whatever path or name is asked for', async () => {
    const { board } = await stage();
    for (const address of [
      '/../../etc/passwd?file=..%2F..%2Fetc%2Fpasswd',
      '/x?file=__proto__',
      '/x?file=script%00',
      '/x?file=Script',
    ])
      expect((await board(new Request(`http://localhost${address}`))).status).toBe(404);
  });

  it('leads from a budget to the calls that it counts, by its globs, and from one by provider', async () => {
    const { gateway, get } = await stage({
      budgets: [
        { name: 'ads', match: { team: 'ads-*' }, limit: { requests: 9 }, window: 'day' },
        { name: 'pairs', match: { model: 'pair' }, limit: { requests: 9 }, window: 'day' },
        { name: 'ones', each: 'provider', limit: { requests: 9 }, window: 'day' },
      ],
    });
    for (const [model, caller] of [
      ['m', { team: 'ads-eu' }],
      ['m', { team: 'search' }],
      ['m', {}],
      ['pair', {}],
    ] as const)
      await call(gateway, model, caller);
    const { budgets } = (await (await get('?file=state')).json()) as { budgets: { name: string; match?: unknown }[] };
    expect(budgets.find(({ name }) => name === 'ads')?.match).toEqual({ team: ['ads-*'] });
    const count = async (filter: string) => ((await (await get(`?file=calls&${filter}`)).json()) as unknown[]).length;
    expect(await Promise.all(['budget=ads', 'budget=pairs', 'budget=nobody', 'provider=down'].map(count))).toEqual([1, 1, 4, 1]);
  });

  it('tells that a budget refuses calls, and reckons anew when somebody raises it', async () => {
    const clock = new TestClock();
    const { gateway, get } = await stage(
      { clock, budgets: [{ name: 'b', limit: { usd: 0.02 }, window: 'day' }], prices: { 'one/m': { input: 100, output: 200 } } },
      { clock },
    );
    const told = async () => ((await (await get('?file=state')).json()) as { budgets: [BudgetFacts] }).budgets[0].forecast.kind;
    const pass = async (seconds: number) => {
      clock.advance(seconds * 1_000);
      await settlePromises();
    };
    await told();
    for (let asked = 0; asked < 20; asked += 1) await call(gateway, 'm');
    await pass(20);
    expect(await told()).toBe('refuses');
    await pass(61);
    expect(await told()).toBe('runs-out');
    await gateway.control.raiseBudget('b', { by: { usd: 1 } });
    await pass(15);
    expect(await told()).toBe('idle');
    for (let asked = 0; asked < 5; asked += 1) await call(gateway, 'm');
    await pass(15);
    expect(await told()).toBe('runs-out');
  });

  it('puts the state of things together once a second, however many came while it was being read', async () => {
    const clock = new TestClock();
    const { gateway, get } = await stage({}, { clock });
    const reading = Promise.withResolvers<[]>();
    let reads = 0;
    gateway.control.budgets = () => {
      reads += 1;
      return reads === 1 ? reading.promise : Promise.resolve([]);
    };
    const pass = async (ms: number) => {
      clock.advance(ms);
      await settlePromises();
    };
    const bodies = [(await get('?file=events')).body];
    await pass(0);
    for (let further = 0; further < 3; further += 1) {
      bodies.push((await get('?file=events')).body);
      await pass(0);
    }
    reading.resolve([]);
    await pass(0);
    const texts = bodies.map(() => '');
    bodies.forEach((body, place) => {
      void (async () => {
        for await (const piece of body ?? []) texts[place] += Buffer.from(piece).toString();
      })();
    });
    await pass(0);
    const before = texts[0]?.length ?? 0;
    await call(gateway, 'm');
    await pass(1_000);
    const sent = (texts[0] ?? '').slice(before).match(/^data:/gm);
    expect(sent).toHaveLength(1);
  });

  it('says of a call that has failed over and not ended that it is under way, and forgets none that it knows', async () => {
    const { gateway, get } = await stage({ models: { m: ['one/m'], pair: ['down/m', 'one/m'] } });
    const started = Promise.withResolvers<string>();
    gateway.on('failover', ({ requestId }) => started.resolve(requestId));
    const answered = call(gateway, 'pair');
    const id = await started.promise;
    expect(await (await get(`?file=call&id=${id}`)).json()).toBeNull();
    await answered;
    await settlePromises();
    expect(await (await get(`?file=call&id=${id}`)).json()).toMatchObject({ id, outcome: 'success' });
    expect((await get('?file=call&id=req_nobody')).status).toBe(404);
  });

  it('keeps no more than a few states for who does not read them', async () => {
    const clock = new TestClock();
    const { gateway, get } = await stage({}, { clock });
    const { body } = await get('?file=events');
    for (let second = 0; second < 5; second += 1) {
      await call(gateway, 'nobody');
      clock.advance(1_000);
      await settlePromises();
    }
    const reader = body?.getReader();
    const waiting: string[] = [];
    for (;;) {
      const next = await Promise.race([reader?.read(), settlePromises().then(() => undefined)]);
      if (next?.value === undefined) break;
      waiting.push(Buffer.from(next.value).toString());
    }
    expect(waiting.length).toBeLessThanOrEqual(4);
    await reader?.cancel();
  });

  it('remembers a bounded number of calls, however many there were', async () => {
    const { gateway, get } = await stage({ budgets: [] });
    for (let round = 0; round < 60; round += 1)
      await Promise.all(Array.from({ length: 20 }, (_, place) => call(gateway, 'm', { team: `team-${round}-${place}` })));
    const state = (await (await get('?file=state')).json()) as { totals: { calls: number }; spend: { by: { team: unknown[] } } };
    expect(state.totals.calls).toBe(1_200);
    expect(state.spend.by.team).toHaveLength(7);
    expect(await (await get('?file=calls')).json()).toHaveLength(200);
  });

  it('stops listening, and ends the streams of who watches, when it is closed', async () => {
    const { gateway, board, get } = await stage();
    const reader = (await get('?file=events')).body?.getReader();
    board.close();
    while (!(await reader?.read())?.done);
    await call(gateway, 'm');
    const { totals } = (await (await get('?file=state')).json()) as { totals: { calls: number } };
    expect(totals.calls).toBe(0);
    expect((await get('?file=events')).status).toBe(503);
  });
});

function challenge(): Response {
  return new Response('who?', { status: 401, headers: { 'www-authenticate': 'Basic' } });
}

import { describe, expect, it } from 'vitest';
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
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) expect((await get('', { method })).status).toBe(405);
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
  });
});

function challenge(): Response {
  return new Response('who?', { status: 401, headers: { 'www-authenticate': 'Basic' } });
}

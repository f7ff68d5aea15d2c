import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenAI } from 'openai';
import { Gateway, type GatewayConfig, type ProviderMiddleware, routeOf } from 'tollgate';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  bodyOf,
  closeAfterTest,
  Failing,
  failureOf,
  gatewayOf,
  messages,
  recordingProvider,
  until,
  upstream,
} from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import type { FaultExchange, FaultServer } from '../support/fault-server.ts';
import { echoHeaders, echoOf, errorBody, KEY, PROMPT } from './echoing-upstream.ts';
import { shown, tracesOf, Witness } from './witness.ts';

const NOWHERE = { elsewhere: [], atCaller: [] };

const echo = (exchange: FaultExchange) => exchange.answer(401, errorBody(exchange, 401), echoHeaders());

/** Calls `p/m` of a gateway with the provider `p`, and gives the error with the witness of it. */
async function fail(provider: Record<string, unknown>, more: Partial<GatewayConfig> = {}) {
  const gateway = new Gateway({
    providers: { p: provider },
    models: { m: ['p/m'] },
    retry: { maxAttempts: 1 },
    ...more,
  } as GatewayConfig);
  closeAfterTest(() => gateway.close({ deadlineMs: 0 }));
  const witness = new Witness(gateway);
  const error = await failureOf(gateway.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: PROMPT }] }));
  witness.got('error', error);
  witness.got('route', routeOf(error));
  return { gateway, witness, error };
}

describe('a credential that is repeated', () => {
  it("through the user's own OpenAI client is nowhere", async () => {
    const server = await upstream(echo);
    const client = new OpenAI({
      apiKey: KEY,
      baseURL: `${server.origin}/v1`,
      defaultHeaders: { 'x-tenant-token': 'tenant-canary-17' },
    });
    const { witness, error } = await fail({ type: 'openai', client });
    expect(error).toMatchObject({ status: 401 });
    expect(await witness.placesOf([...tracesOf(KEY), 'tenant-canary-17'])).toEqual(NOWHERE);
    expect((await witness.placesOf([PROMPT])).elsewhere).toEqual([]);
  });

  it("as the id of an answer through the user's own OpenAI client is nowhere", async () => {
    const server = await upstream((exchange) => exchange.answer(200, completion('hi'), echoHeaders()));
    const client = new OpenAI({ apiKey: KEY, baseURL: `${server.origin}/v1` });
    const gateway = gatewayOf({ providers: { p: { type: 'openai', client } }, models: { m: ['p/m'] } });
    const { data, response } = await gateway.chat.completions.create({ model: 'm', messages }).withResponse();
    expect(data).toHaveProperty('_request_id', response.headers.get('x-tollgate-request-id'));
    expect(tracesOf(KEY).filter((trace) => (shown(data) + shown(response.headers)).includes(trace))).toEqual([]);
  });

  it("by a provider of the user's own is nowhere, whatever it makes of it", async () => {
    const own = recordingProvider('p', () => {
      throw Object.assign(
        new Failing({
          ...{
            kind: 'credential-rejected',
            code: KEY,
            type: KEY,
            param: KEY,
            message: `no such key: ${KEY}; you said ${PROMPT}`,
          },
          headers: { 'x-request-id': KEY, 'x-debug': KEY },
          cause: Object.assign(new Error(`cause ${KEY}`), { config: { headers: { authorization: `Bearer ${KEY}` } } }),
        }),
      );
    });
    const { witness } = await fail({ provider: own, apiKey: KEY });
    expect(await witness.placesOf(tracesOf(KEY))).toEqual(NOWHERE);
    expect((await witness.placesOf([PROMPT])).elsewhere).toEqual([]);
  });

  it('in a header that the configuration adds is nowhere', async () => {
    const server = await upstream(echo);
    const basic = Buffer.from('operator:canary-password-9').toString('base64');
    const headers = { authorization: `Basic ${basic}`, 'x-functions-key': KEY };
    const { witness } = await fail({ type: 'openai-compatible', baseURL: `${server.origin}/v1`, headers });
    expect(await witness.placesOf([...tracesOf(KEY), basic, 'canary-password-9'])).toEqual(NOWHERE);
  });

  it('that signs requests to AWS is nowhere: id, session token, signature', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'CANARYACCESSKEYID1');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'canary-secret-access-key');
    vi.stubEnv('AWS_SESSION_TOKEN', 'canary/session+token=0123456789');
    onTestFinished(() => void vi.unstubAllEnvs());
    const server = await upstream((exchange) => {
      const canonical = [...exchange.request.headers].map(([name, value]) => `${name}:${value}`).join('\n');
      const message = `The Canonical String for this request should have been 'POST\n${exchange.request.path}\n\n${canonical}'`;
      return exchange.answer(403, { message, __type: 'InvalidSignatureException' }, { 'x-amzn-requestid': 'r1' });
    });
    const { witness, error } = await fail({ type: 'bedrock', region: 'us-east-1', baseURL: server.origin });
    expect(error).toMatchObject({ status: 403, message: expect.stringContaining('The Canonical String') });
    const signature = /Signature=(\w+)/.exec(server.requests[0]?.headers.get('authorization') ?? '')?.[1] ?? 'none was sent';
    expect(await witness.placesOf([...tracesOf('canary/session+token=0123456789'), 'CANARYACCESSKEYID1', signature])).toEqual(
      NOWHERE,
    );
  });

  it('of a proxy is nowhere, where its page repeats it', async () => {
    const proxy = await upstream((exchange) => exchange.answer(407, `<html>${echoOf(exchange)} proxy-canary-5`));
    vi.stubEnv('http_proxy', proxy.origin.replace('//', '//operator:proxy-canary-5@'));
    vi.stubEnv('no_proxy', '');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { witness } = await fail({ type: 'openai-compatible', apiKey: KEY, baseURL: 'http://upstream.test/v1' });
    const basic = Buffer.from('operator:proxy-canary-5').toString('base64');
    expect(proxy.requests).not.toHaveLength(0);
    expect(await witness.placesOf([...tracesOf(KEY), 'proxy-canary-5', basic])).toEqual(NOWHERE);
  });

  it('inside what HTTP does not allow is nowhere', async () => {
    const server = await upstream(echo);
    const provider = { type: 'openai-compatible', baseURL: `${server.origin}/v1`, apiKey: () => `${KEY}\r\nx: y` };
    const { witness, error } = await fail(provider);
    expect(error).toMatchObject({ code: expect.any(String) });
    expect(server.requests).toHaveLength(0);
    expect(await witness.placesOf(tracesOf(KEY))).toEqual(NOWHERE);
  });
});

describe('what gives a token', () => {
  const SECRET = 'refresh-canary-77aa';
  const thrown = () =>
    Object.assign(new Error(`refused ${SECRET}`, { cause: new Error(SECRET) }), { response: SECRET, code: 'ECONNRESET' });

  it.each([
    ['rejects', () => Promise.reject(thrown())],
    [
      'throws',
      () => {
        throw thrown();
      },
    ],
  ])('and %s with a secret that nobody else knows tells its code only', async (_, apiKey) => {
    const server = await upstream();
    const { witness, error } = await fail({ type: 'openai-compatible', baseURL: `${server.origin}/v1`, apiKey });
    expect(error).toMatchObject({ code: 'failover_exhausted', providerCode: 'credential_unavailable' });
    expect((error as Error).message).toBe("no token could be had for the credential 'p#1'");
    expect(shown(error)).toContain('ECONNRESET');
    expect(shown(error)).toContain('sources.test.ts');
    expect(await witness.placesOf([SECRET])).toEqual(NOWHERE);
    expect(server.requests).toHaveLength(0);
  });

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
  ])('and gives %s is told by its id', async (_, token) => {
    const { error } = await fail({ type: 'openai-compatible', baseURL: 'http://127.0.0.1:9/v1', apiKey: async () => token });
    expect((error as Error).message).toBe("no token could be had for the credential 'p#1'");
  });

  it('and is the library of Google tells why, and not what the token service repeats', async () => {
    const server = await upstream((exchange) =>
      exchange.answer(400, { error: 'invalid_grant', error_description: `of ${exchange.request.body} ${SECRET}` }),
    );
    const directory = mkdtempSync(join(tmpdir(), 'redaction-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, 'subject'), SECRET);
    writeFileSync(join(directory, 'adc.json'), JSON.stringify(workloadIdentity(server, join(directory, 'subject'))));
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(directory, 'adc.json'));
    vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'test-project');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { witness, error } = await fail({ type: 'vertex', project: 'p', baseURL: server.origin });
    expect((error as Error).message).toBe('401 Application Default Credentials gave no access token (invalid_grant)');
    expect(await witness.placesOf([SECRET])).toEqual(NOWHERE);
  });

  function workloadIdentity(server: FaultServer, file: string) {
    return {
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${server.origin}/token`,
      credential_source: { file },
    };
  }
});

describe('a caller', () => {
  it('gets the text of its upstream, and listeners our own', async () => {
    const server = await upstream((exchange) =>
      exchange.answer(400, {
        error: { message: `bad words: ${bodyOf(exchange).messages}`, code: 'invalid_prompt', param: 'messages' },
      }),
    );
    const { error, witness, gateway } = await fail({ type: 'openai-compatible', apiKey: KEY, baseURL: `${server.origin}/v1` });
    expect(error).toMatchObject({ status: 400, code: 'invalid_prompt', message: expect.stringContaining('bad words') });
    expect(routeOf(error)?.attempts[0]?.failure?.message).toContain('bad words');
    const ends: unknown[] = [];
    gateway.on('request.end', (event) => ends.push(event.error));
    gateway.on('attempt.end', (event) => ends.push(event.failure));
    await failureOf(gateway.chat.completions.create({ model: 'm', messages }));
    await until(() => ends.length === 2);
    const message = 'the provider refused the request (invalid_prompt, 400)';
    expect(ends).toEqual([
      expect.objectContaining({ kind: 'request-invalid', code: 'invalid_prompt', status: 400, message }),
      { code: 'invalid_prompt', status: 400, message },
    ]);
    expect((await witness.placesOf(['bad words'])).elsewhere).toEqual([]);
  });

  it("has listeners that get the upstream's text, without credentials, with `captureContent`", async () => {
    const server = await upstream(echo);
    const provider = { type: 'openai-compatible', apiKey: KEY, baseURL: `${server.origin}/v1` };
    const { witness } = await fail(provider, { captureContent: true });
    expect(await witness.placesOf(tracesOf(KEY))).toEqual(NOWHERE);
    expect((await witness.placesOf([PROMPT])).elsewhere).not.toEqual([]);
  });
});

describe('an error of others', () => {
  it('thrown by a listener is told without what its client left on it', async () => {
    const gateway = gatewayOf({ providers: { p: { provider: recordingProvider('p') } }, models: { m: ['p/m'] } });
    const told: unknown[] = [];
    gateway.on('listener.error', ({ error }) => told.push(error));
    gateway.on('request.end', () => {
      throw Object.assign(new TypeError('exporter: Bearer abcdefgh-canary'), { config: { headers: { 'x-key': 'canary' } } });
    });
    await gateway.chat.completions.create({ model: 'm', messages });
    await until(() => told.length === 1);
    expect(told[0]).toBeInstanceOf(TypeError);
    expect((told[0] as Error).message).toBe('exporter: Bearer [redacted]');
    expect(shown(told[0])).not.toContain('canary');
  });

  it('thrown by middleware is told without the key', async () => {
    const middleware: ProviderMiddleware = async (_request, { credential }) => {
      throw Object.assign(new Error(`audit: ${(await credential?.token())?.reveal()}`), {
        key: (await credential?.token())?.reveal(),
      });
    };
    const provider = { type: 'openai-compatible', apiKey: KEY, baseURL: 'http://127.0.0.1:9/v1', middleware: [middleware] };
    const { witness, error } = await fail(provider);
    expect((error as Error).message).toBe('audit: [redacted]');
    expect(await witness.placesOf(tracesOf(KEY))).toEqual(NOWHERE);
  });

  it('in a file of the configuration is told without the keys in it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'redaction-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'gateway.json');
    const valid = { watch: true, providers: { openai: { apiKey: 'sk-canary-0123456789abcdef' } }, models: { m: ['openai/m'] } };
    writeFileSync(path, JSON.stringify(valid));
    const gateway = gatewayOf(path);
    const witness = new Witness(gateway);
    const versions: number[] = [];
    gateway.on('config.update', ({ version, error }) => void (error && versions.push(version)));
    const spoilt = [
      '{ "apiKey": sk-canary-0123456789abcdef }',
      JSON.stringify({ ...valid, providers: { openai: { type: 'sk-canary-0123456789abcdef' } } }),
    ];
    for (const [place, text] of spoilt.entries()) {
      writeFileSync(path, text);
      await until(() => versions.length > place);
    }
    expect(versions).toEqual([1, 1]);
    const swapped = { ...valid, providers: { openai: { 'sk-canary-0123456789abcdef': 1 } } };
    witness.got('error', await failureOf(Promise.resolve().then(() => gateway.control.update(swapped))));
    expect(await witness.placesOf(['canary-0123'])).toEqual(NOWHERE);
  });
});

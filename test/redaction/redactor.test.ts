import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactedError, untoldError } from '../../src/core/redact-error.ts';
import { redactedFailure } from '../../src/core/redacted-failure.ts';
import { BY_LOOKS, Redactor } from '../../src/core/redactor.ts';
import { SentCredentials } from '../../src/core/sent-credentials.ts';
import { ConfigurationError } from '../../src/errors/configuration-error.ts';
import { UpstreamError } from '../../src/providers/upstream-error.ts';

const KEY = 'Zq8Lm-3Rt5/7Yw+Pv2=Kd9Xc~Hb4';
const knowing = new Redactor([KEY]);
const hidden = { showHidden: true, depth: 12 };

describe('a text', () => {
  it.each([
    ['as it is', `no such key: ${KEY}!`, 'no such key: [redacted]!'],
    ['its beginning', `key ${KEY.slice(0, 12)}…`, 'key [redacted]…'],
    ['its end', `…${KEY.slice(-13)} is unknown`, '…[redacted] is unknown'],
    ['encoded for a URL', `/v1?x=${encodeURIComponent(KEY)}`, '/v1?x=[redacted]'],
    [
      'encoded in lower case',
      `/v1?x=${encodeURIComponent(KEY).replaceAll(/%../g, (code) => code.toLowerCase())}`,
      '/v1?x=[redacted]',
    ],
    ['twice', `${KEY}${KEY} ${KEY}`, '[redacted][redacted] [redacted]'],
  ])('is without a known key: %s', (_, text, rest) => {
    expect(knowing.text(text)).toBe(rest);
  });

  it('is without a known key inside base64, wherever it begins and whatever follows', () => {
    for (const user of ['', 'u', 'us', 'use', 'user:']) {
      const encoded = Buffer.from(`${user}${KEY} and more`).toString('base64');
      const rest = knowing.text(`Basic-like <${encoded}>`);
      expect(Buffer.from(rest.replaceAll(/[<>]|Basic-like|\[redacted\]/g, ' '), 'base64').toString()).not.toContain(
        KEY.slice(3, 9),
      );
      expect(rest).toContain('[redacted]');
    }
  });

  it.each([
    'Bearer abcdefghijkl',
    'x-amz-security-token:IQoJb3JpZ2luX2Vj',
    'Credential=CANARYID00/20260101/us-east-1/bedrock/aws4_request',
    '{"client_secret": "abcdef0123"}',
    'ya29.a0AfH6SMBx-canary',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
    'https://host/v1beta/models?key=canary',
    'redis://:canary@host:6379/0',
    'redis://:can/ary@host:6379/0',
    'postgres://app:can:ary@db/x',
    'http://user:canary@proxy:3128',
  ])('is without what looks like a credential: %s', (text) => {
    const rest = BY_LOOKS.text(`error: ${text}`);
    expect(rest).toContain('[redacted]');
    expect(rest).not.toMatch(/canary|CANARYID|abcdef|IQoJ|can.ary|eyJ/);
  });

  it.each([
    'connect ECONNREFUSED 127.0.0.1:6379',
    'see https://host:8080/docs/@next for more',
    'Rate limit reached for gpt-5.5 in organization org-abc on tokens per min (TPM): Limit 30000, Used 29999, Requested 120.',
    "This model's maximum context length is 128000 tokens",
    'messages[2].content: expected a string',
    'Incorrect API key provided: own****-key, of which its vendor shows little.',
    '2026-01-15T12:00:00.000Z',
  ])('without any stays as it is: %s', (text) => {
    expect(knowing.text(text)).toBe(text);
    expect(knowing.passes(text)).toBe(true);
  });

  it('never has twelve characters of a known key in a row, whatever stands around them', () => {
    const key = fc.string({ minLength: 12, maxLength: 60 }).filter((text) => new Set(text).size > 6);
    const around = fc.string({ maxLength: 40 });
    fc.assert(
      fc.property(key, around, around, fc.nat(), fc.nat(), (secret, before, after, from, length) => {
        const start = from % Math.max(1, secret.length - 11);
        const part = secret.slice(start, start + 12 + (length % secret.length));
        const rest = new Redactor([secret]).text(`${before}${part}${after}`);
        const left = rest.split('[redacted]');
        for (let at = 0; at + 12 <= secret.length; at += 1) {
          expect(left.some((piece) => piece.includes(secret.slice(at, at + 12)))).toBe(false);
        }
      }),
    );
  });

  // Time that grows with the square of the length would be longer than a test may take.
  it('of any length is read in time that grows with it', () => {
    const long = 'a:@'.repeat(400_000);
    expect(new Redactor(['a'.repeat(2_000), 'a:@'.repeat(501)]).text(long)).toContain('[redacted]');
    for (const unit of ['sk-', '//a:', 'bearer ', '**', 'eyJaaaaaaaa.', 'key=', 'redis://']) {
      expect(typeof BY_LOOKS.text(unit.repeat(50_000))).toBe('string');
    }
  });

  it('keeps words that a key of a few letters would take away', () => {
    expect(new Redactor(['test', 'ollama']).text('a test of ollama')).toBe('a test of ollama');
  });
});

describe('headers', () => {
  it('pass by their names, and without a credential in their value', () => {
    const limits = { 'x-ratelimit-remaining-requests': '9', 'anthropic-ratelimit-tokens-reset': '2026-01-15T12:00:00Z' };
    const passed = {
      ...limits,
      'retry-after': '7',
      'x-request-id': 'req_0123',
      'apim-request-id': '0b14f6cd',
      'openai-processing-ms': '25',
    };
    const refused = {
      'set-cookie': 'a=b',
      server: 'x',
      'openai-organization': 'org-1',
      'x-echo': 'whatever',
      authorization: 'x',
      'request-id': `req-${KEY}`,
      'cf-ray': encodeURIComponent(KEY),
      'x-trace-id': 'Bearer abcdefghijkl',
      'x-tollgate-cost-usd': '0',
    };
    expect(knowing.headers({ ...refused, ...passed })).toEqual(passed);
  });

  it('that were added to those of an upstream pass by their values', () => {
    const sent = { server: 'x', 'x-echo': 'y' };
    const added = { 'x-shouted': 'yes', 'x-echo': 'no longer', 'x-key': KEY, 'content-length': '3', 'set-cookie': 'a=b' };
    expect(knowing.headers({ ...sent, ...added }, sent)).toEqual({ 'x-shouted': 'yes', 'x-echo': 'no longer' });
  });
});

describe('a body', () => {
  it('is copied without credentials in texts and names', () => {
    const body = { error: { message: `at ${KEY}`, [KEY]: [KEY, 1, true, null] }, usage: { total_tokens: 7 } };
    expect(knowing.body(body)).toEqual({
      error: { message: 'at [redacted]', '[redacted]': ['[redacted]', 1, true, null] },
      usage: { total_tokens: 7 },
    });
  });

  it('holds nothing that JSON has not, and is never endless', () => {
    const circle: Record<string, unknown> = { f: () => KEY, wide: Array.from({ length: 5_000 }, () => KEY) };
    circle.self = circle;
    expect(inspect(knowing.body(circle), { ...hidden, maxArrayLength: null })).not.toContain(KEY);
  });
});

describe('an error', () => {
  it('is copied with its name, codes, place and causes, and with nothing else', () => {
    const socket = { remoteAddress: '127.0.0.1', password: KEY };
    const inner = Object.assign(new TypeError(`inner ${KEY}`), { code: 'ERR_INVALID_URL', input: KEY });
    const error = Object.assign(new AggregateError([inner], `outer ${KEY}`, { cause: inner }), {
      command: { args: [KEY] },
      socket,
      status: 401,
    });
    const copy = redactedError(error, knowing) as AggregateError & { cause: Error };
    expect(copy).toMatchObject({ name: 'AggregateError', message: 'outer [redacted]', status: 401 });
    expect(copy.cause).toBeInstanceOf(TypeError);
    expect(copy.cause).toMatchObject({ message: 'inner [redacted]', code: 'ERR_INVALID_URL' });
    expect(copy.errors).toHaveLength(1);
    expect(copy.stack).toContain('redactor.test.ts');
    expect(inspect(copy, hidden)).not.toMatch(/Zq8Lm|\b(?:args|socket|input|command): /);
    expect(error.message).toContain(KEY);
  });

  it('keeps its place where its text looks like one', () => {
    const error = new Error('no\n    at Secret.of (/home/hunter2:1:1)');
    expect((untoldError(error) as Error).stack).toMatch(/^Error: its text is not told[^\n]*\n {4}at [^\n]*redactor\.test\.ts/);
    error.message = 'changed';
    expect((untoldError(error) as Error).stack).not.toContain('hunter2');
  });

  it('may be anything, and may refuse to be read', () => {
    const spiteful = new Proxy(new Error('x'), {
      get() {
        throw new Error(KEY);
      },
    });
    const endless = new Error('a');
    endless.cause = endless;
    for (const thrown of [
      spiteful,
      endless,
      KEY,
      Symbol('s'),
      7,
      null,
      undefined,
      () => KEY,
      { message: KEY },
      Object.create(null),
    ]) {
      expect(inspect(redactedError(thrown, knowing), hidden)).not.toContain('Zq8Lm');
    }
  });

  it('of an upstream keeps its class and what it was, for a provider that asks', () => {
    const error = new UpstreamError(
      'status',
      401,
      { 'retry-after': '1', 'x-key': KEY },
      { error: { message: KEY } },
      `no ${KEY}`,
    );
    const copy = redactedError(Object.assign(error, { usage: { inputTokens: 3 } }), knowing) as UpstreamError;
    expect(copy).toBeInstanceOf(UpstreamError);
    expect(copy).toMatchObject({ reason: 'status', status: 401, headers: { 'retry-after': '1' }, usage: { inputTokens: 3 } });
    expect([copy.body, copy.message]).toEqual([{ error: { message: '[redacted]' } }, 'no [redacted]']);
    expect(inspect(copy, hidden)).not.toContain('Zq8Lm');
  });
});

describe('a failure', () => {
  it('of a provider in JavaScript is read as far as it is one', () => {
    const failure = { kind: 'transient', message: undefined, code: 7, headers: undefined, reachedProvider: true } as never;
    expect(redactedFailure(failure, knowing)).toMatchObject({ kind: 'transient', message: 'transient', code: 'transient' });
  });
});

describe('what was sent', () => {
  it('tells the secrets of its headers by their names and schemes', () => {
    const basic = Buffer.from('me:pass:word').toString('base64');
    const sent = new SentCredentials({
      authorization: 'Bearer one-token',
      'proxy-authorization': `Basic ${basic}`,
      'x-amz-security-token': 'session',
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
    });
    expect(sent.values()).toEqual(['one-token', basic, 'me:pass:word', 'pass:word', 'session']);
    const signed = 'AWS4-HMAC-SHA256 Credential=ID/20260101/r/s/aws4_request, SignedHeaders=host, Signature=00ff';
    expect(new SentCredentials({ authorization: signed }).values()).toEqual(['ID', '00ff']);
    expect(inspect(sent, hidden)).not.toContain('token');
  });

  it('knows an id that repeats a key or a part of it', () => {
    const sent = new SentCredentials({ authorization: `Bearer ${KEY}`, 'x-request-id': 'a-request-of-mine' });
    expect([KEY, `req-${KEY}`, KEY.slice(2, 14)].map((id) => sent.areIn(id))).toEqual([true, true, true]);
    expect(['req_0123456789abcdef', 'a-request-of-mine', 'short', ''].map((id) => sent.areIn(id))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('a configuration', () => {
  it('that has a key where a name belongs does not repeat it', () => {
    const key = 'sk-proj-0123456789abcdef';
    const error = new ConfigurationError([{ path: `providers.openai["${key}"]`, message: `unknown type '${key}'` }]);
    expect(inspect(error, hidden)).not.toContain('0123456789abcdef');
    const named = [{ path: 'models["tg-europe"]', message: "unknown model 'key_models/m'" }];
    expect(new ConfigurationError(named).issues).toEqual(named);
  });
});

import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { expect, it } from 'vitest';
import { bedrockOrigin, bedrockProvider } from '../../../src/providers/bedrock/provider.ts';
import { requestSigner } from '../../../src/providers/bedrock/signing.ts';
import { TestClock } from '../../support/test-clock.ts';
import { ACCOUNT, context } from './support.ts';

const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };
const MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

/** The request as AWS's own client signs it. */
async function signedByAws(): Promise<{ headers: Record<string, string>; path: string; body: string }> {
  let seen: unknown;
  const client = new BedrockRuntimeClient({
    region: 'eu-central-1',
    credentials,
    requestHandler: {
      handle(request: unknown) {
        seen = request;
        return Promise.reject(new Error('not sent'));
      },
    },
    maxAttempts: 1,
  });
  const command = new ConverseCommand({ modelId: MODEL, messages: [{ role: 'user', content: [{ text: 'hi' }] }] });
  await client.send(command).catch(() => {});
  const { headers, path, body } = seen as { headers: Record<string, string>; path: string; body: unknown };
  return { headers, path, body: typeof body === 'string' ? body : Buffer.from(body as Uint8Array).toString() };
}

it('signs as AWS’s own client does', async () => {
  const theirs = await signedByAws();
  const date = theirs.headers['x-amz-date'] ?? '';
  const moment = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const names = /SignedHeaders=([^,]+)/.exec(theirs.headers.authorization ?? '')?.[1]?.split(';') ?? [];
  const own = Object.fromEntries(
    Object.entries(theirs.headers).filter(
      ([name]) => names.includes(name) && !/^(?:host|x-amz-(?:date|content-sha256|security-token))$/.test(name),
    ),
  );
  const sign = requestSigner('eu-central-1', new TestClock(Date.parse(moment)), async () => credentials);
  const ours = await sign({
    method: 'POST',
    origin: bedrockOrigin('eu-central-1'),
    path: theirs.path,
    headers: own,
    body: theirs.body,
  });
  expect(theirs.path).toBe(`/model/${encodeURIComponent(MODEL)}/converse`);
  expect(ours.headers.authorization).toBe(theirs.headers.authorization);
  expect(ours.headers['x-amz-security-token']).toBe('session');
  expect(ours.headers).not.toHaveProperty('host');
});

it('takes the region from the host where none is configured, and says so where there is none', async () => {
  const sign = requestSigner(undefined, new TestClock(), async () => credentials);
  const request = { method: 'POST', path: '/model/x/converse', headers: {}, body: '{}' } as const;
  const signed = await sign({ ...request, origin: bedrockOrigin('us-west-2') });
  expect(signed.headers.authorization).toContain('/us-west-2/bedrock/aws4_request');
  await expect(sign({ ...request, origin: 'https://proxy.example' })).rejects.toMatchObject({ code: 'credentials_unavailable' });
});

it('counts missing credentials against the credential', async () => {
  const sign = requestSigner('us-east-1', new TestClock(), () => Promise.reject(new Error('no chain')));
  const request = { method: 'POST', origin: bedrockOrigin('us-east-1'), path: '/', headers: {}, body: '' } as const;
  const error = await sign(request).catch((thrown: unknown) => thrown);
  const provider = bedrockProvider({
    account: ACCOUNT,
    clock: new TestClock(),
    transport: { send: () => Promise.reject(error), close: async () => {} },
  });
  const params = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
  const thrown = await provider
    .send({ operation: 'chat', upstreamModel: MODEL, params, stream: false }, context())
    .catch((failed: unknown) => failed);
  expect(provider.classify(thrown)).toMatchObject({
    kind: 'credential-rejected',
    code: 'credentials_unavailable',
    reachedProvider: false,
  });
});

it('knows where the runtime lives', () => {
  expect(bedrockOrigin('us-east-1')).toBe('https://bedrock-runtime.us-east-1.amazonaws.com');
  expect(bedrockOrigin('cn-north-1')).toBe('https://bedrock-runtime.cn-north-1.amazonaws.com.cn');
});

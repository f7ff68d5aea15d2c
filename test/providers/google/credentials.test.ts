import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { vertexOrigin, vertexProvider } from '../../../src/providers/google/vertex-provider.ts';
import { createTransport } from '../../../src/transport/create-transport.ts';
import { startFaultServer } from '../../support/fault-server.ts';
import { ACCOUNT, context } from './replay.ts';

const ok = { responseId: 'r', candidates: [{ content: { parts: [{ text: 'x' }] }, finishReason: 'STOP' }] };
const request = {
  operation: 'chat' as const,
  upstreamModel: 'gemini-2.5-flash',
  params: { messages: [{ role: 'user', content: 'hi' }] },
  stream: false,
};

afterEach(() => {
  vi.unstubAllEnvs();
  vi.doUnmock('google-auth-library');
  vi.resetModules();
});

async function account() {
  const server = await startFaultServer(async ({ request: { path }, answer }) => {
    const json = { 'content-type': 'application/json' };
    if (path === '/token')
      return answer(200, { access_token: 'exchanged', expires_in: 3600, token_type: 'Bearer', issued_token_type: 'x' }, json);
    return answer(200, ok, json);
  });
  const transport = createTransport({ proxy: undefined });
  onTestFinished(async () => {
    await transport.close(true);
    await server.close();
  });
  const parts = { account: { ...ACCOUNT, origin: server.origin }, transport, clock: systemClock };
  return { server, parts, without: { ...context(), credential: undefined } };
}

it('asks the given function for a token where no key is configured', async () => {
  const { server, parts, without } = await account();
  await vertexProvider(parts, { accessToken: async () => 'own-token' }).send(request, without);
  expect(server.requests[0]?.headers.get('authorization')).toBe('Bearer own-token');
});

it('finds Application Default Credentials and keeps their token', async () => {
  const { server, parts, without } = await account();
  const directory = mkdtempSync(join(tmpdir(), 'credentials-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'subject'), 'subject-token');
  writeFileSync(
    join(directory, 'adc.json'),
    JSON.stringify({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${server.origin}/token`,
      credential_source: { file: join(directory, 'subject') },
    }),
  );
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(directory, 'adc.json'));
  // Else the library asks Google for the project's name.
  vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'test-project');
  const provider = vertexProvider(parts);
  await provider.send(request, without);
  await provider.send(request, without);
  const calls = server.requests.filter(({ path }) => path !== '/token');
  expect(calls.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer exchanged', 'Bearer exchanged']);
  expect(server.requests).toHaveLength(3);
});

it('is a refused credential where the credentials are broken', async () => {
  const { server, parts, without } = await account();
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(tmpdir(), 'no-such-credentials.json'));
  const provider = vertexProvider(parts);
  const failure = provider.classify(await provider.send(request, without).catch((thrown: unknown) => thrown));
  expect(failure).toMatchObject({ kind: 'credential-rejected', code: 'UNAUTHENTICATED' });
  expect(server.requests).toHaveLength(0);
});

it('is away where the token service can not be reached', async () => {
  const accessToken = () => Promise.reject(Object.assign(new Error('socket closed'), { code: 'ECONNRESET' }));
  vi.doMock('google-auth-library', () => ({
    GoogleAuth: class {
      getAccessToken = accessToken;
    },
  }));
  vi.resetModules();
  const { defaultCredentials } = await import('../../../src/providers/google/default-credentials.ts');
  const error = await Promise.resolve(defaultCredentials()()).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 503, body: { error: { status: 'UNAVAILABLE' } } });
});

it('says what to install where the library is missing', async () => {
  vi.doMock('google-auth-library', () => {
    throw new Error('Cannot find package');
  });
  vi.resetModules();
  const { defaultCredentials } = await import('../../../src/providers/google/default-credentials.ts');
  await expect(defaultCredentials()()).rejects.toThrow(/google-auth-library/);
});

it.each([
  [undefined, 'https://aiplatform.googleapis.com'],
  ['global', 'https://aiplatform.googleapis.com'],
  ['us-central1', 'https://us-central1-aiplatform.googleapis.com'],
  ['eu', 'https://aiplatform.eu.rep.googleapis.com'],
])('has a host for the region %s', (region, origin) => {
  expect(vertexOrigin(region)).toBe(origin);
});

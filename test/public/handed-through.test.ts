import {
  AccessDeniedError,
  type Gateway,
  type GatewayConfig,
  routeOf,
  UnknownModelError,
  UnsupportedOperationError,
} from 'tollgate';
import { describe, expect, it } from 'vitest';
import { completion } from '../support/chat-upstream.ts';
import type { FaultServer } from '../support/fault-server.ts';
import { ask, bodies, failureOf, gatewayOf, providersAt, recordingProvider, upstream } from './harness.ts';

async function stageOf(config: Partial<GatewayConfig> = {}): Promise<{ gateway: Gateway; server: FaultServer }> {
  const server = await upstream((exchange) => exchange.answer(200, { id: 'thing_1', object: 'thing', input_tokens: 5 }));
  const gateway = gatewayOf({
    providers: providersAt(server, 'one', 'two'),
    models: {
      fast: { deployments: ['two/small-model'], params: { temperature: 0.5, max_tokens: 9 } },
      large: ['one/large-model'],
    },
    ...config,
  });
  return { gateway, server };
}

const PATHS: [string, (gateway: Gateway, model: string) => PromiseLike<unknown>][] = [
  ['/responses/input_tokens', (gateway, model) => gateway.responses.inputTokens.count({ model, input: 'x' })],
  ['/responses/compact', (gateway, model) => gateway.responses.compact({ model, input: 'x' })],
  ['/videos', (gateway, model) => gateway.videos.create({ model: model as never, prompt: 'x' })],
  ['/fine_tuning/jobs', (gateway, model) => gateway.fineTuning.jobs.create({ model, training_file: 'file_1' })],
  [
    '/realtime/client_secrets',
    (gateway, model) => gateway.realtime.clientSecrets.create({ session: { type: 'realtime', model } }),
  ],
  ['/threads/runs', (gateway, model) => gateway.beta.threads.createAndRun({ model, assistant_id: 'asst_1' })],
  ['/threads/thread_1/runs', (gateway, model) => gateway.beta.threads.runs.create('thread_1', { model, assistant_id: 'asst_1' })],
  ['/assistants', (gateway, model) => gateway.beta.assistants.create({ model })],
  ['/rerank', (gateway, model) => gateway.post('/rerank', { body: { model, query: 'x', documents: ['y'] } })],
];

/** The text of the model in what was sent, as JSON or as a form. */
function modelSent(server: FaultServer): unknown {
  const request = server.requests.at(-1);
  const text = String(request?.body);
  if (!text.startsWith('{')) return /name="model"\r\n\r\n([^\r]*)/.exec(text)?.[1];
  const body = JSON.parse(text) as { model?: unknown; session?: { model?: unknown } };
  return body.model ?? body.session?.model;
}

describe('a path that is handed through and names a model', () => {
  it.for(PATHS)('%s goes where an alias goes, under the name that the provider knows', async ([path, call]) => {
    const { gateway, server } = await stageOf();
    const answer = await call(gateway, 'fast');
    expect(server.requests.map((request) => request.path)).toEqual([`/two/v1${path}`]);
    expect(modelSent(server)).toBe('small-model');
    expect(routeOf(answer as object)).toMatchObject({ model: 'fast', deployment: 'two/small-model' });
    await call(gateway, 'one/other-model');
    expect(server.requests.at(-1)?.path).toBe(`/one/v1${path}`);
    expect(modelSent(server)).toBe('other-model');
  });

  it.for(PATHS)('%s is for who may use the model, and for nobody else', async ([, call]) => {
    const { gateway, server } = await stageOf({
      access: {
        rules: [
          { match: { team: 'intern' }, allow: ['fast'] },
          { match: { team: 'ops' }, deny: ['two/*'] },
        ],
      },
    });
    await call(gateway.for({ team: 'intern' }), 'fast');
    for (const [team, model] of [
      ['intern', 'large'],
      ['intern', 'one/other-model'],
      ['ops', 'fast'],
      ['ops', 'two/small-model'],
    ] as const) {
      expect(await failureOf(call(gateway.for({ team }), model))).toBeInstanceOf(AccessDeniedError);
    }
    expect(server.requests).toHaveLength(1);
  });

  it('goes untouched to the default provider under a name that nobody declared, and nowhere without one', async () => {
    const { gateway, server } = await stageOf({ defaultProvider: 'two' });
    await gateway.responses.inputTokens.count({ model: 'gpt-x', input: 'x' });
    expect(server.requests.at(-1)?.path).toBe('/two/v1/responses/input_tokens');
    expect(modelSent(server)).toBe('gpt-x');
    const { gateway: bare } = await stageOf();
    expect(await failureOf(bare.responses.inputTokens.count({ model: 'gpt-x', input: 'x' }))).toBeInstanceOf(UnknownModelError);
  });

  it('goes to the provider that a header names, with or without its name before the model', async () => {
    const { gateway, server } = await stageOf();
    const headers = { 'x-tollgate-provider': 'one' };
    await gateway.responses.inputTokens.count({ model: 'small-model', input: 'x' }, { headers });
    await gateway.responses.inputTokens.count({ model: 'one/small-model', input: 'x' }, { headers });
    expect(server.requests.map(({ path }) => path)).toEqual(['/one/v1/responses/input_tokens', '/one/v1/responses/input_tokens']);
    expect(bodies(server).map(({ model }) => model)).toEqual(['small-model', 'small-model']);
  });

  it('is not given the default params of the model, which are for its own operations', async () => {
    const { gateway, server } = await stageOf();
    await gateway.responses.inputTokens.count({ model: 'fast', input: 'x' });
    expect(bodies(server)).toEqual([{ model: 'small-model', input: 'x' }]);
  });

  it('may name it in a form', async () => {
    const { gateway, server } = await stageOf();
    const form = new FormData();
    form.set('model', 'fast');
    form.set('file', new File(['x'], 'x.txt'));
    await gateway.post('/separate', { body: form });
    expect(server.requests[0]?.path).toBe('/two/v1/separate');
    expect(modelSent(server)).toBe('small-model');
    expect(String(server.requests[0]?.body)).toContain('filename="x.txt"');
  });

  it('passes over a deployment whose provider hands nothing through, and says so where there is no other', async () => {
    const native = recordingProvider('native', undefined, { supports: (operation) => operation !== 'passthrough' });
    const server = await upstream((exchange) => exchange.answer(200, { object: 'thing' }));
    const gateway = gatewayOf({
      providers: { ...providersAt(server, 'one'), native: { provider: native } } as GatewayConfig['providers'],
      models: { both: ['native/a', 'one/b'], alone: ['native/a'] },
    });
    const answer = await gateway.responses.inputTokens.count({ model: 'both', input: 'x' });
    expect(routeOf(answer)).toMatchObject({
      deployment: 'one/b',
      skipped: [{ deployment: 'native/a', reason: "provider 'native' has no operation 'passthrough'" }],
    });
    const error = await failureOf(gateway.responses.inputTokens.count({ model: 'alone', input: 'x' }));
    expect(error).toBeInstanceOf(UnsupportedOperationError);
    expect(String(error)).toContain("provider 'native' has no operation 'passthrough'");
    expect(native.requests).toEqual([]);
  });

  it('fails over as every other call does', async () => {
    const server = await upstream((exchange) =>
      exchange.request.path.startsWith('/one')
        ? exchange.answer(503, { error: { message: 'x' } })
        : exchange.answer(200, { object: 'response.input_tokens', input_tokens: 5 }),
    );
    const gateway = gatewayOf({ providers: providersAt(server, 'one', 'two'), models: { m: ['one/a', 'two/b'] } });
    const answer = await gateway.responses.inputTokens.count({ model: 'm', input: 'x' });
    expect(answer.input_tokens).toBe(5);
    expect(bodies(server).map(({ model }) => model)).toEqual(['a', 'b']);
  });

  it('that its provider does not have says nothing of the model, which goes on to answer', async () => {
    const server = await upstream((exchange) =>
      exchange.request.path.endsWith('/chat/completions')
        ? exchange.answer(200, completion('hello'))
        : exchange.answer(404, { error: { message: 'no such path' } }),
    );
    const gateway = gatewayOf({ providers: providersAt(server, 'one', 'two'), models: { m: ['one/a', 'two/b'] } });
    await failureOf(gateway.responses.inputTokens.count({ model: 'm', input: 'x' }));
    await ask(gateway, 'm');
    expect(server.requests.at(-1)?.path).toBe('/one/v1/chat/completions');
    expect(gateway.control.health().map(({ state }) => state)).toEqual(['healthy', 'healthy']);
  });

  it('and names none goes to the default provider, and without one is told how to name a provider', async () => {
    const { gateway, server } = await stageOf({ defaultProvider: 'one' });
    await gateway.responses.inputTokens.count();
    await gateway.files.list();
    expect(server.requests.map(({ path }) => path)).toEqual(['/one/v1/responses/input_tokens', '/one/v1/files']);
    const { gateway: bare } = await stageOf();
    expect(await failureOf(bare.files.list())).toMatchObject({ code: 'unsupported_operation' });
  });
});

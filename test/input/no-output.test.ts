import { describe, expect, it } from 'vitest';
import { bodies, failureOf, gatewayOf, messages, upstream } from '../public/harness.ts';
import { answerInKind, WIRES } from './wires.ts';

async function stageOf(type: string, more: Record<string, unknown> = {}) {
  const { model, settings } = WIRES.find((wire) => wire.type === type) ?? { model: '', settings: {} };
  const server = await upstream(answerInKind);
  const gateway = gatewayOf({
    providers: { one: { ...settings, baseURL: server.origin } } as never,
    models: { m: [{ provider: 'one', model, price: { input: 1, output: 1 } }] },
    ...more,
  });
  return { server, gateway };
}

const strict = { budgets: [{ name: 'all', limit: { usd: 1 }, window: 'day' }] };
const limitSent = (body: Record<string, unknown>) => body.max_tokens ?? body.max_completion_tokens ?? body.max_output_tokens;

describe('a limit of no output', () => {
  it.each(WIRES.filter(({ type, native }) => !native || type === 'anthropic').map(({ type }) => type))(
    'is for the vendor to judge: %s',
    async (type) => {
      const { gateway, server } = await stageOf(type);
      await gateway.chat.completions.create({ model: 'm', messages, max_tokens: 0 });
      expect(bodies(server).map(limitSent)).toEqual([0]);
    },
  );

  it.each(['google', 'bedrock', 'cohere'])('is refused by its path where the vendor has none: %s', async (type) => {
    const { gateway, server } = await stageOf(type);
    for (const name of ['max_tokens', 'max_completion_tokens']) {
      const error = await failureOf(gateway.chat.completions.create({ model: 'm', messages, [name]: 0 }));
      expect(error).toMatchObject({ status: 400, param: name, message: expect.stringContaining('positive whole number') });
    }
    expect(server.requests).toHaveLength(0);
  });

  it('goes to who documents it under a budget too, held by its input alone', async () => {
    const { gateway, server } = await stageOf('anthropic', strict);
    await gateway.chat.completions.create({ model: 'm', messages, max_tokens: 0 });
    expect(bodies(server).map(limitSent)).toEqual([0]);
    const tight = await stageOf('anthropic', { budgets: [{ name: 'all', limit: { outputTokens: 1 }, window: 'day' }] });
    await tight.gateway.chat.completions.create({ model: 'm', messages, max_tokens: 0 });
    expect(tight.server.requests).toHaveLength(1);
  });

  it('is one token under a budget where a server may take it for no limit', async () => {
    const { gateway, server } = await stageOf('openai-compatible', strict);
    await gateway.chat.completions.create({ model: 'm', messages, max_tokens: 0 });
    expect(bodies(server).map(limitSent)).toEqual([1]);
  });

  it.each([
    ['max_tokens', -1],
    ['max_tokens', 0.5],
    ['max_completion_tokens', -1],
    ['n', 0],
    ['best_of', 0],
  ])('is a whole number: %s of %s is refused by its path', async (name, value) => {
    const { gateway, server } = await stageOf('openai');
    const error = await failureOf(gateway.chat.completions.create({ model: 'm', messages, [name]: value }));
    expect(error).toMatchObject({ status: 400, param: name });
    expect(server.requests).toHaveLength(0);
  });
});

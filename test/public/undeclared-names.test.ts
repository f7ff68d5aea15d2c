import { UnknownModelError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { ask, bodies, failureOf, gatewayOf, messages, providersAt, upstream } from './harness.ts';

describe('where models declares names, a name that it does not declare', () => {
  it.each(['fats', 'fast ', 'Fast2', 'gpt-5-mini', 'nobody/gpt-5'])('%j is refused and sent nowhere', async (model) => {
    const server = await upstream();
    const gateway = gatewayOf({ providers: providersAt(server, 'one'), models: { fast: ['one/m'] } });
    const error = await failureOf(gateway.chat.completions.create({ model, messages }));
    expect(error).toBeInstanceOf(UnknownModelError);
    expect(error).toMatchObject({ status: 404, code: 'model_not_found' });
    expect(server.requests).toHaveLength(0);
  });

  it('is refused with the declared names that are close to it', async () => {
    const server = await upstream();
    const gateway = gatewayOf({ providers: providersAt(server, 'one'), models: { fast: ['one/m'] } });
    const error = await failureOf(gateway.chat.completions.create({ model: 'fats', messages }));
    expect(String(error)).toContain("'fast'");
  });

  it('is refused with the provider that it probably names', async () => {
    const server = await upstream();
    const access = { rules: [{ match: { team: 'intern' }, deny: ['mistral/*'] }] };
    const gateway = gatewayOf({ providers: providersAt(server, 'mistral', 'one'), models: { fast: ['one/m'] }, access });
    const suggested = async (model: string, caller = {}) =>
      ((await failureOf(gateway.for(caller).chat.completions.create({ model, messages }))) as UnknownModelError).suggestions;
    expect(await suggested('mistrla/large-latest')).toEqual(['mistral/large-latest']);
    expect(await suggested('mistrla/a/b')).toEqual(['mistral/a/b']);
    expect(await suggested('mistrla/large-latest', { team: 'intern' })).toEqual([]);
    expect(await suggested('mistral/../large')).toEqual([]);
    expect(await suggested('fats/m')).toEqual([]);
    expect(await failureOf(gateway.models.retrieve('mistrla/large'))).toMatchObject({ suggestions: ['mistral/large'] });
    expect(server.requests).toHaveLength(0);
  });

  it('is taken where it names a provider', async () => {
    const server = await upstream();
    const gateway = gatewayOf({ providers: providersAt(server, 'one'), models: { fast: ['one/m'] } });
    await ask(gateway, 'one/other');
    expect(bodies(server)).toMatchObject([{ model: 'other' }]);
  });

  it('is taken by a wildcard that covers it, and by no other', async () => {
    const server = await upstream();
    const gateway = gatewayOf({ providers: providersAt(server, 'one'), models: { 'gpt-*': ['one/gpt-*'] } });
    await ask(gateway, 'gpt-5');
    expect(bodies(server)).toMatchObject([{ model: 'gpt-5' }]);
    expect(await failureOf(gateway.chat.completions.create({ model: 'claude-5', messages }))).toBeInstanceOf(UnknownModelError);
  });

  it('goes untouched to the default provider where one is named', async () => {
    const server = await upstream();
    const models = { fast: ['one/m'] };
    const gateway = gatewayOf({ providers: providersAt(server, 'one'), models, defaultProvider: 'one' });
    await ask(gateway, 'fats');
    expect(bodies(server)).toMatchObject([{ model: 'fats' }]);
  });

  it('of an operation without a model still goes to the only provider', async () => {
    const server = await upstream((exchange) => exchange.answer(200, { object: 'list', data: [], has_more: false }));
    const gateway = gatewayOf({ providers: providersAt(server, 'one'), models: { fast: ['one/m'] } });
    expect((await gateway.files.list()).data).toEqual([]);
  });
});

it('goes to the only provider where models declares nothing', async () => {
  const server = await upstream();
  await ask(gatewayOf({ providers: providersAt(server, 'one') }), 'any/name');
  expect(bodies(server)).toMatchObject([{ model: 'any/name' }]);
});

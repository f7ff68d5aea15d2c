import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, type EventMap, type Gateway, type GatewayConfig, routeOf } from 'tollgate';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { completion } from '../support/chat-upstream.ts';
import { ask, closeAfterTest, Failing, failureOf, gatewayOf, messages, recordingProvider, until, upstream } from './harness.ts';

afterEach(() => vi.unstubAllEnvs());

describe('control.update', () => {
  it('is in force for the calls to come, while a running call keeps its snapshot', async () => {
    let letGo = () => {};
    const old = recordingProvider('old', async () => {
      await new Promise<void>((resolve) => (letGo = resolve));
      throw new Failing();
    });
    const backup = recordingProvider('backup');
    const next = recordingProvider('next');
    const gateway = gatewayOf({
      providers: { old: { provider: old }, backup: { provider: backup } },
      models: { fast: ['old/m', 'backup/m'] },
    });
    const running = gateway.chat.completions.create({ model: 'fast', messages });
    await until(() => old.requests.length > 0);
    gateway.control.update({ providers: { next: { provider: next } }, models: { fast: ['next/m'] } });
    expect(await ask(gateway, 'fast')).toBe('next/m');
    letGo();
    expect(routeOf(await running)?.attempts.map(({ deployment }) => deployment)).toEqual(['old/m', 'backup/m']);
  });

  it('keeps budgets and health where names are the same, and a removed budget still settles', async () => {
    let letGo = () => {};
    let slow = false;
    let failing = false;
    const provider = recordingProvider('one', async () => {
      if (slow) await new Promise<void>((resolve) => (letGo = resolve));
      if (failing) throw new Failing();
      return completion('x');
    });
    const budget = (name: string, requests: number) => ({ name, limit: { requests }, window: 'day' as const });
    const config = (...budgets: NonNullable<GatewayConfig['budgets']>): GatewayConfig => ({
      providers: { one: { provider } },
      models: { fast: ['one/m'] },
      budgets,
      retry: { maxAttempts: 1 },
    });
    const gateway = gatewayOf(config(budget('kept', 100), budget('removed', 100)));
    await ask(gateway, 'fast');
    slow = true;
    const running = ask(gateway, 'fast');
    await until(() => provider.requests.length === 2);
    slow = false;
    failing = true;
    for (let call = 0; call < 5; call += 1) await failureOf(ask(gateway, 'fast'));
    gateway.control.update(config(budget('kept', 50)));
    expect(await gateway.control.budgets()).toMatchObject([
      { name: 'kept', spent: { requests: 6 }, reserved: { requests: 1 }, limit: { requests: 50 } },
    ]);
    expect(gateway.control.health()).toMatchObject([{ deployment: 'one/m', state: 'cooling', inFlight: 1 }]);
    failing = false;
    letGo();
    await running;
    gateway.control.update(config(budget('kept', 50), budget('removed', 100)));
    expect(await gateway.control.budgets()).toMatchObject([
      { name: 'kept', spent: { requests: 7 }, reserved: { requests: 0 } },
      { name: 'removed', spent: { requests: 7 }, reserved: { requests: 0 } },
    ]);
  });

  it('changes nothing where the configuration is invalid, and names every problem', async () => {
    const provider = recordingProvider('one');
    const gateway = gatewayOf({ providers: { one: { provider } }, models: { fast: ['one/m'] } });
    const versions: EventMap['config.update'][] = [];
    gateway.on('config.update', (event) => versions.push(event));
    const wrong = {
      providers: { one: { provider } },
      models: { fast: ['two/m'], loop: { deployments: ['one/m'], fallbacks: ['loop'] } },
      budgets: [{ name: 'b', limit: { usd: -1 }, window: 'day' }],
    };
    const error = await failureOf((async () => gateway.control.update(wrong))());
    expect(error).toBeInstanceOf(ConfigurationError);
    const paths = (error as ConfigurationError).issues.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['models.fast[0]', 'models.loop.fallbacks[0]', 'budgets[0].limit.usd']));
    expect(await ask(gateway, 'fast')).toBe('one/m');
    expect((await gateway.models.list()).data).toHaveLength(1);
    gateway.control.update({ providers: { one: { provider } }, models: { fast: ['one/n'] } });
    expect(await ask(gateway, 'fast')).toBe('one/n');
    expect(versions.map(({ version }) => version)).toEqual([2]);
  });

  it('holds for every clone', async () => {
    const provider = recordingProvider('one');
    const gateway = gatewayOf({ providers: { one: { provider } }, models: { fast: ['one/m'] } });
    const client = gateway.for({ team: 'a' });
    client.control.update({ providers: { one: { provider } }, models: { fast: ['one/n'] } });
    expect([await ask(gateway, 'fast'), await ask(client, 'fast')]).toEqual(['one/n', 'one/n']);
  });
});

const variable = (name: string) => `$\{${name}}`;

describe('a configuration file', () => {
  async function directory(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'tollgate-'));
    closeAfterTest(() => rm(path, { recursive: true, force: true }));
    return path;
  }

  it('may be YAML or JSON, with variables of the environment filled in', async () => {
    const server = await upstream();
    const path = await directory();
    vi.stubEnv('LAB_URL', server.origin);
    vi.stubEnv('LAB_KEY', 'secret-of-lab');
    const yaml = [
      'providers:',
      `  lab: { type: openai-compatible, baseURL: "${variable('LAB_URL')}/${variable('LAB_PATH:-v1')}", apiKey: "${variable('LAB_KEY')}" }`,
      'models:',
      '  fast: [lab/m]',
    ].join('\n');
    const json = JSON.stringify({
      providers: { lab: { type: 'openai-compatible', baseURL: `${variable('LAB_URL')}/v1`, apiKey: variable('LAB_KEY') } },
      models: { fast: ['lab/m'] },
    });
    await writeFile(join(path, 'tollgate.yaml'), yaml);
    await writeFile(join(path, 'tollgate.json'), json);
    expect(await ask(gatewayOf(join(path, 'tollgate.yaml')), 'fast')).toBe('/v1/chat/completions m');
    expect(await ask(gatewayOf(join(path, 'tollgate.json')), 'fast')).toBe('/v1/chat/completions m');
    expect(server.requests.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer secret-of-lab',
      'Bearer secret-of-lab',
    ]);
  });

  it('with an unset variable is refused by its path and without its other values', async () => {
    const path = join(await directory(), 'tollgate.json');
    await writeFile(path, JSON.stringify({ providers: { openai: { apiKey: variable('TOLLGATE_NOT_SET') } } }));
    const error = await failureOf((async () => gatewayOf(path))());
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).issues).toMatchObject([
      { path: 'providers.openai.apiKey', message: expect.stringContaining('TOLLGATE_NOT_SET') },
    ]);
  });

  it('is loaded again on change with watch, and a broken one is reported and left alone', async () => {
    const server = await upstream();
    const path = join(await directory(), 'tollgate.yaml');
    const write = async (text: string) => {
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
    };
    const config = (model: string) =>
      [
        'watch: true',
        'providers:',
        `  lab: { type: openai-compatible, baseURL: "${server.origin}/v1", apiKey: k }`,
        'models:',
        `  fast: [lab/${model}]`,
      ].join('\n');
    await write(config('one'));
    const gateway = gatewayOf(path);
    const next = updates(gateway);
    expect(await ask(gateway, 'fast')).toContain('one');
    await write(config('two'));
    expect(await next()).toMatchObject({ version: 2, error: undefined });
    expect(await ask(gateway, 'fast')).toContain('two');
    await write('providers: {}');
    expect(await next()).toMatchObject({ version: 2, error: expect.any(ConfigurationError) });
    expect(await ask(gateway, 'fast')).toContain('two');
    await write(config('three'));
    expect(await next()).toMatchObject({ version: 3 });
    expect(await ask(gateway, 'fast')).toContain('three');
  });
});

function updates(gateway: Gateway): () => Promise<EventMap['config.update'] | undefined> {
  const seen: EventMap['config.update'][] = [];
  let taken = 0;
  gateway.on('config.update', (event) => seen.push(event));
  return async () => {
    await until(() => seen.length > taken);
    taken += 1;
    return seen[taken - 1];
  };
}

import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { anthropicWire } from '../../src/providers/anthropic/provider.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { Wire } from '../../src/providers/wire.ts';
import { wireProvider } from '../../src/providers/wire-provider.ts';
import { createTransport } from '../../src/transport/create-transport.ts';
import { closeAfterTest, gatewayOf, messages, upstream } from '../public/harness.ts';
import { outcomeOf } from './wires.ts';

/** A provider whose translation has a fault of its own. */
async function faulty(broken: Partial<Wire>): Promise<{ provider: Provider; requests: () => number }> {
  const server = await upstream();
  const transport = createTransport({ proxy: undefined });
  closeAfterTest(() => transport.close(true));
  const wire = { ...anthropicWire({ hosting: 'anthropic' }), ...broken };
  const account = {
    name: 'odd',
    origin: server.origin,
    basePath: '',
    headers: {},
    drop: new Set<string>(),
    organization: undefined,
    project: undefined,
    region: undefined,
    apiVersion: undefined,
  };
  return {
    provider: wireProvider('odd', wire, { account, transport, clock: systemClock }),
    requests: () => server.requests.length,
  };
}

const thrown: readonly (readonly [string, unknown])[] = [
  ['a TypeError', new TypeError("Cannot read properties of null (reading 'x')")],
  ['a RangeError', new RangeError('Maximum call stack size exceeded')],
  ['a text', 'odd'],
];

describe.each(thrown)('a translation that throws %s', (_, error) => {
  it('is the caller’s fault: not tried elsewhere, not repeated, never cooled', async () => {
    const { provider, requests } = await faulty({
      toRequest() {
        throw error;
      },
    });
    const other = await upstream();
    const gateway = gatewayOf({
      providers: { odd: { provider }, other: { type: 'openai-compatible', baseURL: other.origin } },
      models: { m: ['odd/claude-sonnet-4-5', 'other/m'] },
    } as never);
    const kinds: unknown[] = [];
    gateway.on('attempt.end', ({ deployment, failure }) => kinds.push([deployment, failure?.kind]));
    gateway.on('cooldown.start', (event) => kinds.push(event));
    for (let again = 0; again < 12; again += 1) {
      expect(await outcomeOf(gateway, { model: 'm', messages })).toMatchObject({
        ok: false,
        error: { name: 'InvalidParamsError', status: 400, code: 'invalid_request', param: 'body' },
      });
    }
    expect(kinds).toEqual(Array.from({ length: 12 }, () => ['odd/claude-sonnet-4-5', 'request-invalid']));
    expect([requests(), other.requests.length]).toEqual([0, 0]);
  });
});

it('a body that is no JSON is the caller’s fault too', async () => {
  const { provider, requests } = await faulty({
    toRequest: () => ({ method: 'POST', path: '/', body: { big: 1n }, answer: 'whole' }),
  });
  const gateway = gatewayOf({ providers: { odd: { provider } } } as never);
  const outcome = await outcomeOf(gateway, { model: 'odd/claude-sonnet-4-5', messages });
  expect(outcome).toMatchObject({ ok: false, error: { status: 400, code: 'invalid_request' } });
  expect(requests()).toBe(0);
});

it('the throw itself is the cause of what the caller sees', async () => {
  const fault = new TypeError('odd');
  const { provider } = await faulty({
    toRequest() {
      throw fault;
    },
  });
  const gateway = gatewayOf({ providers: { odd: { provider } } } as never);
  const outcome = await outcomeOf(gateway, { model: 'odd/claude-sonnet-4-5', messages });
  expect(outcome).toMatchObject({ ok: false, error: { cause: { cause: fault } } });
});

import { describe, expect, test } from 'vitest';
import type { Call } from '../../src/core/call.ts';
import type { Deployment } from '../../src/core/deployment.ts';
import { Affinity } from '../../src/routing/affinity.ts';
import { takeTurn } from '../../src/routing/router.ts';
import { weighted } from '../../src/routing/strategies/weighted.ts';
import { at, callTo, healthWith, modelOf, routerOptions, seeded } from '../support/routing-plan.ts';

const deployments = [at('openai/a'), at('anthropic/b'), at('google/c')];
const [a, b] = deployments as [Deployment, Deployment];
const model = modelOf('chat', deployments, { strategy: weighted, affinity: true });
const yes = () => true;

function turnOf(conversation: string, turn: number, more: Partial<Call> = {}): Call {
  const later = Array.from({ length: turn }, (_, index) => [
    { role: 'assistant', content: `answer ${index}` },
    { role: 'user', content: `question ${index}` },
  ]).flat();
  const leading = [
    { role: 'system', content: 'You help.' },
    { role: 'user', content: conversation },
  ];
  return callTo(model, { params: { messages: [...leading, ...later] }, ...more });
}

test('the turns of one conversation go to the deployment that served the last', () => {
  const affinity = new Affinity();
  affinity.remember(turnOf('x', 0), b.id);
  expect(affinity.prefer(deployments, turnOf('x', 3), yes)[0]).toBe(b);
  expect(affinity.prefer(deployments, turnOf('y', 3), yes)).toBe(deployments);
});

describe('a conversation is known', () => {
  const cases: [string, Call['params'], Call['params'], boolean][] = [
    [
      'by prompt_cache_key whatever the messages',
      { prompt_cache_key: 'k', messages: [] },
      { prompt_cache_key: 'k', input: 'y' },
      true,
    ],
    ['not by another prompt_cache_key', { prompt_cache_key: 'k', input: 'x' }, { prompt_cache_key: 'l', input: 'x' }, false],
    ['by instructions and input of a response', { instructions: 'i', input: 'x' }, { instructions: 'i', input: 'x' }, true],
    [
      'by the input items of a response',
      { input: [{ role: 'user', content: 'x' }] },
      { input: [{ role: 'user', content: 'x' }, {}] },
      true,
    ],
    ['not by another image', withImage('https://e.org/1'), withImage('https://e.org/2'), false],
    ['by the same image', withImage('https://e.org/1'), withImage('https://e.org/1'), true],
  ];
  test.each(cases)('%s', (_name, first, second, same) => {
    const affinity = new Affinity();
    affinity.remember(callTo(model, { params: first }), b.id);
    expect(affinity.prefer(deployments, callTo(model, { params: second }), yes)[0] === b).toBe(same);
  });

  test('within one model only', () => {
    const affinity = new Affinity();
    affinity.remember(turnOf('x', 0), b.id);
    expect(affinity.prefer(deployments, turnOf('x', 1, { model: 'other' }), yes)[0]).toBe(a);
  });
});

test('where cached input is not cheaper the order stays', () => {
  const affinity = new Affinity();
  affinity.remember(turnOf('x', 0), b.id);
  expect(affinity.prefer(deployments, turnOf('x', 1), () => false)).toBe(deployments);
});

test('remembers the last 10,000 conversations', () => {
  const affinity = new Affinity();
  for (let conversation = 0; conversation <= 10_000; conversation += 1) affinity.remember(turnOf(`c${conversation}`, 0), b.id);
  expect(affinity.prefer(deployments, turnOf('c0', 1), yes)[0]).toBe(a);
  expect(affinity.prefer(deployments, turnOf('c1', 1), yes)[0]).toBe(b);
});

test('raises the hits of a prompt cache, and breaks off when the deployment cools', () => {
  const hitsWith = (affinityOn: boolean) => {
    const { health } = healthWith({ random: seeded(11) });
    const options = routerOptions();
    const lastServedBy = new Map<number, Deployment>();
    let hits = 0;
    for (let turn = 0; turn < 10; turn += 1) {
      for (let conversation = 0; conversation < 100; conversation += 1) {
        const call = turnOf(`c${conversation}`, turn, { modelPlan: { ...model, affinity: affinityOn } });
        const [served] = takeTurn(call, health, options).order;
        if (!served) continue;
        if (lastServedBy.get(conversation) === served) hits += 1;
        lastServedBy.set(conversation, served);
        options.affinity.remember(call, served.id);
      }
    }
    return hits / 900;
  };
  expect(hitsWith(false)).toBeLessThan(0.4);
  expect(hitsWith(true)).toBe(1);

  const { health } = healthWith();
  const options = routerOptions();
  options.affinity.remember(turnOf('x', 0), b.id);
  health.coolDown('deployment', b.id, 1_000, 'overloaded', turnOf('x', 0));
  expect(takeTurn(turnOf('x', 1), health, options).order).not.toContain(b);
});

function withImage(url: string): Call['params'] {
  return { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] };
}

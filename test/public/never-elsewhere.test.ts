import * as fc from 'fast-check';
import { type Capabilities, Gateway, type GatewayConfig, type UpstreamRequest } from 'tollgate';
import { expect, it } from 'vitest';
import { completion } from '../support/chat-upstream.ts';
import { seeded } from '../support/routing-plan.ts';
import { TestClock } from '../support/test-clock.ts';
import { Failing, messages, recordingProvider } from './harness.ts';

const STRATEGIES = [
  'priority',
  'weighted',
  'round-robin',
  'least-busy',
  'lowest-latency',
  'lowest-cost',
  'most-headroom',
] as const;
const PROVIDERS = ['p0', 'p1', 'p2'];
const MODELS = ['m0', 'm1', 'm2'];
const NAMES = ['alpha', 'beta', 'gamma'];

const deployment = fc.record({
  provider: fc.constantFrom(...PROVIDERS),
  model: fc.constantFrom(...MODELS),
  weight: fc.integer({ min: 1, max: 3 }),
  tools: fc.option(fc.boolean(), { nil: undefined }),
  tags: fc.subarray(['eu', 'fast']),
  maxConcurrent: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
});
const model = fc.record({
  strategy: fc.constantFrom(...STRATEGIES),
  affinity: fc.boolean(),
  deployments: fc.uniqueArray(deployment, { minLength: 1, maxLength: 4, selector: (each) => `${each.provider}/${each.model}` }),
  fallback: fc.boolean(),
  hedged: fc.boolean(),
});
const rule = fc.record({
  team: fc.constantFrom('a', 'b', '*'),
  kind: fc.constantFrom('allow' as const, 'deny' as const),
  globs: fc.array(fc.constantFrom('alpha', 'beta', 'gamma', 'p0/*', 'p1/m1', '*/m2', 'p2/*', '*'), {
    minLength: 1,
    maxLength: 2,
  }),
});
const request = fc.record({
  team: fc.constantFrom('a', 'b', undefined),
  model: fc.constantFrom(...NAMES, 'p0/m0', 'p1/m1', 'p2/m2', 'P0/M0', 'wild/m1'),
  tools: fc.boolean(),
  tags: fc.subarray(['eu', 'fast'], { maxLength: 1 }),
  fails: fc.array(fc.constantFrom(...PROVIDERS), { maxLength: 2 }),
  passesMs: fc.constantFrom(0, 0, 1_000, 40_000),
});
const world = fc.record({
  models: fc.tuple(model, model, model),
  rules: fc.array(rule, { maxLength: 3 }),
  requests: fc.array(request, { minLength: 1, maxLength: 12 }),
  seed: fc.integer({ min: 0, max: 1_000 }),
});

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** The rules as their documentation tells them, without any of the gateway's code. */
function mayUse(rules: World['rules'], team: string | undefined, names: readonly string[]): boolean {
  const own = rules.filter((each) => team !== undefined && (each.team === '*' || each.team === team));
  const matches = (globs: readonly string[]) =>
    globs.some((glob) => names.some((name) => new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(name)));
  if (own.some(({ kind, globs }) => kind === 'deny' && matches(globs))) return false;
  const allows = own.filter(({ kind }) => kind === 'allow');
  return allows.length === 0 || allows.some(({ globs }) => matches(globs));
}

it('no attempt goes where the caller may not go, what cools (but the last), or what cannot honour the params', {
  timeout: 60_000,
}, async () => {
  let attempts = 0;
  await fc.assert(
    fc.asyncProperty(world, async (drawn) => {
      attempts += await play(drawn);
    }),
    { numRuns: 150 },
  );
  expect(attempts).toBeGreaterThan(300);
});

async function play({ models, rules, requests, seed }: World): Promise<number> {
  const clock = new TestClock();
  let current: World['requests'][number] | undefined;
  let asked = '';
  let attempts = 0;
  const violations: string[] = [];
  const toolless = (id: string, name: string) =>
    models[NAMES.indexOf(name)]?.deployments.some((each) => `${each.provider}/${each.model}` === id && each.tools === false);
  const check = (provider: string, { upstreamModel, params }: UpstreamRequest) => {
    attempts += 1;
    const id = `${provider}/${upstreamModel}`;
    // The names under which this attempt may have come about: the model that was asked for, or one of its fallbacks.
    const ways = [asked, ...fallbacksOf(asked, models)];
    const lawful = ways.some((name) => mayUse(rules, current?.team, [name, id]) && !(params.tools && toolless(id, name)));
    if (!lawful) violations.push(`${current?.team} reached ${id} by ${asked}`);
    const health = new Map(gateway.control.health().map((each) => [each.deployment, each]));
    if (health.get(id)?.state !== 'cooling') return;
    // The last that is left of one of the models that led here is tried all the same.
    const isLast = ways.some((name) => {
      const ids = models[NAMES.indexOf(name)]?.deployments.map((each) => `${each.provider}/${each.model}`) ?? [id];
      const isBetter = (other: string) => other !== id && health.get(other)?.state === 'healthy' && !triedOrBarred.has(other);
      return ids.includes(id) && !ids.some(isBetter);
    });
    if (!isLast) violations.push(`${id} cools, and is not the last`);
  };
  const triedOrBarred = new Set<string>();
  const providers = PROVIDERS.map((name) =>
    recordingProvider(name, (sent) => {
      check(name, sent);
      triedOrBarred.add(`${name}/${sent.upstreamModel}`);
      clock.advance(5);
      if (current?.fails.includes(name)) throw new Failing({ kind: 'rate-limited', status: 429, retryAfterMs: 20_000 });
      return completion('x');
    }),
  );
  const gateway = new Gateway({
    ...configOf(models, rules),
    providers: Object.fromEntries(providers.map((provider) => [provider.name, { provider }])),
    clock,
    random: seeded(seed),
  });
  for (current of requests) {
    clock.advance(current.passesMs);
    asked = current.model;
    triedOrBarred.clear();
    barred(current, asked, models, rules, triedOrBarred);
    const tools = current.tools ? [{ type: 'function' as const, function: { name: 'f' } }] : undefined;
    const client = gateway.for({ team: current.team, tags: current.tags });
    await client.chat.completions.create({ model: asked, messages, tools }).catch(() => {});
  }
  expect(violations).toEqual([]);
  expect(gateway.control.health().every(({ inFlight }) => inFlight === 0)).toBe(true);
  await gateway.close({ deadlineMs: 0 });
  return attempts;
}

function configOf(
  models: World['models'],
  rules: World['rules'],
): Pick<GatewayConfig, 'models' | 'access' | 'defaultProvider' | 'retry'> {
  const config = models.map(({ strategy, affinity, deployments, fallback, hedged }, index) => [
    NAMES[index],
    {
      strategy,
      affinity,
      deployments: deployments.map(({ tools, ...each }) => ({ ...each, capabilities: { tools } satisfies Capabilities })),
      ...(fallback && index < 2 ? { fallbacks: [NAMES[index + 1]] } : {}),
      ...(hedged ? { hedge: { afterMs: 1 } } : {}),
    },
  ]);
  return {
    models: { ...Object.fromEntries(config), 'wild/*': ['p0/*'] },
    access: { rules: rules.map(({ team, kind, globs }) => ({ match: { team }, [kind]: globs })) },
    defaultProvider: 'p2',
    retry: { retryAfterCapMs: 1 },
  };
}

function fallbacksOf(name: string, models: World['models']): string[] {
  const index = NAMES.indexOf(name);
  const next = NAMES[index + 1];
  return index < 0 || next === undefined || !models[index]?.fallback ? [] : [next, ...fallbacksOf(next, models)];
}

/** Deployments that this request may not use or that lack a tag or tools: none that it should have gone to instead. */
function barred(
  { team, tools, tags }: World['requests'][number],
  asked: string,
  models: World['models'],
  rules: World['rules'],
  into: Set<string>,
): void {
  for (const name of [asked, ...fallbacksOf(asked, models)]) {
    const deployments = models[NAMES.indexOf(name)]?.deployments ?? [];
    const narrows = tags.length > 0 && deployments.some((each) => each.tags.length > 0);
    for (const each of deployments) {
      const id = `${each.provider}/${each.model}`;
      const able =
        mayUse(rules, team, [name, id]) &&
        !(tools && each.tools === false) &&
        (!narrows || tags.every((tag) => each.tags.includes(tag)));
      if (!able) into.add(id);
    }
  }
}

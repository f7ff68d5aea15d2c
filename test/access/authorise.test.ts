import { describe, expect, test } from 'vitest';
import { allowedModels } from '../../src/access/allowed-models.ts';
import { authorise } from '../../src/access/authorise.ts';
import type { Caller } from '../../src/core/caller.ts';
import type { AccessRule } from '../../src/core/plan.ts';
import { resolveModel } from '../../src/routing/models.ts';
import { at, failover, modelOf, planWith, ruleOf } from '../support/routing-plan.ts';

const mini = at('openai/gpt-5-mini');
const haiku = at('anthropic/claude-haiku-4-5');
const opus = at('anthropic/claude-opus-5');
const big = at('openai/gpt-5.5');
const models = [modelOf('fast', [mini, haiku]), modelOf('smart', [big, opus]), modelOf('constructor', [mini])];

function planOfRules(rules: readonly AccessRule[], defaultVerdict: 'allow' | 'deny' = 'allow') {
  return planWith(models, {
    access: { default: defaultVerdict, rules, callerFromParams: [], keys: new Map() },
    defaultProvider: 'openai',
    wildcards: [{ pattern: 'anthropic/*', model: modelOf('anthropic/*', [at('anthropic/*')]) }],
  });
}

/** Whether any deployment of the name can be reached, by the steps a call takes. */
function reaches(plan: ReturnType<typeof planOfRules>, caller: Caller, name: string): boolean {
  const model = resolveModel(plan, name, { makeDeployment: (provider, upstream) => at(`${provider}/${upstream}`), failover });
  if (!model) return false;
  const may = authorise(plan, caller, { model: name, deployments: model.deployments }).allowed;
  const reached = model.deployments.filter((deployment) => authorise(plan, caller, { model: name, deployment }).allowed);
  expect(may).toBe(reached.length > 0);
  return may;
}

const intern: Caller = { team: 'intern' };

describe('a rule that allows only fast', () => {
  const plan = planOfRules([ruleOf({ match: { team: ['intern'] }, allow: ['fast'] })]);

  test('allows it with all its deployments', () => {
    expect(reaches(plan, intern, 'fast')).toBe(true);
    expect(authorise(plan, intern, { model: 'fast', deployment: haiku }).allowed).toBe(true);
  });

  test.each([
    ['another declared model, as a fallback or downgrade', 'smart'],
    ['a deployment by its own name', 'openai/gpt-5-mini'],
    ['a wildcard', 'anthropic/claude-haiku-4-5'],
    ['the default provider', 'gpt-5-mini'],
    ['odd case', 'FAST'],
    ['odd case of one letter', 'Fast'],
    ['a trailing slash', 'fast/'],
    ['a leading slash', '/fast'],
    ['a trailing space', 'fast '],
    ['a line break that splits names', 'fast\nopenai/gpt-5.5'],
    ['a path', 'anthropic/../fast'],
    ['a full-width look-alike', 'ｆast'],
    ['a Cyrillic look-alike', 'f\u0430st'],
    ['an invisible character', 'fa\u200bst'],
    ['a name that objects have', '__proto__'],
    ['a declared name that objects have', 'constructor'],
    ['a pattern', '*'],
    ['a pattern with the name', 'fas?'],
    ['an encoded name', 'f%61st'],
  ])('is not got round by %s', (_way, name) => {
    expect(reaches(plan, intern, name)).toBe(false);
  });

  test('says nothing about other callers', () => {
    expect(reaches(plan, { team: 'research' }, 'smart')).toBe(true);
    expect(reaches(plan, {}, 'smart')).toBe(true);
  });
});

describe('a rule that denies smart', () => {
  const plan = planOfRules([ruleOf({ deny: ['smart'] }), ruleOf({ allow: ['*'] })]);

  test('leaves the rest', () => {
    expect(reaches(plan, intern, 'fast')).toBe(true);
    expect(reaches(plan, intern, 'openai/gpt-5-mini')).toBe(true);
  });

  test.each([
    ['its own name in spite of an allow', 'smart'],
    ['a deployment by its own name', 'openai/gpt-5.5'],
    ['a wildcard', 'anthropic/claude-opus-5'],
    ['the default provider', 'gpt-5.5'],
    ['odd case at the default provider', 'SMART'],
    ['odd case of a deployment', 'openai/GPT-5.5'],
    ['a full-width look-alike of a deployment', 'openai/gpt\uff0d5.5'],
    ['a trailing slash of a deployment', 'openai/gpt-5.5/'],
  ])('is not got round by %s', (_way, name) => {
    expect(reaches(plan, intern, name)).toBe(false);
  });

  test('is not got round by asking for a name that looks like a pair of names first', () => {
    const denying = planOfRules([ruleOf({ deny: ['openai/*'] })]);
    const caller = {};
    for (const separator of ['\n', '\0', ' ', ':']) {
      authorise(denying, caller, { model: `fast${separator}openai/gpt-5-mini` });
      authorise(denying, caller, { model: `fast${separator}openai/gpt-5-mini`, deployment: haiku });
    }
    expect(authorise(denying, caller, { model: 'fast', deployment: mini }).allowed).toBe(false);
  });
});

test('a denied provider leaves a model its other deployments', () => {
  const plan = planOfRules([ruleOf({ deny: ['openai/*'] })]);
  expect(authorise(plan, {}, { model: 'fast' }).allowed).toBe(true);
  expect(authorise(plan, {}, { model: 'fast', deployment: mini }).allowed).toBe(false);
  expect(authorise(plan, {}, { model: 'fast', deployment: haiku }).allowed).toBe(true);
  expect(reaches(plan, {}, 'anything')).toBe(false);
});

test('an allowed provider opens the models that have it, by its deployments only', () => {
  const plan = planOfRules([ruleOf({ allow: ['anthropic/*'] })]);
  expect(authorise(plan, {}, { model: 'fast' }).allowed).toBe(true);
  expect(authorise(plan, {}, { model: 'fast', deployment: mini }).allowed).toBe(false);
  expect(authorise(plan, {}, { model: 'fast', deployment: haiku }).allowed).toBe(true);
  expect(authorise(plan, {}, { model: 'constructor' }).allowed).toBe(false);
});

describe('the default', () => {
  test('deny refuses what no rule allows', () => {
    const plan = planOfRules([ruleOf({ match: { team: ['intern'] }, allow: ['fast'] })], 'deny');
    expect(reaches(plan, intern, 'fast')).toBe(true);
    expect(reaches(plan, {}, 'fast')).toBe(false);
    expect(authorise(planOfRules([], 'deny'), {}, { model: 'fast' }).allowed).toBe(false);
  });

  test('deny stays where the only matching rule allows nothing', () => {
    const plan = planOfRules([ruleOf({ maxNanoUsdPerRequest: 5 })], 'deny');
    expect(reaches(plan, {}, 'fast')).toBe(false);
  });

  test('an empty allow list allows nothing', () => {
    expect(reaches(planOfRules([ruleOf({ allow: [] })]), {}, 'fast')).toBe(false);
  });
});

describe('matching callers', () => {
  const allowsFastFor = (match: AccessRule['match'], caller: Caller) =>
    reaches(planOfRules([ruleOf({ match, allow: ['fast'] })], 'deny'), caller, 'fast');

  test('takes all dimensions, each by any of its globs', () => {
    expect(allowsFastFor({ team: ['int*', 'x'], app: ['?eb'] }, { team: 'intern', app: 'web' })).toBe(true);
    expect(allowsFastFor({ team: ['int*'], app: ['?eb'] }, { team: 'intern', app: 'mobile' })).toBe(false);
    expect(allowsFastFor({ team: ['int*'], app: ['*'] }, { team: 'intern' })).toBe(false);
  });

  test('takes a tag among several, and own dimensions', () => {
    expect(allowsFastFor({ tags: ['beta'] }, { tags: ['alpha', 'beta'] })).toBe(true);
    expect(allowsFastFor({ tags: ['beta'] }, { tags: ['alpha'] })).toBe(false);
    expect(allowsFastFor({ region: ['eu-*'] }, { region: 'eu-west' })).toBe(true);
  });

  test('finds nothing that every object has', () => {
    expect(allowsFastFor({ constructor: ['*'] }, {})).toBe(false);
    expect(allowsFastFor({ toString: ['*'] }, {})).toBe(false);
  });
});

test('the smallest cost limit of the rules that cover the model holds', () => {
  const plan = planOfRules([
    ruleOf({ allow: ['fast'], maxNanoUsdPerRequest: 10 }),
    ruleOf({ allow: ['smart'], maxNanoUsdPerRequest: 1_000 }),
    ruleOf({ match: { team: ['intern'] }, maxNanoUsdPerRequest: 500 }),
  ]);
  const limitOf = (caller: Caller, model: string) => authorise(plan, caller, { model });
  expect(limitOf({}, 'fast')).toEqual({ allowed: true, maxNanoUsdPerRequest: 10 });
  expect(limitOf({}, 'smart')).toEqual({ allowed: true, maxNanoUsdPerRequest: 1_000 });
  expect(limitOf(intern, 'smart')).toEqual({ allowed: true, maxNanoUsdPerRequest: 500 });
  expect(authorise(planOfRules([]), {}, { model: 'x' })).toEqual({ allowed: true, maxNanoUsdPerRequest: undefined });
});

test('the list of models shows what the caller may use, in the order of the configuration', () => {
  const plan = planOfRules([ruleOf({ match: { team: ['intern'] }, allow: ['fast', 'c*'] })]);
  expect(allowedModels(plan, intern)).toEqual(['fast', 'constructor']);
  expect(allowedModels(plan, {})).toEqual(['fast', 'smart', 'constructor']);
});

test('verdicts follow the plan: a new one changes them for the same caller', () => {
  const before = planOfRules([ruleOf({ deny: ['smart'] })]);
  const after = planOfRules([ruleOf({ deny: ['fast'] })]);
  const verdicts = [before, after].map((plan) => ['fast', 'smart'].map((model) => authorise(plan, intern, { model }).allowed));
  expect(verdicts).toEqual([
    [true, false],
    [false, true],
  ]);
});

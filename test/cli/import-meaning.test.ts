import { describe, expect, it } from 'vitest';
import { importConfig } from '../../src/cli/import.ts';
import { file } from './command-process.ts';
import { errorsOf, imported } from './imported.ts';

const notesOf = ({ notes }: { notes: readonly { path: string; message: string }[] }) => notes.map(({ path }) => path);

describe('tollgate import litellm keeps what a file means', () => {
  it('has a model for each order of deployments, in which the strategy picks; one without an order comes last', async () => {
    const made = await imported(
      'litellm',
      `
model_list:
  - { model_name: smart, litellm_params: { model: openai/gpt-z } }
  - { model_name: smart, litellm_params: { model: openai/gpt-c, order: 2 } }
  - { model_name: smart, litellm_params: { model: openai/gpt-a, order: 1, weight: 3 } }
  - { model_name: smart, litellm_params: { model: openai/gpt-b, order: 1, weight: 1 } }
  - { model_name: listed, litellm_params: { model: openai/gpt-last } }
  - { model_name: listed, litellm_params: { model: openai/gpt-first }, model_info: { order: 1 } }
  - { model_name: even, litellm_params: { model: openai/gpt-a, order: 1 } }
  - { model_name: even, litellm_params: { model: openai/gpt-b, order: 1 } }
  - { model_name: spare, litellm_params: { model: openai/gpt-s } }
router_settings:
  fallbacks: [{ smart: [spare] }]
  context_window_fallbacks: [{ smart: [spare] }]
  num_retries: 0
`,
    );
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config.models).toEqual({
      smart: {
        strategy: 'weighted',
        deployments: [
          { provider: 'openai', model: 'gpt-a', weight: 3 },
          { provider: 'openai', model: 'gpt-b', weight: 1 },
        ],
        fallbacks: { default: ['smart-order-2', 'smart-order-3', 'spare'], contextWindow: ['spare'] },
      },
      'smart-order-2': ['openai/gpt-c'],
      'smart-order-3': ['openai/gpt-z'],
      listed: [
        { provider: 'openai', model: 'gpt-first', priority: 1 },
        { provider: 'openai', model: 'gpt-last', priority: 2 },
      ],
      even: { strategy: 'weighted', deployments: ['openai/gpt-a', 'openai/gpt-b'] },
      spare: ['openai/gpt-s'],
    });
    expect(made.config.retry).toEqual({ attemptsPerDeployment: 1, maxAttempts: 4 });
    expect(made.notes).toEqual([]);
  });

  it("takes the Router's settings before those of the library, and notes the others", async () => {
    const made = await imported(
      'litellm',
      `
model_list:
  - { model_name: a, litellm_params: { model: openai/gpt-a } }
  - { model_name: b, litellm_params: { model: openai/gpt-b } }
litellm_settings: { num_retries: 5, request_timeout: 60, fallbacks: [{ a: [b] }], default_fallbacks: [b] }
router_settings: { num_retries: 1, timeout: 30, fallbacks: [{ b: [a] }] }
`,
    );
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config).toMatchObject({
      models: { b: { fallbacks: ['a'] } },
      retry: { attemptsPerDeployment: 2 },
      timeouts: { totalMs: 30_000 },
    });
    expect(notesOf(made)).toEqual(
      expect.arrayContaining([
        'litellm_settings.fallbacks',
        'litellm_settings.num_retries',
        'litellm_settings.default_fallbacks',
      ]),
    );
  });

  it('has fallbacks for all only where a model has none, knows aliases as targets, and notes other forms', async () => {
    const made = await imported(
      'litellm',
      `
model_list:
  - { model_name: a, litellm_params: { model: openai/gpt-a } }
  - { model_name: b, litellm_params: { model: openai/gpt-b } }
  - { model_name: c, litellm_params: { model: openai/gpt-c } }
router_settings:
  fallbacks: [{ a: nick }]
  default_fallbacks: c
  context_window_fallbacks: { a: [b] }
  model_group_alias: { nick: { model: b, hidden: true }, lost: { model: gone } }
`,
    );
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config.models).toMatchObject({ a: { fallbacks: ['b'] }, b: { fallbacks: ['c'] }, c: ['openai/gpt-c'] });
    expect(notesOf(made)).toEqual([
      'router_settings.context_window_fallbacks',
      'router_settings.model_group_alias.nick.hidden',
      'router_settings.model_group_alias.lost',
    ]);
  });

  it('notes an entry without a name, who may use a model, and the parts of a default for users', async () => {
    const made = await imported(
      'litellm',
      `
model_list:
  - { model_name: a, litellm_params: { model: openai/gpt-a }, model_info: { team_id: t, max_input_tokens: 5 } }
  - { litellm_params: { model: openai/gpt-b } }
  - { model_name: os.environ/NAME, litellm_params: { model: openai/gpt-b } }
  - { model_name: 4, litellm_params: { model: openai/gpt-b } }
  - { model_name: d, litellm_params: { model: bedrock/us.anthropic.claude-x, aws_bedrock_runtime_endpoint: https://bedrock.example.com } }
litellm_settings:
  budget_duration: 30d
  default_internal_user_params: { models: [a], max_budget: 5, user_role: internal_user }
`,
    );
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config.providers).toMatchObject({ bedrock: { baseURL: 'https://bedrock.example.com' } });
    expect(notesOf(made)).toEqual([
      'model_list[0].model_info.team_id',
      'model_list[0].model_info.max_input_tokens',
      'model_list[1].model_name',
      'model_list[2].model_name',
      'model_list[3].model_name',
      'litellm_settings.budget_duration',
      'litellm_settings.default_internal_user_params.models',
      'litellm_settings.default_internal_user_params.user_role',
    ]);
  });

  it('notes numbers that no gateway takes, and loads without them', async () => {
    const made = await imported(
      'litellm',
      `
model_list:
  - { model_name: a, litellm_params: { model: openai/gpt-a, rpm: 0, weight: -1, max_parallel_requests: 0, order: 0.5 }, tpm: 1.5 }
  - { model_name: b, litellm_params: { model: openai/gpt-b, input_cost_per_token: -1, output_cost_per_token: 1 } }
litellm_settings:
  max_budget: 1000000000.0
  max_end_user_budget: -1
`,
    );
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config).toMatchObject({
      models: { a: ['openai/gpt-a'], b: ['openai/gpt-b'] },
      budgets: [{ each: 'user', limit: { usd: 0 } }],
    });
    expect(notesOf(made).toSorted()).toEqual([
      'litellm_settings.max_budget',
      'model_list[0].litellm_params.max_parallel_requests',
      'model_list[0].litellm_params.order',
      'model_list[0].litellm_params.rpm',
      'model_list[0].litellm_params.weight',
      'model_list[0].tpm',
      'model_list[1].litellm_params.input_cost_per_token',
    ]);
  });

  it('reads the files that one includes, each once, and says which cannot be read', async () => {
    file('models-of-a.yaml', 'include: [whole.yaml]\nmodel_list: [{ model_name: a, litellm_params: { model: openai/gpt-a } }]\n');
    file(
      'models-of-b.yaml',
      'model_list: [{ model_name: b, litellm_params: { model: openai/gpt-b } }]\nlitellm_settings: { num_retries: 9 }\n',
    );
    const whole = file('whole.yaml', 'include: [models-of-a.yaml, models-of-b.yaml]\nlitellm_settings: { num_retries: 1 }\n');
    const made = JSON.parse((await importConfig.run(['litellm', whole, '--json'])).text);
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config).toMatchObject({
      models: { a: ['openai/gpt-a'], b: ['openai/gpt-b'] },
      retry: { attemptsPerDeployment: 2 },
    });
    expect(notesOf(made)).toEqual(['litellm_settings']);
    await expect(importConfig.run(['litellm', file('broken.yaml', 'include: nowhere.yaml')])).rejects.toThrow(
      /cannot read .*nowhere/,
    );
  });
});

describe('tollgate import portkey keeps what a config means', () => {
  it('gives targets the params and the host of the groups around them, their own first', async () => {
    const made = await imported(
      'portkey',
      JSON.stringify({
        strategy: { mode: 'fallback' },
        override_params: { temperature: 0.2, max_tokens: 9 },
        api_key: 'unused',
        targets: [
          { provider: 'openai', override_params: { model: 'a', max_tokens: 5 } },
          {
            strategy: { mode: 'loadbalance', sticky_session: true },
            custom_host: 'https://host.example.com/v1',
            targets: [{ provider: 'openai', override_params: { model: 'b' } }],
          },
        ],
      }),
    );
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config.models).toEqual({
      default: {
        deployments: [{ provider: 'openai', model: 'a', params: { temperature: 0.2, max_tokens: 5 } }],
        fallbacks: ['default-2'],
      },
      'default-2': {
        strategy: 'weighted',
        deployments: [{ provider: 'openai-2', model: 'b', params: { temperature: 0.2, max_tokens: 9 } }],
      },
    });
    expect(made.config.providers).toMatchObject({ 'openai-2': { baseURL: 'https://host.example.com/v1' } });
    expect(notesOf(made)).toEqual(['api_key', 'targets[1].strategy.sticky_session']);
  });

  it('has the target that default names for all calls, and the others as models to ask for', async () => {
    const leaf = (name: string) => ({ name, provider: 'openai', override_params: { model: `gpt-${name}` } });
    const conditional = {
      strategy: {
        mode: 'conditional',
        conditions: [
          JSON.parse(
            '{ "query": { "$and": [{ "metadata.plan": { "$in": ["paid", "trial"] } }, { "params.stream": { "$eq": true } }] }, "then": "paid" }',
          ),
        ],
        default: 'free',
      },
      targets: [leaf('paid'), leaf('free')],
    };
    const made = await imported('portkey', JSON.stringify(conditional));
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config.models).toEqual({ 'default-paid': ['openai/gpt-paid'], default: ['openai/gpt-free'] });
    expect(notesOf(made)).toEqual(['strategy.conditions']);

    const nested = await imported(
      'portkey',
      JSON.stringify({
        strategy: { mode: 'loadbalance' },
        targets: [
          { ...leaf('other'), weight: 0.5 },
          { ...conditional, weight: 0.5 },
        ],
      }),
    );
    expect(await errorsOf(nested)).toEqual([]);
    expect(nested.config.models).toMatchObject({
      default: { deployments: [{ weight: 0.5 }, { model: 'gpt-paid', weight: 0 }, { model: 'gpt-free', weight: 0.5 }] },
    });
    expect(notesOf(nested)).toEqual(['targets', 'targets[1].strategy.conditions']);
  });

  it('uses one target of a single, and notes a strategy, retries and a cache that it does not know', async () => {
    const made = await imported(
      'portkey',
      JSON.stringify({
        strategy: { mode: 'single' },
        retry: { on_status_codes: [429], use_retry_after_header: true },
        cache: { mode: 'simple', max_age: 60, force_refresh: true },
        targets: [
          { provider: 'openai', override_params: { model: 'a' } },
          { provider: 'groq', override_params: { model: 'b' } },
        ],
      }),
    );
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config).toMatchObject({ models: { default: ['openai/a'] }, cache: { ttl: '60s' } });
    expect(notesOf(made).toSorted()).toEqual([
      'cache.force_refresh',
      'retry.attempts',
      'retry.on_status_codes',
      'retry.use_retry_after_header',
      'targets',
    ]);
    const odd = await imported('portkey', JSON.stringify({ strategy: { mode: 'canary' }, targets: [{ provider: 'openai' }] }));
    expect(notesOf(odd)).toEqual(['strategy.mode']);
  });

  it('loads without what is no weight or no time, keeps the names of Cloudflare, and refuses what is no target', async () => {
    const made = await imported(
      'portkey',
      JSON.stringify({
        strategy: { mode: 'loadbalance' },
        request_timeout: 0.5,
        cache: { max_age: 10.5 },
        targets: [
          { provider: 'openai', weight: -1, override_params: { model: 'a' } },
          { provider: 'workers-ai', workers_ai_account_id: 'acc', override_params: { model: '@cf/meta/llama' } },
        ],
      }),
    );
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config).toMatchObject({
      models: { default: { deployments: ['openai/a', 'cloudflare/@cf/meta/llama'] } },
      timeouts: { totalMs: 1 },
      cache: { ttl: 10_500 },
    });
    expect(notesOf(made)).toEqual(['targets[0].weight']);
    expect(made.config.providers).toMatchObject({
      cloudflare: { baseURL: 'https://api.cloudflare.com/client/v4/accounts/acc/ai/v1' },
    });
    for (const wrong of [null, 'openai', { strategy: { mode: 'fallback' }, targets: [] }]) {
      const config = { targets: [{ provider: 'openai' }, { targets: [wrong] }] };
      await expect(imported('portkey', JSON.stringify(config))).rejects.toThrow('targets[1].targets[0]: expected a target');
    }
  });
});

import { describe, expect, it } from 'vitest';
import { check } from '../../src/cli/check.ts';
import { importConfig } from '../../src/cli/import.ts';
import { file, tollgate } from './command-process.ts';
import { errorsOf, imported } from './imported.ts';

// Modelled on the examples of docs.litellm.ai/docs/proxy/configs and /reliability, with names and values of our own.
const PROXY = `
model_list:
  - model_name: smart
    litellm_params: { model: azure/smart-eu, api_base: https://eu.example.com/, api_key: os.environ/EU_KEY, rpm: 6 }
  - model_name: smart
    litellm_params: { model: azure/smart-us, api_base: https://us.example.com/, api_key: plain-key-0123456789, rpm: 12 }
  - model_name: claude
    litellm_params: { model: bedrock/converse/anthropic.claude-x, aws_region_name: us-east-1, temperature: 0.2 }
  - model_name: small
    litellm_params: { model: gpt-5-mini, api_key: os.environ/OPENAI_API_KEY, input_cost_per_token: 0.0000005, output_cost_per_token: 0.000002 }
    rpm: 3
  - model_name: own
    litellm_params: { model: openai/team/own-model, api_base: http://127.0.0.1:1/v1, api_key: none }
  - model_name: anthropic/*
    litellm_params: { model: anthropic/*, api_key: os.environ/ANTHROPIC_API_KEY }
  - model_name: strange
    litellm_params: { model: sagemaker/thing }
litellm_settings:
  drop_params: true
  num_retries: 2
  request_timeout: 10
  max_budget: 100
  budget_duration: 30d
  fallbacks: [{ smart: [claude, gone] }, { claude: [smart] }]
  context_window_fallbacks: [{ small: [smart] }]
router_settings:
  routing_strategy: simple-shuffle
  model_group_alias: { best: smart }
  provider_budget_config: { openai: { budget_limit: 5, time_period: 1d } }
general_settings:
  master_key: sk-proxy-0123456789
`;

describe('tollgate import litellm', () => {
  it('makes models, accounts, fallbacks, limits and budgets of a proxy configuration', async () => {
    const made = await imported('litellm', PROXY);
    expect(await errorsOf(made)).toEqual([]);
    const smart = {
      strategy: 'weighted',
      deployments: [
        { provider: 'azure', model: 'smart-eu', rpm: 6, weight: 6 },
        { provider: 'azure-2', model: 'smart-us', rpm: 12, weight: 12 },
      ],
      fallbacks: ['claude'],
    };
    expect(made.config.providers).toEqual({
      azure: { apiKey: '${EU_KEY}', baseURL: 'https://eu.example.com/' },
      'azure-2': { type: 'azure', apiKey: '${AZURE_OPENAI_API_KEY_1}', baseURL: 'https://us.example.com/' },
      bedrock: { region: 'us-east-1' },
      openai: {},
      'openai-compatible': { baseURL: 'http://127.0.0.1:1/v1' },
      anthropic: {},
    });
    expect(made.config.models).toEqual({
      smart,
      best: smart,
      claude: [{ provider: 'bedrock', model: 'anthropic.claude-x', params: { temperature: 0.2 } }],
      small: {
        deployments: [{ provider: 'openai', model: 'gpt-5-mini', rpm: 3, price: { input: 0.5, output: 2 } }],
        fallbacks: { contextWindow: ['smart'] },
      },
      own: ['openai-compatible/team/own-model'],
      'anthropic/*': ['anthropic/*'],
    });
    expect(made.config).toMatchObject({
      retry: { attemptsPerDeployment: 3, maxAttempts: 6 },
      timeouts: { totalMs: 10_000 },
      budgets: [
        { name: 'everybody', limit: { usd: 100 }, window: { rolling: '30d' } },
        { name: 'provider-openai', match: { provider: 'openai*' }, limit: { usd: 5 }, window: { rolling: '1d' } },
      ],
    });
  });

  // What the published examples of BerriAI/litellm (proxy_server_config.yaml, otel_test_config.yaml, adaptive_router_example.yaml)
  // have beside the usual, with names of our own.
  it('keeps the timeouts of deployments, the tags of equal ones, and leaves out what names no model', async () => {
    const made = await imported(
      'litellm',
      `
model_list:
  - model_name: patient
    litellm_params: { model: gpt-5, timeout: 300, stream_timeout: 60 }
  - model_name: patient
    litellm_params: { model: azure/gpt-5, api_base: https://eu.example.com/, timeout: 400 }
  - model_name: hasty
    litellm_params: { model: gpt-5, stream_timeout: 0.0001 }
  - model_name: mixed
    litellm_params: { model: gpt-5, timeout: 300 }
  - model_name: mixed
    litellm_params: { model: gpt-5-mini }
  - model_name: tagged
    litellm_params: { model: gpt-5, tags: [a] }
  - model_name: tagged
    litellm_params: { model: gpt-5, tags: [b] }
  - model_name: nameless
    litellm_params: { model: azure/, api_base: https://eu.example.com/ }
  - model_name: half
    litellm_params: { model: gpt-5, input_cost_per_token: 0.000005 }
`,
    );
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config.models).toEqual({
      patient: { strategy: 'weighted', deployments: ['openai/gpt-5', 'azure/gpt-5'], timeouts: { totalMs: 400_000 } },
      hasty: { deployments: ['openai/gpt-5'], timeouts: { firstTokenMs: 1 } },
      mixed: { strategy: 'weighted', deployments: ['openai/gpt-5', 'openai/gpt-5-mini'] },
      tagged: [{ provider: 'openai', model: 'gpt-5', tags: ['a', 'b'] }],
      half: ['openai/gpt-5'],
    });
    expect(made.notes).toEqual([
      { path: 'model_list[4]', message: "a timeout that not all deployments of 'mixed' have is left out" },
      { path: 'model_list[6]', message: 'is the same deployment as one before it: only its tags are kept' },
      { path: 'model_list[7].litellm_params.model', message: 'names no model behind its vendor: left out' },
      {
        path: 'model_list[8].litellm_params.input_cost_per_token',
        message: 'says nothing without output_cost_per_token: the price list is asked for both',
      },
    ]);
  });

  // What the examples in the pages of BerriAI/litellm-docs have, with names and values of our own.
  it("reads LiteLLM's names: ways and regions before a model, spellings, and what the type of Tollgate does not reach", async () => {
    const made = await imported(
      'litellm',
      `
model_list:
  - { model_name: a, litellm_params: { model: bedrock/us-west-2/6-month-commitment/anthropic.claude-x } }
  - { model_name: b, litellm_params: { model: 'bedrock/llama/arn:aws:bedrock:us-east-1:1:imported-model/m', aws_region_name: us-east-1 } }
  - { model_name: c, litellm_params: { model: azure/o_series/mine, api_base: https://eu.example.com } }
  - { model_name: d, litellm_params: { model: openai/responses/gpt-5 } }
  - { model_name: e, litellm_params: { model: vertex_ai/gemini/123, vertex_ai_project: shop, vertex_ai_location: europe-west1 } }
  - { model_name: f, litellm_params: { model: amazon_nova/nova-x } }
  - { model_name: g, litellm_params: { model: ollama_chat/gemma, api_base: 'http://ollama.example.com:11434/' } }
  - { model_name: h, litellm_params: { model: anthropic/claude-x, api_base: https://proxy.example.com/v1/messages } }
  - { model_name: out1, litellm_params: { model: bedrock/agent/one/two } }
  - { model_name: out2, litellm_params: { model: vertex_ai/meta/llama-maas } }
  - { model_name: out3, litellm_params: { model: chatgpt/gpt-5 } }
  - { model_name: out4, litellm_params: { model: azure/speech/azure-tts, api_base: https://eu.example.com } }
`,
    );
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config.models).toEqual({
      a: ['bedrock/anthropic.claude-x'],
      b: ['bedrock-2/arn:aws:bedrock:us-east-1:1:imported-model/m'],
      c: ['azure/mine'],
      d: ['openai/gpt-5'],
      e: ['vertex/endpoints/123'],
      f: ['amazon-nova/nova-x'],
      g: ['ollama/gemma'],
      h: ['anthropic/claude-x'],
    });
    expect(made.config.providers).toMatchObject({
      bedrock: { region: 'us-west-2' },
      'bedrock-2': { region: 'us-east-1' },
      vertex: { project: 'shop', region: 'europe-west1' },
      'amazon-nova': { apiKey: '${AMAZON_NOVA_API_KEY}' },
      ollama: { baseURL: 'http://ollama.example.com:11434/v1' },
      anthropic: { baseURL: 'https://proxy.example.com' },
    });
    expect(made.notes.map(({ path, message }) => `${path} ${message.endsWith(': left out')}`)).toEqual(
      [8, 9, 10, 11].map((place) => `model_list[${place}].litellm_params.model true`),
    );
  });

  it('asks Azure for Claude on the wire of Anthropic, and for the rest as Foundry or as a serverless model', async () => {
    const made = await imported(
      'litellm',
      `
model_list:
  - { model_name: a, litellm_params: { model: azure_ai/claude-x, api_base: https://mine.services.ai.azure.com/anthropic, api_key: os.environ/AZURE_API_KEY } }
  - { model_name: b, litellm_params: { model: azure_ai/grok-x, api_base: https://mine.services.ai.azure.com } }
  - { model_name: c, litellm_params: { model: azure_ai/mistral-x, api_base: https://m.eastus2.inference.ai.azure.com } }
  - { model_name: d, litellm_params: { model: azure_ai/command-x } }
  - { model_name: e, litellm_params: { model: azure/gpt-x } }
`,
    );
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config.providers).toEqual({
      anthropic: { apiKey: '${AZURE_API_KEY}', baseURL: 'https://mine.services.ai.azure.com/anthropic' },
      azure: { apiKey: '${AZURE_AI_API_KEY}', baseURL: 'https://mine.services.ai.azure.com' },
      'openai-compatible': { apiKey: '${AZURE_AI_API_KEY}', baseURL: 'https://m.eastus2.inference.ai.azure.com/v1' },
      'azure-2': { type: 'azure', apiKey: '${AZURE_AI_API_KEY}', baseURL: '${AZURE_AI_API_BASE}' },
      'azure-3': { type: 'azure', baseURL: '${AZURE_API_BASE}' },
    });
  });

  it('takes an account of credential_list, numbers in quotes and prices of cached tokens, and notes what it cannot read', async () => {
    const made = await imported(
      'litellm',
      `
model_list:
  - model_name: shared
    litellm_params: { model: azure/gpt-x, litellm_credential_name: eu, api_version: v1, rpm: "60", tpm: os.environ/TPM }
    api_base: https://elsewhere.example.com
    model_info: { base_model: azure/gpt-4o, mode: chat, input_cost_per_audio_token: 0.00001 }
  - model_name: priced
    litellm_params: { model: gpt-x, organization: [one, two] }
    model_info:
      input_cost_per_token: 0.000002
      output_cost_per_token: 0.000008
      cache_read_input_token_cost: 0.0000005
      cache_creation_input_token_cost: 0.0000025
  - { model_name: 'a::*::b', litellm_params: { model: 'openai/a::*::b' } }
credential_list:
  - { credential_name: eu, credential_values: { api_key: os.environ/EU_KEY, api_base: https://eu.example.com, api_version: 2024-10-21 } }
router_settings:
  provider_budget_config: { azure_ai: { budget_limit: 0.000000000001, time_period: 1d } }
`,
    );
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config).toMatchObject({
      providers: { azure: { apiKey: '${EU_KEY}', baseURL: 'https://eu.example.com', apiVersion: 'v1' }, openai: {} },
      models: {
        shared: [{ provider: 'azure', model: 'gpt-x', rpm: 60 }],
        priced: [{ provider: 'openai', model: 'gpt-x', price: { input: 2, output: 8, cacheRead: 0.5, cacheWrite: 2.5 } }],
      },
      budgets: [{ match: { provider: 'azure' }, limit: { usd: 1e-9 } }],
    });
    expect(made.notes.map(({ path }) => path)).toEqual([
      'model_list[0].litellm_params.tpm',
      'model_list[0].api_base',
      'model_list[0].model_info.base_model',
      'model_list[0].model_info.input_cost_per_audio_token',
      'model_list[1].litellm_params.organization',
      'model_list[2]',
    ]);
  });

  // The forms of docs.litellm.ai/docs/proxy/provider_budget_routing and /users.
  it('makes budgets of tags, one for each user, and notes what is no number or limits a deployment', async () => {
    const made = await imported(
      'litellm',
      `
model_list:
  - { model_name: a, litellm_params: { model: openai/gpt-x, max_budget: 0.5, budget_duration: 1d } }
litellm_settings:
  tag_budget_config: { 'product:bot': { max_budget: 0.5, budget_duration: 1d }, empty: {} }
  max_internal_user_budget: 10
  internal_user_budget_duration: 1mo
  max_end_user_budget: 0.5
  request_timeout: os.environ/TIMEOUT
`,
    );
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config.budgets).toEqual([
      { name: 'each-user', each: 'user', limit: { usd: 10 }, window: 'month' },
      { name: 'tag-product:bot', match: { tags: 'product:bot' }, limit: { usd: 0.5 }, window: { rolling: '1d' } },
    ]);
    expect(made.notes).toEqual([
      {
        path: 'model_list[0].litellm_params.max_budget',
        message: 'a budget counts by model, provider or caller, not by deployment: see budgets',
      },
      { path: 'model_list[0].litellm_params.budget_duration', message: 'goes with max_budget' },
      {
        path: 'litellm_settings.max_end_user_budget',
        message: 'is left out: each user has one budget here, that of max_internal_user_budget',
      },
      { path: 'litellm_settings.tag_budget_config.empty', message: 'has no limit: left out' },
      { path: 'litellm_settings.request_timeout', message: 'is no number that is written here: left out' },
    ]);
  });

  it('notes what it left out, with its path, and repeats no key', async () => {
    const { code, stdout } = await tollgate(['import', 'litellm', file('proxy.yaml', PROXY)]);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/plain-key|sk-proxy/);
    for (const line of [
      'model_list[1].litellm_params.api_key: holds a key, which is not repeated here: set AZURE_OPENAI_API_KEY_1 to it',
      'model_list[6].litellm_params.model: its vendor has no type in Tollgate',
      "litellm_settings.fallbacks: 'gone' is no model of this file",
      "litellm_settings.fallbacks: 'claude' to 'smart' closes a circle",
      'litellm_settings.drop_params: ',
      'general_settings.master_key: keys are made one for each caller: tollgate keys new',
    ]) {
      expect(stdout).toContain(`# - ${line}`);
    }
    expect((await check.run([file('proxy-made.yaml', stdout), '--json'])).text).not.toContain('"error"');
  });
});

describe('tollgate import repeats no secret', () => {
  const SECRETS = `
model_list:
  - model_name: a
    litellm_params:
      model: openai/a
      api_base: https://user:hunter22@one.example.com/v1?code=s3cr3t-query#x
      api_key: sk-inline-0123456789
      extra_headers:
        Authorization: Bearer hidden-token-1
        X-Internal: hidden-header-2
        Ocp-Apim-Subscription-Key: os.environ/APIM_KEY
        anthropic-version: 2023-06-01
        X-Title: sk-hidden-title-3456
      aws_secret_access_key: hidden-aws-4
  - model_name: a
    litellm_params: { model: openai/b, api_base: 'https://one.example.com/v1', extra_headers: { Authorization: 'Bearer hidden-token-5' } }
  - model_name: a
    litellm_params: { model: openai/c, api_base: 'one.example.com/hidden?key=hidden-6', api_key: os.environ/OPENAI_API_KEY }
`;

  it('of headers, addresses and keys of LiteLLM: variables stand there, and notes tell which', async () => {
    const made = await imported('litellm', SECRETS);
    expect(JSON.stringify(made)).not.toMatch(/hidden|hunter|s3cr3t|sk-inline/);
    expect(made.config.providers).toEqual({
      'openai-compatible': {
        apiKey: '${OPENAI_COMPATIBLE_API_KEY_1}',
        baseURL: 'https://one.example.com/v1',
        headers: {
          Authorization: '${OPENAI_COMPATIBLE_AUTHORIZATION_2}',
          'X-Internal': '${OPENAI_COMPATIBLE_X_INTERNAL_1}',
          'Ocp-Apim-Subscription-Key': '${APIM_KEY}',
          'anthropic-version': '2023-06-01',
          'X-Title': '${OPENAI_COMPATIBLE_X_TITLE_1}',
        },
      },
      'openai-compatible-2': {
        type: 'openai-compatible',
        baseURL: 'https://one.example.com/v1',
        headers: { Authorization: '${OPENAI_COMPATIBLE_AUTHORIZATION_3}' },
      },
      'openai-compatible-3': {
        type: 'openai-compatible',
        apiKey: '${OPENAI_API_KEY}',
        baseURL: '${OPENAI_COMPATIBLE_BASE_URL_1}',
      },
    });
    const at = 'model_list[0].litellm_params';
    expect(made.notes.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        `${at}.api_base`,
        `${at}.api_key`,
        `${at}.extra_headers.Authorization`,
        `${at}.extra_headers.X-Internal`,
        `${at}.extra_headers.X-Title`,
        `${at}.aws_secret_access_key`,
        'model_list[1].litellm_params.extra_headers.Authorization',
        'model_list[2].litellm_params.api_base',
      ]),
    );
    const { stdout } = await tollgate(['import', 'litellm', file('secrets.yaml', SECRETS)]);
    expect(stdout).not.toMatch(/hidden|hunter|s3cr3t|sk-inline/);
  });

  it("of Portkey's custom hosts", async () => {
    const target = {
      provider: 'openai',
      custom_host: 'https://me:hidden-1@two.example.com/v1?key=hidden-2',
      api_key: 'hidden-3',
    };
    const made = await imported('portkey', JSON.stringify(target));
    expect(JSON.stringify(made)).not.toContain('hidden');
    expect(made.config.providers).toEqual({
      openai: {
        apiKey: '${OPENAI_API_KEY_1}',
        baseURL: 'https://two.example.com/v1',
        headers: { authorization: '${OPENAI_AUTHORIZATION_1}' },
      },
    });
  });

  it("knows a vendor by its address, where the file says no more than that OpenAI's wire is spoken", async () => {
    const made = await imported(
      'litellm',
      `model_list:
  - { model_name: a, litellm_params: { model: openai/x/y, api_base: https://openrouter.ai/api/v1/, api_key: os.environ/OPENROUTER_API_KEY } }
  - { model_name: a, litellm_params: { model: openrouter/x/z, api_base: https://openrouter.ai/api/v1 } }`,
    );
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config.models).toEqual({ a: { strategy: 'weighted', deployments: ['openrouter/x/y', 'openrouter/x/z'] } });
    expect(made.config.providers).toEqual({ openrouter: {} });
  });
});

describe('tollgate import portkey', () => {
  it('makes a fallback of targets one model, in their order', async () => {
    const made = await imported(
      'portkey',
      JSON.stringify({
        strategy: { mode: 'fallback', on_status_codes: [429] },
        retry: { attempts: 3 },
        cache: { mode: 'simple', max_age: 60 },
        targets: [
          { provider: 'openai', api_key: 'plain-key-0123456789', override_params: { model: 'gpt-5-mini' } },
          { provider: '@anthropic', override_params: { model: 'claude-sonnet-4-5', max_tokens: 9 } },
        ],
      }),
    );
    expect(await errorsOf(made)).toEqual([]);
    expect(JSON.stringify(made)).not.toContain('plain-key');
    expect(made.config).toEqual({
      providers: { openai: { apiKey: '${OPENAI_API_KEY_1}' }, anthropic: {} },
      models: {
        default: ['openai/gpt-5-mini', { provider: 'anthropic', model: 'claude-sonnet-4-5', params: { max_tokens: 9 } }],
      },
      retry: { attemptsPerDeployment: 4 },
      cache: { ttl: '60s' },
    });
    expect(made.notes.map(({ path }) => path)).toEqual(['strategy.on_status_codes', 'targets[0].api_key']);
  });

  it('makes a group inside a fallback a model of its own, and of targets without a model any name', async () => {
    const group = {
      strategy: { mode: 'loadbalance' },
      targets: [
        { provider: 'openai', weight: 0.7, override_params: { model: 'gpt-5' } },
        { provider: 'groq', weight: 0.3, override_params: { model: 'x' } },
      ],
    };
    const nested = await imported(
      'portkey',
      JSON.stringify({
        strategy: { mode: 'fallback' },
        targets: [{ provider: 'openai', override_params: { model: 'gpt-5-mini' } }, group],
      }),
    );
    expect(await errorsOf(nested)).toEqual([]);
    expect(nested.config.models).toMatchObject({
      default: { deployments: ['openai/gpt-5-mini'], fallbacks: ['default-2'] },
      'default-2': { strategy: 'weighted', deployments: [{ weight: 0.7 }, { weight: 0.3 }] },
    });
    const open = await imported('portkey', JSON.stringify({ provider: 'openai' }));
    expect(await errorsOf(open)).toEqual([]);
    expect(open.config.models).toEqual({ '*': ['openai/*'] });
  });

  // What the pages of Portkey-AI/docs-core have, with names of our own.
  it('makes an account of each name in the vault, wherever it stands, and knows the vendor by the words in it', async () => {
    const made = await imported(
      'portkey',
      JSON.stringify({
        strategy: { mode: 'loadbalance' },
        targets: [
          { provider: '@openai-one', override_params: { model: 'gpt-5' } },
          { virtual_key: 'my-openai-two', overrideParams: { model: 'gpt-5' } },
          { override_params: { model: '@claude-three/claude-x' } },
          { virtualKey: 'azure-open-ai-four', override_params: { model: 'gpt-5' } },
          { provider: '@nobody', override_params: { model: 'm' } },
        ],
      }),
    );
    expect(await errorsOf(made)).toEqual([]);
    expect(made.config.providers).toEqual({
      openai: { apiKey: '${OPENAI_ONE_API_KEY}' },
      'openai-2': { type: 'openai', apiKey: '${MY_OPENAI_TWO_API_KEY}' },
      anthropic: { apiKey: '${CLAUDE_THREE_API_KEY}' },
      azure: { apiKey: '${AZURE_OPEN_AI_FOUR_API_KEY}', baseURL: '${AZURE_OPEN_AI_FOUR_BASE_URL}' },
      'openai-compatible': { apiKey: '${NOBODY_API_KEY}', baseURL: '${NOBODY_BASE_URL}' },
    });
    expect(made.config.models).toEqual({
      default: {
        strategy: 'weighted',
        deployments: ['openai/gpt-5', 'openai-2/gpt-5', 'anthropic/claude-x', 'azure/gpt-5', 'openai-compatible/m'],
      },
    });
    expect(made.notes.map(({ path }) => path)).toEqual([0, 1, 2, 3, 4].map((place) => `targets[${place}].provider`));
  });

  it('gives the deployments of a group the weight that the group has in its list', async () => {
    const leaf = (model: string, weight?: number) => ({ provider: 'openai', override_params: { model }, weight });
    const targets = [
      leaf('a', 0.9),
      { weight: 0.06, strategy: { mode: 'fallback' }, targets: [leaf('b', 5), leaf('c')] },
      { weight: 0.04, strategy: { mode: 'loadbalance' }, targets: [leaf('d', 3), leaf('e', 1)] },
    ];
    const made = await imported('portkey', JSON.stringify({ strategy: { mode: 'loadbalance' }, targets }));
    expect(await errorsOf(made)).toEqual([]);
    const of = (model: string, weight: number) => ({ provider: 'openai', model, weight });
    const deployments = [of('a', 0.9), of('b', 0.06), of('c', 0), of('d', 0.03), of('e', 0.01)];
    expect(made.config.models).toEqual({ default: { strategy: 'weighted', deployments } });
    expect(made.notes).toEqual([
      { path: 'targets', message: 'groups inside this list are taken apart: their deployments share the weight of their group' },
    ]);
  });

  it('takes groups of targets without a model apart, joins equal targets, and leaves out prompts', async () => {
    const group = { strategy: { mode: 'fallback' }, targets: [{ provider: 'groq' }, { prompt_id: 'p' }] };
    const targets = [{ provider: 'openai', weight: 0.5 }, { provider: 'openai', weight: 0.25 }, group];
    const made = await imported('portkey', JSON.stringify({ strategy: { mode: 'loadbalance' }, targets }));
    expect(await errorsOf(made)).toEqual([]);
    const openai = { provider: 'openai', model: '*', weight: 0.75 };
    expect(made.config.models).toEqual({ '*': { strategy: 'weighted', deployments: [openai, 'groq/*'] } });
    expect(made.notes.map(({ path }) => path)).toEqual(['targets', 'targets[2].targets[1].prompt_id', 'targets']);
  });
});

describe('tollgate import', () => {
  it.each([
    [[], 'name a format and a file'],
    [['litelm', 'x.yaml'], "did you mean 'litellm'?"],
    [['litellm', '/nowhere.yaml'], 'cannot read /nowhere.yaml'],
    [['litellm', file('list.yaml', '- 1')], 'holds no configuration'],
    [['litellm', file('ours.yaml', 'providers: {}')], 'is no configuration of litellm: expected model_list'],
    [['portkey', file('other.json', '{}')], 'is no configuration of portkey: expected targets or'],
  ])('refuses %j', async (args, message) => {
    await expect(importConfig.run(args)).rejects.toThrow(message);
  });
});

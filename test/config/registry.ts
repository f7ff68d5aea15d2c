import type { Environment } from '../../src/config/environment.ts';
import { normalise, type Registry } from '../../src/config/normalise.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { FailoverStrategy, RoutingStrategy } from '../../src/core/strategy.ts';
import type { VendorFacts } from '../../src/core/vendor-facts.ts';
import { ConfigurationError, type ConfigurationIssue } from '../../src/errors/configuration-error.ts';

const VENDORS: readonly VendorFacts[] = [
  { type: 'openai', apiKeyVariable: 'OPENAI_API_KEY', needsKey: true, vendor: 'openai', baseURL: 'https://api.openai.com/v1' },
  { type: 'anthropic', apiKeyVariable: 'ANTHROPIC_API_KEY', needsKey: true, vendor: 'anthropic' },
  { type: 'google', apiKeyVariable: 'GEMINI_API_KEY', needsKey: true, vendor: 'gcp.gemini' },
  { type: 'azure', apiKeyVariable: 'AZURE_OPENAI_API_KEY', needsKey: true, vendor: 'azure.ai.openai', needsBaseURL: true },
  { type: 'ollama', apiKeyVariable: undefined, needsKey: false, vendor: 'ollama', baseURL: 'http://127.0.0.1:11434/v1' },
  { type: 'openai-compatible', apiKeyVariable: undefined, needsKey: false, vendor: 'openai', needsBaseURL: true },
];

const ROUTING_NAMES = ['priority', 'weighted', 'round-robin'];

export const registry: Registry = {
  vendors: new Map(VENDORS.map((facts) => [facts.type, facts])),
  strategies: {
    routing: new Map(ROUTING_NAMES.map((name): [string, RoutingStrategy] => [name, { name, order: (candidates) => candidates }])),
    failover: new Map<'spread' | 'insist', FailoverStrategy>([
      ['spread', { name: 'spread', decide: () => ({ action: 'next', afterMs: 0 }) }],
      ['insist', { name: 'insist', decide: () => ({ action: 'retry', afterMs: 0 }) }],
    ]),
  },
};

const environment: Environment = { OPENAI_API_KEY: 'sk-from-environment' };

/** A small valid configuration with some sections replaced. */
export function configWith(sections: Record<string, unknown>): Record<string, unknown> {
  return { providers: { openai: {} }, ...sections };
}

export function planOf(config: unknown, variables: Environment = environment): Plan {
  return normalise(config, variables, 1, registry);
}

/** What is wrong with a configuration; empty if nothing is. */
export function issuesOf(config: unknown, variables: Environment = environment): readonly ConfigurationIssue[] {
  try {
    planOf(config, variables);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.issues;
    throw error;
  }
}

export function pathsOf(config: unknown, variables: Environment = environment): string[] {
  return issuesOf(config, variables).map(({ path }) => path);
}

/** The contract's example; `long` is declared here so that it holds together. */
export const exampleConfig = {
  providers: {
    openai: {},
    anthropic: { apiKey: 'claude-key' },
    gemini: { type: 'google' },
    azureEast: { type: 'azure', baseURL: 'https://east.example.com', apiVersion: '2025-04-01-preview' },
    lab: { type: 'openai-compatible', baseURL: 'http://127.0.0.1:8000/v1' },
  },
  models: {
    fast: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5'],
    long: ['gemini/gemini-3-pro'],
    smart: {
      strategy: 'weighted',
      deployments: [
        { provider: 'openai', model: 'gpt-5.5', weight: 3, rpm: 500, tpm: 2_000_000, maxConcurrent: 64 },
        { provider: 'anthropic', model: 'claude-opus-5', weight: 1 },
      ],
      fallbacks: { default: ['fast'], contextWindow: ['long'] },
    },
  },
  budgets: [
    { name: 'company', limit: { usd: 5000 }, window: 'month', timezone: 'Europe/Berlin', warnAt: [0.8] },
    { name: 'team', each: 'team', limit: { usd: 200, tokens: 50_000_000 }, window: 'month', onExceed: 'block' },
    { name: 'user-rate', each: 'user', limit: { requests: 60 }, window: { rolling: '1m' } },
  ],
  access: { rules: [{ match: { team: 'intern' }, allow: ['fast'] }] },
} as const;

export const exampleEnvironment: Environment = {
  OPENAI_API_KEY: 'sk-openai',
  GEMINI_API_KEY: 'gemini-key',
  AZURE_OPENAI_API_KEY: 'azure-key',
};

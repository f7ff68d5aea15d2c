import { describe, expect, it } from 'vitest';
import { vendors } from '../../../src/providers/open-ai-wire-provider.ts';
import { OPENAI_PATHS } from '../../../src/providers/openai/openai-paths.ts';

const DOCUMENTED = [
  'openai',
  'azure',
  'mistral',
  'groq',
  'deepseek',
  'xai',
  'openrouter',
  'together',
  'fireworks',
  'perplexity',
  'cerebras',
  'ollama',
  'vllm',
  'openai-compatible',
];

describe('the vendors of the wire', () => {
  it('are at least forty, each type once, all the documented ones among them', () => {
    expect(vendors.size).toBeGreaterThanOrEqual(40);
    for (const type of DOCUMENTED) expect(vendors.has(type)).toBe(true);
    for (const [type, vendor] of vendors) expect(vendor.type).toBe(type);
  });

  it.each([...vendors.values()])('$type has an address or says where it is, a key where it needs one, and a source', (vendor) => {
    if (vendor.baseURL === undefined)
      expect(vendor.type === 'openai-compatible' || vendor.type === 'azure' || vendor.label.includes('https://')).toBe(true);
    else expect(new URL(vendor.baseURL).pathname.replace(/^\/$/, '')).not.toMatch(/\/$/);
    const isOwn = vendor.baseURL?.includes('127.0.0.1') || vendor.type === 'openai-compatible';
    if (!isOwn) expect(vendor.keyVariables.length).toBeGreaterThan(0);
    for (const name of vendor.keyVariables) expect(name).toMatch(/^[A-Z][A-Z0-9_]+$/);
    for (const operation of vendor.operations) expect(operation === 'passthrough' || OPENAI_PATHS.has(operation)).toBe(true);
    expect(vendor.source).toMatch(/^https:\/\//);
  });

  it('have the names that telemetry defines', () => {
    const names = ['openai', 'azure', 'mistral', 'xai', 'deepseek', 'groq', 'perplexity'].map(
      (type) => vendors.get(type)?.vendor,
    );
    expect(names).toEqual(['openai', 'azure.ai.openai', 'mistral_ai', 'x_ai', 'deepseek', 'groq', 'perplexity']);
  });
});

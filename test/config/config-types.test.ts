import { expect, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import { defineConfig } from '../../src/config/define-config.ts';
import type {
  AccessConfig,
  BudgetConfig,
  DeploymentConfig,
  GatewayConfig,
  ModelOptions,
  ProviderConfig,
  VirtualKeyConfig,
} from '../../src/config/gateway-config.ts';
import type { configSchema } from '../../src/config/schema.ts';
import { exampleConfig } from './registry.ts';

type Input = z.input<typeof configSchema>;
type Section<Name extends keyof Input> = NonNullable<Input[Name]>;
type InputModel = Extract<Section<'models'>[string], { deployments: unknown }>;
type InputDeployment = Exclude<InputModel['deployments'][number], string>;

test('the types a user sees name the same options as the schema', () => {
  expectTypeOf<keyof GatewayConfig>().toEqualTypeOf<keyof Input>();
  expectTypeOf<keyof ProviderConfig>().toEqualTypeOf<keyof Input['providers'][string]>();
  expectTypeOf<keyof ModelOptions>().toEqualTypeOf<keyof InputModel>();
  expectTypeOf<keyof DeploymentConfig>().toEqualTypeOf<keyof InputDeployment>();
  expectTypeOf<keyof BudgetConfig>().toEqualTypeOf<keyof Section<'budgets'>[number]>();
  expectTypeOf<keyof AccessConfig>().toEqualTypeOf<keyof Section<'access'>>();
  expectTypeOf<keyof VirtualKeyConfig>().toEqualTypeOf<keyof NonNullable<Section<'access'>['keys']>[number]>();
  expectTypeOf<GatewayConfig>().toExtend<Input>();
  expectTypeOf<Input>().toExtend<GatewayConfig>();
});

test('defineConfig takes the example of the contract, also as constants, and returns it', () => {
  expect(defineConfig(exampleConfig)).toBe(exampleConfig);
});

test('defineConfig knows misspelt options', () => {
  // @ts-expect-error: the option is called apiKey
  const config = defineConfig({ providers: { openai: { apikey: 'x' } } });
  expect(config.providers).toHaveProperty('openai');
});

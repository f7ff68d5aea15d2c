import { ConfigurationError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { normalise } from '../../src/config/normalise.ts';
import { REGISTRY } from '../../src/gateway/composition/declared-plan.ts';

const regionOf = (bedrock: object, environment: Record<string, string>) =>
  normalise({ providers: { bedrock } }, environment, 1, REGISTRY).providers.get('bedrock')?.options.region;

describe('the region of a vendor whose address depends on it', () => {
  it.each([
    ['the configured one', { region: 'eu-west-1' }, { AWS_REGION: 'us-east-1' }, 'eu-west-1'],
    ["else AWS_REGION's", {}, { AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-west-2' }, 'us-east-1'],
    ["else AWS_DEFAULT_REGION's", {}, { AWS_REGION: ' ', AWS_DEFAULT_REGION: 'us-west-2' }, 'us-west-2'],
    ['nowhere needed beside an address', { baseURL: 'https://bedrock.example' }, {}, undefined],
  ])('is %s', (_, bedrock, environment, region) => {
    expect(regionOf(bedrock, environment as Record<string, string>)).toBe(region);
  });

  it.each([
    [{}, 'providers.bedrock.region: is missing'],
    [{ AWS_REGION: 'not a region' }, 'providers.bedrock.region: the environment holds no valid region'],
  ])('with the environment %j is refused', (environment, words) => {
    const make = () => regionOf({}, environment as Record<string, string>);
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(words);
  });
});

import type { OpenAiHost } from '../provider-type.ts';

export const bedrockMantle: OpenAiHost = {
  type: 'bedrock-mantle',
  label: 'Amazon Bedrock Mantle (https://bedrock-mantle.{region}.api.aws/v1)',
  group: 'cloud',
  listedAs: 'aws',
  vendor: 'aws.bedrock',
  keys: ['AWS_BEARER_TOKEN_BEDROCK'],
  operations: ['responses'],
  quirks: { maxTokens: 'as-given', reasoningField: 'reasoning', resetGrammar: undefined },
  source: 'https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html',
};

import type { OpenAiHost } from '../provider-type.ts';

export const bedrockOpenai: OpenAiHost = {
  type: 'bedrock-openai',
  label: 'Amazon Bedrock runtime, OpenAI route (https://bedrock-runtime.{region}.amazonaws.com/openai/v1)',
  group: 'cloud',
  listedAs: 'aws',
  vendor: 'aws.bedrock',
  keys: ['AWS_BEARER_TOKEN_BEDROCK'],
  operations: ['responses'],
  quirks: { maxTokens: 'max_completion_tokens', reasoningTag: 'reasoning', resetGrammar: undefined },
  source: 'https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions.html',
};

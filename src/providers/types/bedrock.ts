import { Part } from '../../core/part.ts';
import type { NativeType } from '../provider-type.ts';

export const bedrock: NativeType = {
  type: 'bedrock',
  label: 'Amazon Bedrock Converse',
  otherNames: ['aws', 'aws-bedrock', 'amazon-bedrock'],
  vendor: 'aws.bedrock',
  listedAs: 'aws',
  keys: ['AWS_BEARER_TOKEN_BEDROCK'],
  needsKey: false,
  otherKey: 'signed by AWS’s credentials',
  regionVariables: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
  exampleModel: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  source: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html',
  code: new Part('the bedrock wire', async () => {
    const { bedrockOrigin, bedrockProvider } = await import('../bedrock/provider.ts');
    return { create: bedrockProvider, origin: bedrockOrigin };
  }),
};

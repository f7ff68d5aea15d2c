import type { OpenAiHost } from '../provider-type.ts';

export const databricks: OpenAiHost = {
  type: 'databricks',
  label: 'Databricks model serving (https://{workspace}/serving-endpoints)',
  group: 'cloud',
  keys: ['DATABRICKS_TOKEN'],
  operations: ['responses', 'completions', 'embeddings'],
  source: 'https://docs.databricks.com/aws/en/machine-learning/foundation-model-apis/api-reference',
};

import type { OpenAiHost } from '../provider-type.ts';

export const snowflake: OpenAiHost = {
  type: 'snowflake',
  label: 'Snowflake Cortex (https://{account}.snowflakecomputing.com/api/v2/cortex/v1)',
  group: 'cloud',
  keys: ['SNOWFLAKE_CORTEX_PAT', 'SNOWFLAKE_PAT'],
  quirks: { maxTokens: 'max_completion_tokens', resetGrammar: undefined },
  source: 'https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-rest-api',
};

import type { OpenAiHost } from '../provider-type.ts';

export const stepfun: OpenAiHost = {
  type: 'stepfun',
  label: 'StepFun',
  group: 'maker',
  baseURL: 'https://api.stepfun.com/v1',
  keys: ['STEPFUN_API_KEY'],
  operations: ['responses'],
  quirks: { reasoningField: 'reasoning', resetGrammar: undefined },
  source: 'https://platform.stepfun.com/docs/zh/api-reference/chat/chat-completion-create',
};

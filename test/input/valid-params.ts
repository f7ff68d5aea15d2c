const look = {
  type: 'function',
  function: {
    name: 'look',
    description: 'Looks.',
    parameters: {
      type: 'object',
      properties: { at: { type: 'string', enum: ['a', 'b'] }, n: { type: ['integer', 'null'], minimum: 1 } },
      required: ['at'],
      additionalProperties: false,
    },
    strict: true,
  },
  cache_control: { type: 'ephemeral' },
};
const mark = { type: 'ephemeral', ttl: '1h' };
const user = { role: 'user', content: 'hello' };

const history = [
  { role: 'system', content: [{ type: 'text', text: 'be kind', cache_control: mark }] },
  { role: 'developer', content: 'be brief' },
  { role: 'user', content: [{ type: 'text', text: 'look', cache_control: mark }], name: 'ada' },
  {
    role: 'assistant',
    content: [{ type: 'text', text: 'yes' }],
    refusal: null,
    reasoning_content: 'hm',
    reasoning_details: [
      { type: 'reasoning.text', text: 'hm', signature: 's', format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.text', text: 'hm', signature: 's', format: 'google-gemini-v1', index: 0 },
      { type: 'reasoning.encrypted', data: 'x', format: 'google-gemini-v1', id: 'text:0-3', index: 1 },
      { type: 'reasoning.text', text: 'hm', format: 'cohere-v2', index: 0 },
    ],
    tool_calls: [
      { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":"a"}' }, cache_control: mark },
      {
        id: 'c2',
        type: 'function',
        function: { name: 'look', arguments: '' },
        extra_content: { google: { thought_signature: 's' } },
      },
    ],
  },
  { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: '{"seen":1}', cache_control: mark }] },
  { role: 'tool', tool_call_id: 'c2', content: 'nothing', cache_control: mark },
  user,
];

const legacy = [
  user,
  { role: 'assistant', content: null, function_call: { name: 'look', arguments: '{}' } },
  { role: 'function', name: 'look', content: 'seen' },
];

/** Chat params that at least one wire honours in full, by what they are about. */
export const CHAT: Readonly<Record<string, Record<string, unknown>>> = {
  history: { messages: history, tools: [look], tool_choice: 'auto' },
  'legacy functions': { messages: legacy, functions: [{ name: 'look', parameters: {} }], function_call: { name: 'look' } },
  image: {
    messages: [
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } }] },
    ],
  },
  file: {
    messages: [
      { role: 'user', content: [{ type: 'file', file: { file_data: 'data:application/pdf;base64,JVBE', filename: 'a.pdf' } }] },
    ],
  },
  sound: { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }] }] },
  'one tool': { messages: [user], tools: [look], tool_choice: { type: 'function', function: { name: 'look' } } },
  'allowed tools': {
    messages: [user],
    tools: [look],
    tool_choice: {
      type: 'allowed_tools',
      allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'look' } }] },
    },
  },
  format: {
    messages: [user],
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'place', description: 'A place.', schema: look.function.parameters, strict: true },
    },
  },
  sampling: { messages: [user], temperature: 0.5, max_completion_tokens: 500, stop: ['a', 'b'], metadata: { a: 'b' }, user: 'u' },
  'more sampling': { messages: [user], top_p: 0.9, max_tokens: 500, stop: 'a', n: 1, seed: 1, frequency_penalty: 0 },
  thinking: { messages: [user], reasoning_effort: 'low', max_tokens: 4_000, service_tier: 'auto' },
  "Anthropic's own": {
    messages: [user],
    thinking: { type: 'enabled', budget_tokens: 2_000 },
    stop_sequences: ['x'],
    betas: ['b'],
  },
  "Google's own": {
    messages: [user],
    generationConfig: { topK: 3 },
    safetySettings: [{ category: 'c', threshold: 't' }],
    continuationToken: 'dG9rZW4=',
    toolConfig: { functionCallingConfig: { mode: 'AUTO' } },
    tools: [{ googleSearch: {} }],
  },
  "Bedrock's own": { messages: [user], additionalModelRequestFields: { a: 1 }, guardrailConfig: { guardrailIdentifier: 'g' } },
  "Cohere's own": { messages: [user], documents: [{ data: { a: 'b' } }], safety_mode: 'NONE' },
};

export const RESPONSES: Readonly<Record<string, Record<string, unknown>>> = {
  history: {
    instructions: 'be kind',
    input: [
      { role: 'user', content: [{ type: 'input_text', text: 'look' }] },
      { type: 'reasoning', id: 'r', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'x' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'yes', annotations: [] }] },
      { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c1', output: [{ type: 'input_text', text: 'seen' }] },
      { role: 'user', content: 'go on' },
    ],
    tools: [{ type: 'function', name: 'look', parameters: look.function.parameters, strict: true }],
    tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'look' }] },
  },
  image: {
    input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' }] }],
  },
  file: {
    input: [
      { role: 'user', content: [{ type: 'input_file', file_data: 'data:application/pdf;base64,JVBE', filename: 'a.pdf' }] },
    ],
  },
  format: {
    input: 'hello',
    text: { format: { type: 'json_schema', name: 'place', schema: look.function.parameters, strict: true } },
    max_output_tokens: 500,
    temperature: 0.5,
    metadata: { a: 'b' },
    include: ['reasoning.encrypted_content'],
  },
  thinking: { input: 'hello', reasoning: { effort: 'low', summary: 'auto' }, max_output_tokens: 4_000 },
};

export const EMBEDDINGS: Readonly<Record<string, Record<string, unknown>>> = {
  texts: { input: ['a', 'b', 'c'], encoding_format: 'float' },
  text: { input: 'a', encoding_format: 'base64', user: 'u' },
};

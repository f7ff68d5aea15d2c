import { describe, expect, it } from 'vitest';
import { bridgeResponses } from '../../src/bridges/responses/bridge.ts';
import { sealReasoning } from '../../src/bridges/responses/sealed-reasoning.ts';
import type { ReasoningDetail } from '../../src/core/chat.ts';
import type { Operation } from '../../src/core/operation.ts';
import { RequestInvalid } from '../../src/providers/request-invalid.ts';
import { chatParams, chatProvider, completion, context, responsesRequest, unsupported } from './chat-provider.ts';

const look = { type: 'function', name: 'look', description: 'Looks.', parameters: { type: 'object' }, strict: true };
const lookInChat = {
  type: 'function',
  function: { name: 'look', description: 'Looks.', parameters: { type: 'object' }, strict: true },
};
const user = { role: 'user', content: 'hello' };
const signed: ReasoningDetail = {
  type: 'reasoning.text',
  text: 'hm',
  signature: 'c2ln',
  format: 'anthropic-claude-v1',
  index: 0,
};

/** What of the request is named, in Responses' form and in chat's. */
const PARAMS: readonly (readonly [string, Record<string, unknown>, Record<string, unknown>])[] = [
  ['a string as the user', { input: 'hello' }, { messages: [user] }],
  [
    'instructions as the system',
    { instructions: 'Be brief.', input: 'hello' },
    { messages: [{ role: 'system', content: 'Be brief.' }, user] },
  ],
  ['max_output_tokens', { max_output_tokens: 50 }, { max_completion_tokens: 50 }],
  [
    'sampling and hints',
    { temperature: 0.2, top_p: 0.9, user: 'u', metadata: { a: 'b' } },
    { temperature: 0.2, top_p: 0.9, user: 'u', metadata: { a: 'b' } },
  ],
  ['fields that neither API has', { top_k: 5, thinking: { type: 'adaptive' } }, { top_k: 5, thinking: { type: 'adaptive' } }],
  [
    'functions',
    { tools: [look], tool_choice: 'required', parallel_tool_calls: false },
    { tools: [lookInChat], tool_choice: 'required', parallel_tool_calls: false },
  ],
  [
    'a tool in a native form',
    { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
    { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
  ],
  [
    'a forced function',
    { tools: [look], tool_choice: { type: 'function', name: 'look' } },
    { tools: [lookInChat], tool_choice: { type: 'function', function: { name: 'look' } } },
  ],
  [
    'allowed functions',
    { tools: [look], tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'look' }] } },
    {
      tools: [lookInChat],
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'look' } }] },
      },
    },
  ],
  ['a choice of no tools as nothing', { tools: [], tool_choice: 'auto', parallel_tool_calls: true }, {}],
  [
    'a schema of the text',
    {
      text: {
        format: { type: 'json_schema', name: 'place', schema: { type: 'object' }, strict: true, description: 'A place.' },
        verbosity: 'low',
      },
    },
    {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'place', schema: { type: 'object' }, strict: true, description: 'A place.' },
      },
      verbosity: 'low',
    },
  ],
  ['JSON without a schema', { text: { format: { type: 'json_object' } } }, { response_format: { type: 'json_object' } }],
  ['plain text as nothing', { text: { format: { type: 'text' } } }, {}],
  ['an effort', { reasoning: { effort: 'high', summary: 'auto' } }, { reasoning_effort: 'high' }],
  ['probabilities', { include: ['message.output_text.logprobs'], top_logprobs: 3 }, { logprobs: true, top_logprobs: 3 }],
  ['no probabilities unless included', { top_logprobs: 3, include: ['reasoning.encrypted_content'] }, {}],
  [
    'what happens anyway as nothing',
    {
      store: false,
      truncation: 'disabled',
      background: false,
      background_options: { completion_window: 'soonest', continuation_id: 'c' },
      stream: true,
      stream_options: { include_obfuscation: false },
      max_tool_calls: 4,
      previous_response_id: null,
    },
    {},
  ],
];

/** Items in a row, and the messages they make. */
const ITEMS: readonly (readonly [string, readonly unknown[], readonly unknown[]])[] = [
  [
    'messages of every role',
    [
      { role: 'developer', content: 'a' },
      { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'b' }] },
      { role: 'user', content: 'c' },
      { role: 'assistant', content: 'd' },
    ],
    [
      { role: 'developer', content: 'a' },
      { role: 'system', content: 'b' },
      { role: 'user', content: 'c' },
      { role: 'assistant', content: 'd' },
    ],
  ],
  [
    'text, image, file and audio parts',
    [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'see' },
          { type: 'input_image', image_url: 'https://a/b.png', detail: 'low' },
          { type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'original' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' },
          { type: 'input_file', file_url: 'https://a/b.pdf' },
          { type: 'input_file', file_id: 'file_1' },
          { type: 'input_audio', input_audio: { data: 'AA==', format: 'mp3' } },
        ],
      },
    ],
    [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'see' },
          { type: 'image_url', image_url: { url: 'https://a/b.png', detail: 'low' } },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==', detail: 'high' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' } },
          { type: 'file', file: { file_data: 'https://a/b.pdf' } },
          { type: 'file', file: { file_id: 'file_1' } },
          { type: 'input_audio', input_audio: { data: 'AA==', format: 'mp3' } },
        ],
      },
    ],
  ],
  [
    'marks for caching',
    [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } },
          { type: 'input_text', text: 'b', prompt_cache_breakpoint: { mode: 'explicit' } },
        ],
      },
    ],
    [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } },
          { type: 'text', text: 'b', cache_control: { type: 'ephemeral' } },
        ],
      },
    ],
  ],
  [
    "a model's turn as one message, its reasoning restored",
    [
      user,
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'hm' }],
        encrypted_content: sealReasoning([signed]),
      },
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'I look.', annotations: [] }],
      },
      { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look', arguments: '{"a":1}', status: 'completed' },
      {
        type: 'function_call',
        id: 'fc_2',
        call_id: 'call_2',
        name: 'look',
        arguments: '{}',
        extra_content: { google: { thought_signature: 'Z29v' } },
      },
      { type: 'function_call_output', call_id: 'call_1', output: 'seen' },
      {
        type: 'function_call_output',
        call_id: 'call_2',
        output: [
          { type: 'input_text', text: 'a' },
          { type: 'input_image', image_url: 'https://a/b.png', detail: 'auto' },
        ],
      },
    ],
    [
      user,
      {
        role: 'assistant',
        reasoning_details: [signed],
        reasoning_content: 'hm',
        content: 'I look.',
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"a":1}' } },
          {
            id: 'call_2',
            type: 'function',
            function: { name: 'look', arguments: '{}' },
            extra_content: { google: { thought_signature: 'Z29v' } },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'seen' },
      {
        role: 'tool',
        tool_call_id: 'call_2',
        content: [
          { type: 'text', text: 'a' },
          { type: 'image_url', image_url: { url: 'https://a/b.png', detail: 'auto' } },
        ],
      },
    ],
  ],
  [
    'calls without text',
    [
      user,
      { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1', output: '' },
    ],
    [
      user,
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: '' },
    ],
  ],
  [
    'a refusal',
    [user, { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] }, { role: 'user', content: 'why?' }],
    [user, { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] }, { role: 'user', content: 'why?' }],
  ],
  [
    'a repeated item and call once, and every other as it is',
    [
      user,
      ...Array(2).fill({ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: sealReasoning([signed]) }),
      { type: 'reasoning', id: 'rs_2', summary: [{ type: 'summary_text', text: 'a' }], encrypted_content: '' },
      { type: 'reasoning', id: 'rs_3', summary: [{ type: 'summary_text', text: 'b' }], encrypted_content: '' },
      ...Array(2).fill({ type: 'reasoning', summary: [{ type: 'summary_text', text: 'c' }] }),
      ...Array(2).fill({ type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' }),
      { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{"at":1}' },
    ],
    [
      user,
      {
        role: 'assistant',
        content: null,
        reasoning_details: [signed],
        reasoning_content: 'abcc',
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } },
          { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } },
        ],
      },
    ],
  ],
  [
    "another maker's sealed reasoning by its summary alone",
    [
      user,
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'gAAAAABo' },
      { role: 'assistant', content: 'hi' },
    ],
    [user, { role: 'assistant', reasoning_content: 'hm', content: 'hi' }],
  ],
  [
    'reasoning that nothing followed as nothing',
    [
      user,
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }] },
      { role: 'user', content: 'go on' },
    ],
    [user, { role: 'user', content: 'go on' }],
  ],
  [
    'a signature that came behind the text with it',
    [
      user,
      { role: 'assistant', content: 'hi' },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: sealReasoning([signed]) },
      { role: 'user', content: 'go on' },
    ],
    [user, { role: 'assistant', content: 'hi', reasoning_details: [signed] }, { role: 'user', content: 'go on' }],
  ],
];

describe('a Responses request over chat', () => {
  it.each(PARAMS)('says %s', async (_, given, expected) => {
    expect(await chatParams({ input: 'hello', ...given })).toEqual({ model: 'smart', messages: [user], ...expected });
  });

  it.each(ITEMS)('says %s', async (_, input, messages) => {
    expect((await chatParams({ input })).messages).toEqual(messages);
  });

  it.each([
    ['input', {}],
    ['input', { input: [] }],
    ['input[0].role', { input: [{ role: 'tool', content: 'a' }] }],
    ['input[0].content', { input: [{ role: 'user' }] }],
    ['input[0].content[0]', { input: [{ role: 'user', content: ['a'] }] }],
    ['input[0].content[0].image_url', { input: [{ role: 'user', content: [{ type: 'input_image' }] }] }],
    ['input[0].call_id', { input: [{ type: 'function_call_output', output: 'a' }] }],
    ['instructions', { input: 'a', instructions: [] }],
    ['tools', { input: 'a', tools: {} }],
    ['tools[0].name', { input: 'a', tools: [{ type: 'function' }] }],
    ['text', { input: 'a', text: 'json' }],
    ['reasoning', { input: 'a', reasoning: 'high' }],
  ])('is refused for a malformed %s before anything is sent', async (path, params) => {
    const provider = chatProvider({ kind: 'object', status: 200, headers: {}, body: completion({}) });
    const bridge = bridgeResponses(provider);
    const error = await bridge.send(responsesRequest(params), context).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RequestInvalid);
    expect(bridge.classify(error)).toMatchObject({ kind: 'request-invalid', status: 400, param: path, reachedProvider: false });
    expect(provider.requests).toEqual([]);
    expect(bridge.unsupported(responsesRequest(params))).toEqual([]);
  });
});

describe('what chat completions cannot express', () => {
  it.each([
    ['previous_response_id', { previous_response_id: 'resp_1' }],
    ['conversation', { conversation: 'conv_1' }],
    ['prompt', { prompt: { id: 'pmpt_1' } }],
    ['background', { background: true }],
    ['background_options', { background_options: { completion_window: '8h' } }],
    ['background_options', { background_options: '8h' }],
    ['store', { store: true }],
    ['truncation', { truncation: 'auto' }],
    ['context_management', { context_management: [{ type: 'compaction' }] }],
    ['moderation', { moderation: { model: 'omni-moderation-latest' } }],
    ['tools', { tools: [look, { type: 'web_search' }] }],
    ['tools', { tools: [{ type: 'web_search_preview_2025_03_11' }] }],
    ['tools', { tools: [{ type: 'file_search', vector_store_ids: [] }] }],
    ['tools', { tools: [{ type: 'computer_use_preview' }] }],
    ['tools', { tools: [{ type: 'custom', name: 'shell' }] }],
    ['tool_choice', { tools: [look], tool_choice: { type: 'web_search_preview' } }],
    ['text.format', { text: { format: { type: 'grammar' } } }],
    ['reasoning.mode', { reasoning: { mode: 'pro' } }],
    ['item_reference', { input: [{ id: 'msg_1' }] }],
    ['web_search_call', { input: [user, { type: 'web_search_call', id: 'ws_1', status: 'completed' }] }],
    ['file_id', { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'file_1' }] }] }],
  ])('is named: %s', async (name, params) => {
    expect(unsupported({ input: 'hello', ...params })).toEqual([name]);
    await expect(chatParams({ input: 'hello', ...params })).rejects.toMatchObject({ path: name });
  });

  it('is named together with what the provider cannot do of the translated request, in the words of the caller', () => {
    const ofChat = ['reasoning_effort', 'response_format', 'max_completion_tokens', 'messages', 'seed'];
    const names = ['reasoning.effort', 'text.format', 'max_output_tokens', 'input', 'seed'];
    expect(unsupported({ input: 'hello', store: true }, ofChat)).toEqual(['store', ...names]);
  });

  it('is named where there is no input beside it', () => {
    expect(unsupported({ prompt: { id: 'pmpt_1' } })).toEqual(['prompt']);
  });

  it('of a limit is what the Responses API bounds an answer by, and no limit of chat', async () => {
    const params = { input: 'hello', max_output_tokens: 7, max_tokens: 20_000, max_completion_tokens: 20_000 };
    expect(await chatParams(params)).toEqual({ model: 'smart', messages: [user], max_completion_tokens: 7 });
    expect(await chatParams(params, ['max_completion_tokens'])).toEqual({ model: 'smart', messages: [user], max_tokens: 7 });
  });

  it('is left out where `drop` names it, in either API’s words', async () => {
    const params = {
      reasoning: { effort: 'high' },
      text: { verbosity: 'low' },
      input: [user, { type: 'web_search_call', id: 'ws_1' }],
    };
    const drop = ['reasoning_effort', 'text.verbosity', 'web_search_call'];
    const refused = ['reasoning_effort', 'verbosity'];
    expect(unsupported(params, refused, drop)).toEqual([]);
    expect(await chatParams(params, drop, refused)).toEqual({ model: 'smart', messages: [user] });
  });

  it('stays where the provider can honour it, though `drop` names it', async () => {
    const params = { reasoning: { effort: 'high' }, text: { verbosity: 'low' }, input: 'hello' };
    expect(await chatParams(params, ['reasoning.effort', 'verbosity'])).toMatchObject({
      reasoning_effort: 'high',
      verbosity: 'low',
    });
  });
});

describe('the bridge', () => {
  it('adds Responses to a provider that has chat, and changes nothing else of it', async () => {
    const reply = { kind: 'object' as const, status: 200, headers: {}, body: completion({ content: 'hi' }) };
    const provider = chatProvider(reply, ['seed']);
    const bridge = bridgeResponses(provider);
    const operations: Operation[] = ['responses', 'chat', 'embeddings', 'completions'];
    expect(operations.map((operation) => bridge.supports(operation))).toEqual([true, true, true, false]);
    const request = {
      operation: 'chat' as const,
      upstreamModel: 'chatty-1',
      params: { store: true, messages: [user] },
      stream: false,
    };
    expect(await bridge.send(request, context)).toBe(reply);
    expect(provider.requests).toEqual([request]);
    expect(bridge.unsupported(request)).toEqual(['seed']);
    expect(bridge.classify(new Error('x'))).toEqual(provider.classify(new Error('x')));
    expect(bridge.capabilities('chatty-1')).toEqual({ tools: true });
  });

  it('leaves a provider alone that has Responses itself, or no chat', () => {
    const native = { ...chatProvider({ kind: 'bytes', status: 200, headers: {}, bytes: Buffer.from('') }), supports: () => true };
    const embedder = { ...native, supports: (operation: Operation) => operation === 'embeddings' };
    expect(bridgeResponses(native)).toBe(native);
    expect(bridgeResponses(embedder)).toBe(embedder);
  });
});

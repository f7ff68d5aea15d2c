import { describe, expect, it } from 'vitest';
import type { ChatMessage, ChatParams } from '../../../src/core/chat.ts';
import { geminiModel, type Platform } from '../../../src/providers/google/model.ts';
import { toChatRequest } from '../../../src/providers/google/to-request.ts';
import { unsupportedChatParams } from '../../../src/providers/google/unsupported.ts';
import type { GeminiContent, GeminiRequest } from '../../../src/providers/google/wire-types.ts';
import { RequestInvalid } from '../../../src/providers/request-invalid.ts';

const user: ChatMessage = { role: 'user', content: 'hi' };
const weather = {
  type: 'function' as const,
  function: { name: 'weather', parameters: { type: 'object', properties: { at: { type: 'string' } } } },
};

function translated(params: Partial<ChatParams>, model = 'gemini-2.5-flash', platform: Platform = 'gemini-api'): GeminiRequest {
  return toChatRequest({ messages: [user], ...params }, geminiModel(model, platform));
}

function contents(messages: ChatMessage[], model?: string): GeminiContent[] {
  return translated({ messages }, model).contents;
}

function unsupported(params: Partial<ChatParams>, model = 'gemini-2.5-flash', platform: Platform = 'gemini-api'): string[] {
  return unsupportedChatParams({ model: 'm', messages: [user], ...params }, geminiModel(model, platform));
}

function calling(...calls: { id: string; name: string; args?: string; signature?: string }[]): ChatMessage {
  return {
    role: 'assistant',
    content: null,
    tool_calls: calls.map(({ id, name, args = '{}', signature }) => ({
      id,
      type: 'function',
      function: { name, arguments: args },
      ...(signature ? { extra_content: { google: { thought_signature: signature } } } : {}),
    })),
  };
}

const result = (id: string, content: string): ChatMessage => ({ role: 'tool', tool_call_id: id, content });

describe('messages', () => {
  it('keeps system messages as parts of the instruction, wherever they stand', () => {
    const { systemInstruction, contents: rest } = translated({
      messages: [
        { role: 'system', content: 'one' },
        { role: 'developer', content: 'two' },
        user,
        { role: 'system', content: 'three' },
        user,
      ],
    });
    expect(systemInstruction).toEqual({ parts: [{ text: 'one' }, { text: 'two' }, { text: 'three' }] });
    expect(rest).toEqual([{ role: 'user', parts: [{ text: 'hi' }, { text: 'hi' }] }]);
  });

  it('joins neighbours of one role and leaves empty texts out', () => {
    expect(
      contents([
        user,
        {
          role: 'user',
          content: [
            { type: 'text', text: '' },
            { type: 'text', text: 'more' },
          ],
        },
        { role: 'assistant', content: '' },
        user,
      ]),
    ).toEqual([{ role: 'user', parts: [{ text: 'hi' }, { text: 'more' }, { text: 'hi' }] }]);
  });

  it.each<[string, ChatMessage[], string]>([
    ['only empty messages', [{ role: 'user', content: '' }], 'messages'],
    ['a result without its call', [user, result('c1', 'x')], 'messages[1]'],
    ['a result of another call', [user, calling({ id: 'c1', name: 'f' }), result('c2', 'x')], 'messages[2]'],
    [
      'a call without its result',
      [user, calling({ id: 'c1', name: 'f' }, { id: 'c2', name: 'g' }), result('c1', 'x'), user],
      'messages[1].tool_calls[1]',
    ],
    ['two results for one call', [user, calling({ id: 'c1', name: 'f' }), result('c1', 'x'), result('c1', 'y')], 'messages[3]'],
    ['an unknown part', [{ role: 'user', content: [{ type: 'video' } as never] }], 'messages[0].content[0].type'],
    ['no list', 'hello' as never, 'messages'],
  ])('refuses %s by its path', (_, messages, path) => {
    const translate = () => contents(messages);
    expect(translate).toThrow(RequestInvalid);
    expect(translate).toThrow(expect.objectContaining({ path }));
  });

  it('sends calls that wait for their results, last or before another turn', () => {
    const call = { functionCall: { id: 'c1', name: 'f', args: {} } };
    expect(contents([user, calling({ id: 'c1', name: 'f' })])).toEqual([
      { role: 'user', parts: [{ text: 'hi' }] },
      { role: 'model', parts: [call] },
    ]);
    expect(contents([user, calling({ id: 'c1', name: 'f' }), user])[1]).toEqual({ role: 'model', parts: [call] });
  });

  it.each([
    [[{ role: 'system', content: 'be kind' }]],
    [
      [
        { role: 'system', content: 'be' },
        { role: 'developer', content: 'kind' },
      ],
    ],
    [
      [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: '' },
      ],
    ],
  ] as ChatMessage[][][])('sends instructions alone beside a turn without words: %j', (messages) => {
    const sent = translated({ messages });
    expect(sent.contents).toEqual([{ role: 'user', parts: [{ text: '' }] }]);
    expect(sent.systemInstruction?.parts).not.toEqual([]);
  });

  it('starts with a user turn where the history begins with a call', () => {
    expect(contents([calling({ id: 'c1', name: 'f' }), result('c1', 'x')])[0]).toEqual({ role: 'user', parts: [{ text: ' ' }] });
  });

  it('does not change the params', () => {
    const params = {
      messages: [user, { role: 'user', content: 'more' }],
      tools: [weather],
      generationConfig: { topK: 1 },
      top_k: 2,
    };
    const before = structuredClone(params);
    translated(params as Partial<ChatParams>);
    expect(params).toEqual(before);
  });
});

describe('media', () => {
  it.each([
    [
      { type: 'image_url', image_url: { url: 'data:image/jpg;base64,AAAA' } },
      { inlineData: { mimeType: 'image/jpeg', data: 'AAAA' } },
    ],
    [
      { type: 'image_url', image_url: { url: 'https://x.test/a.png?s=1' } },
      { fileData: { fileUri: 'https://x.test/a.png?s=1', mimeType: 'image/png' } },
    ],
    [
      { type: 'image_url', image_url: { url: 'gs://bucket/a' } },
      { fileData: { fileUri: 'gs://bucket/a', mimeType: 'image/jpeg' } },
    ],
    [{ type: 'image_url', image_url: { url: 'https://youtu.be/x' } }, { fileData: { fileUri: 'https://youtu.be/x' } }],
    ...[
      { type: 'image_url', image_url: { url: 'https://generativelanguage.googleapis.com/v1beta/files/abc' } },
      { type: 'image_url', image_url: { url: 'files/abc' } },
      { type: 'file', file: { file_id: 'https://generativelanguage.googleapis.com/v1beta/files/abc' } },
      { type: 'file', file: { file_id: 'files/abc', filename: 'a.png' } },
    ].map(
      (part) =>
        [part, { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/abc' } }] as [object, object],
    ),
    [
      { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBE', filename: 'a.pdf' } },
      { inlineData: { mimeType: 'application/pdf', data: 'JVBE' } },
    ],
    [{ type: 'file', file: { file_data: 'QUJD', filename: 'a.txt' } }, { inlineData: { mimeType: 'text/plain', data: 'QUJD' } }],
    [{ type: 'file', file: { file_data: 'data:text/plain,a%20b' } }, { inlineData: { mimeType: 'text/plain', data: 'YSBi' } }],
    [
      { type: 'input_audio', input_audio: { data: 'UklG', format: 'wav' } },
      { inlineData: { mimeType: 'audio/wav', data: 'UklG' } },
    ],
    [{ type: 'refusal', refusal: 'no' }, { text: 'no' }],
  ])('carries %j', (part, expected) => {
    expect(contents([{ role: 'user', content: [part as never] }])).toEqual([{ role: 'user', parts: [expected] }]);
  });

  it("names files by OpenAI's own ids as unsupported, like images of stores that Google cannot reach", () => {
    const refused = (part: object) => unsupported({ messages: [{ role: 'user', content: [part as never] }] });
    expect(refused({ type: 'file', file: { file_id: 'file-1' } })).toEqual(['file']);
    expect(refused({ type: 'image_url', image_url: { url: 's3://bucket/a.png' } })).toEqual(['image_url']);
    expect(refused({ type: 'image_url', image_url: { url: 'files/abc' } })).toEqual([]);
  });
});

describe('calls and results in history', () => {
  it('has what follows much of results as texts', () => {
    const text = JSON.stringify({ rows: 'x'.repeat(300_000) });
    const calls = ['a', 'b', 'c'].map((id) => ({ id, name: 'f' }));
    const given = [user, calling(...calls), result('a', text), result('b', text), result('c', '{"y":2}')];
    const responses = contents(given)
      .at(-1)
      ?.parts?.map(({ functionResponse }) => Object.keys(functionResponse?.response ?? {}));
    expect(responses).toEqual([['rows'], ['result'], ['result']]);
  });

  it('gives one result for each call, in their order, by name, in a content of their own', () => {
    const messages = [
      user,
      calling({ id: 'a', name: 'f', args: '{"x":1}' }, { id: 'b', name: 'f', args: '' }, { id: 'call_gm_r_2', name: 'g' }),
      result('b', '{"y":2}'),
      result('call_gm_r_2', '[1]'),
      result('a', 'plain'),
      user,
    ];
    expect(contents(messages).slice(1)).toEqual([
      {
        role: 'model',
        parts: [
          { functionCall: { id: 'a', name: 'f', args: { x: 1 } } },
          { functionCall: { id: 'b', name: 'f', args: {} } },
          { functionCall: { name: 'g', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'f', response: { result: 'plain' } } },
          { functionResponse: { id: 'b', name: 'f', response: { y: 2 } } },
          { functionResponse: { name: 'g', response: { result: '[1]' } } },
        ],
      },
      { role: 'user', parts: [{ text: 'hi' }] },
    ]);
  });

  it.each(['nonsense', '[1]', '"text"', '{"cut":'])('keeps arguments that are no object under a key: %s', (args) => {
    const [, turn] = contents([user, calling({ id: 'a', name: 'f', args }), result('a', '')]);
    expect(turn?.parts?.[0]?.functionCall?.args).toEqual({ arguments: args });
  });

  it('puts media of a result into the result from Gemini 3 on, and after it before', () => {
    const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AAAA' } };
    const messages: ChatMessage[] = [
      user,
      calling({ id: 'a', name: 'f' }),
      { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'see' }, image] },
    ];
    const media = { inlineData: { mimeType: 'image/png', data: 'AAAA' } };
    const response = { id: 'a', name: 'f', response: { result: 'see' } };
    expect(contents(messages, 'gemini-3-flash-preview').at(-1)?.parts).toEqual([
      { functionResponse: { ...response, parts: [media] } },
    ]);
    expect(contents(messages).slice(-2)).toEqual([
      { role: 'user', parts: [{ functionResponse: response }] },
      { role: 'user', parts: [media] },
    ]);
  });

  it('takes the legacy forms', () => {
    const {
      contents: turns,
      tools,
      toolConfig,
    } = translated({
      messages: [
        user,
        { role: 'assistant', function_call: { name: 'f', arguments: '{"a":1}' } },
        { role: 'function', name: 'f', content: 'x' },
      ],
      functions: [{ name: 'f' }],
      function_call: { name: 'f' },
    });
    expect(turns.slice(1).map((turn) => turn.parts)).toEqual([
      [{ functionCall: { name: 'f', args: { a: 1 } } }],
      [{ functionResponse: { name: 'f', response: { result: 'x' } } }],
    ]);
    expect(tools).toEqual([{ functionDeclarations: [{ name: 'f' }] }]);
    expect(toolConfig).toEqual({ functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } });
  });
});

describe('thought signatures', () => {
  it('go back on the part they came on', () => {
    const [, turn] = contents([
      user,
      {
        role: 'assistant',
        content: 'Hello world',
        reasoning_details: [
          { type: 'reasoning.text', text: 'summary', format: 'google-gemini-v1' },
          { type: 'reasoning.text', text: 'signed', signature: 'T', format: 'google-gemini-v1' },
          { type: 'reasoning.encrypted', data: 'S', id: 'text:6-11', format: 'google-gemini-v1' },
          { type: 'reasoning.encrypted', data: 'E', id: 'text:11-11', format: 'google-gemini-v1' },
          { type: 'reasoning.encrypted', data: 'foreign', format: 'anthropic-claude-v1' },
        ],
        tool_calls: [
          {
            id: 'a',
            type: 'function',
            function: { name: 'f', arguments: '{}' },
            extra_content: { google: { thought_signature: 'C' } },
          },
        ],
      },
      result('a', 'x'),
    ]);
    expect(turn?.parts).toEqual([
      { text: 'signed', thought: true, thoughtSignature: 'T' },
      { text: 'Hello ' },
      { text: 'world', thoughtSignature: 'S' },
      { text: '', thoughtSignature: 'E' },
      { functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: 'C' },
    ]);
  });

  it('are stood in for on the first call of each step of the current turn, on Gemini 3 only', () => {
    const messages = [
      user,
      calling({ id: 'old', name: 'f' }),
      result('old', ''),
      user,
      calling({ id: 'a', name: 'f' }, { id: 'b', name: 'f' }),
      result('a', ''),
      result('b', ''),
      calling({ id: 'c', name: 'f', signature: 'own' }),
      result('c', ''),
    ];
    const signatures = (model: string) =>
      contents(messages, model).flatMap(
        ({ parts }) => parts?.filter((part) => part.functionCall).map((part) => part.thoughtSignature) ?? [],
      );
    expect(signatures('gemini-3.1-pro-preview')).toEqual([undefined, 'skip_thought_signature_validator', undefined, 'own']);
    expect(signatures('gemini-2.5-pro')).toEqual([undefined, undefined, undefined, 'own']);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../../../src/core/chat.ts';
import type { Params } from '../../../src/core/params.ts';
import { toRequest } from '../../../src/providers/bedrock/to-request.ts';
import { RequestInvalid } from '../../../src/providers/request-invalid.ts';
import { body, call, called, hello, invalidAt, LLAMA, NOVA, refused, result, SONNET_4_6, weather } from './request-support.ts';

describe('the path', () => {
  const path = (upstreamModel: string, stream = false) =>
    toRequest({ operation: 'chat', upstreamModel, params: { model: 'm', messages: [hello] } as unknown as Params, stream });

  it('encodes ids, inference profiles and ARNs as one segment', () => {
    expect(path(NOVA).path).toBe('/model/amazon.nova-lite-v1%3A0/converse');
    expect(path('arn:aws:bedrock:us-east-1:1:inference-profile/us.x', true).path).toBe(
      '/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x/converse-stream',
    );
    expect(path(NOVA, true).answer).toBe('aws-events');
  });

  it('leads nowhere else', () => {
    expect(() => path('..')).toThrow(RequestInvalid);
    expect(path('../../x').path).toBe('/model/..%2F..%2Fx/converse');
  });
});

describe('messages', () => {
  it('keep system and developer texts apart, in order, wherever they stand', () => {
    const messages: ChatMessage[] = [
      { role: 'system', content: 'one' },
      hello,
      { role: 'developer', content: [{ type: 'text', text: 'two' }] },
    ];
    const { system, messages: sent } = body({ messages });
    expect(system).toEqual([{ text: 'one' }, { text: 'two' }]);
    expect(sent).toEqual([{ role: 'user', content: [{ text: 'hello' }] }]);
  });

  it('carry the system text in the first message where a model has no system field', () => {
    const sent = body({ messages: [{ role: 'system', content: 'be brief' }, hello] }, 'amazon.titan-text-express-v1');
    expect(sent.system).toBeUndefined();
    expect(sent.messages[0]?.content).toEqual([{ text: 'be brief' }, { text: 'hello' }]);
  });

  it('are refused without a user or assistant message', () => {
    expect(invalidAt({ messages: [{ role: 'system', content: 'x' }] })).toBe('messages');
    expect(invalidAt({ messages: [{ role: 'user', content: '  ' }] })).toBe('messages');
  });

  it('alternate: neighbours of one role become one message, and the user opens', () => {
    const messages: ChatMessage[] = [{ role: 'assistant', content: 'hi' }, hello, { role: 'user', content: 'there' }];
    expect(body({ messages }).messages).toEqual([
      { role: 'user', content: [{ text: '.' }] },
      { role: 'assistant', content: [{ text: 'hi' }] },
      { role: 'user', content: [{ text: 'hello' }, { text: 'there' }] },
    ]);
  });

  it('have no empty text blocks', () => {
    expect(body({ messages: called, tools: [weather] }).messages[1]?.content).toEqual([
      { toolUse: { toolUseId: 'call_1', name: 'weather', input: { city: 'Rome' } } },
    ]);
  });

  it('end without white space where Claude is to continue them', () => {
    const messages: ChatMessage[] = [hello, { role: 'assistant', content: 'So: ' }];
    expect(body({ messages }).messages[1]?.content).toEqual([{ text: 'So:' }]);
    expect(refused({ messages }, SONNET_4_6)).toEqual(['messages']);
  });

  it('put results of parallel calls and the text after them into one user message', () => {
    const second = { ...call, id: 'call_2' };
    const messages: ChatMessage[] = [
      hello,
      { role: 'assistant', content: 'ok', tool_calls: [call, second] },
      result,
      { role: 'tool', tool_call_id: 'call_2', content: '' },
      { role: 'user', content: 'and?' },
    ];
    expect(body({ messages, tools: [weather] }).messages[2]).toEqual({
      role: 'user',
      content: [
        { toolResult: { toolUseId: 'call_1', content: [{ text: 'sunny' }] } },
        { toolResult: { toolUseId: 'call_2', content: [{ text: '(no output)' }] } },
        { text: 'and?' },
      ],
    });
  });

  it('refuse a result without its call', () => {
    expect(invalidAt({ messages: [hello, { ...result, tool_call_id: 'other' } as ChatMessage] })).toBe(
      'messages[1].tool_call_id',
    );
  });

  it.each([
    ['', {}],
    ['null', {}],
    ['{"a":1}', { a: 1 }],
    ['not json', { arguments: 'not json' }],
    ['[1]', { arguments: [1] }],
    ['3', { arguments: 3 }],
  ])('make an object of the arguments %j', (text, input) => {
    const messages: ChatMessage[] = [
      hello,
      { role: 'assistant', tool_calls: [{ ...call, function: { name: 'weather', arguments: text } }] },
    ];
    expect(body({ messages }).messages[1]?.content[0]).toEqual({ toolUse: { toolUseId: 'call_1', name: 'weather', input } });
  });

  it('make foreign tool ids valid, the same in call and result', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 100 }), { minLength: 1, maxLength: 5 }), (all) => {
        const ids = [...new Set(all)];
        const messages: ChatMessage[] = [
          hello,
          { role: 'assistant', tool_calls: ids.map((id) => ({ ...call, id })) },
          ...ids.map((id): ChatMessage => ({ role: 'tool', tool_call_id: id, content: 'x' })),
        ];
        const [, calls, results] = body({ messages }).messages;
        const sent = calls?.content.map((block) => ('toolUse' in block ? block.toolUse.toolUseId : ''));
        expect(sent).toEqual(results?.content.map((block) => ('toolResult' in block ? block.toolResult.toolUseId : '')));
        expect(new Set(sent).size).toBe(ids.length);
        for (const id of sent ?? []) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
      }),
      { numRuns: 60 },
    );
  });

  it('speak the legacy function fields too', () => {
    const messages: ChatMessage[] = [
      hello,
      { role: 'assistant', content: null, function_call: { name: 'weather', arguments: '' } },
      { role: 'function', name: 'weather', content: 'sunny' },
    ];
    const sent = body({ messages, functions: [{ name: 'weather' }], function_call: { name: 'weather' } });
    expect(sent.messages[2]?.content[0]).toEqual({ toolResult: { toolUseId: 'call_1', content: [{ text: 'sunny' }] } });
    expect(sent.toolConfig?.toolChoice).toEqual({ tool: { name: 'weather' } });
  });
});

describe('media', () => {
  const image = (url: string): ChatMessage => ({ role: 'user', content: [{ type: 'image_url', image_url: { url } }] });

  it('sends data URLs as bytes, S3 objects by their place', () => {
    expect(body({ messages: [image('data:image/jpg;base64,QUJD')] }).messages[0]?.content).toEqual([
      { image: { format: 'jpeg', source: { bytes: 'QUJD' } } },
    ]);
    expect(body({ messages: [image('s3://bucket/a.PNG')] }).messages[0]?.content).toEqual([
      { image: { format: 'png', source: { s3Location: { uri: 's3://bucket/a.PNG' } } } },
    ]);
  });

  it('names what Bedrock will not fetch, and formats that it does not know', () => {
    const refusedPart = (part: object) => refused({ messages: [{ role: 'user', content: [part as never] }] });
    expect(refused({ messages: [image('https://example.com/a.png')] })).toEqual(['image_url']);
    expect(refused({ messages: [image('data:image/tiff;base64,AAAA')] })).toEqual(['image_url']);
    expect(refusedPart({ type: 'file', file: { file_id: 'f' } })).toEqual(['file']);
    expect(refusedPart({ type: 'file', file: { file_data: 'data:application/zip;base64,UEsD' } })).toEqual(['file']);
    expect(refusedPart({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'g711' } })).toEqual(['input_audio']);
  });

  it('gives documents valid, distinct names and a text beside them', () => {
    const file = (filename: string): ChatMessage => ({
      role: 'user',
      content: [{ type: 'file', file: { filename, file_data: 'data:application/pdf;base64,JVBE' } }],
    });
    const sent = body({
      messages: [file('Q3: report__final.pdf'), { role: 'assistant', content: 'ok' }, file('Q3: report__final.pdf')],
    });
    expect(sent.messages[0]?.content).toEqual([
      { text: 'Q3- report--final' },
      { document: { format: 'pdf', name: 'Q3- report--final', source: { bytes: 'JVBE' } } },
    ]);
    expect(sent.messages[2]?.content[0]).toEqual({ text: 'Q3- report--final (2)' });
  });

  it('puts images of a result into it, or beside it where a family takes none there', () => {
    const messages: ChatMessage[] = [
      ...called,
      {
        role: 'tool',
        tool_call_id: 'call_1',
        content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,QQ==' } }],
      },
    ];
    expect(body({ messages }).messages[2]?.content).toHaveLength(1);
    expect(body({ messages }, LLAMA).messages[2]?.content).toHaveLength(2);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReasoningDetail } from '../../../src/core/chat.ts';
import { thinkingBlocks } from '../../../src/providers/anthropic/reasoning-details.ts';
import type { ToolResultBlock } from '../../../src/providers/anthropic/wire-types.ts';
import { RequestInvalid } from '../../../src/providers/request-invalid.ts';
import { bodyOf, unsupported } from './support.ts';

const user = (content: unknown) => ({ role: 'user', content });
const call = (id: string, name = 'look', args = '{}') => ({ id, type: 'function', function: { name, arguments: args } });
const result = (tool_call_id: string, content: unknown = 'found') => ({ role: 'tool', tool_call_id, content });
const text = (words: string) => ({ type: 'text', text: words });
const mark = { type: 'ephemeral' };

describe('instructions', () => {
  test('leading system and developer messages become one block each, in order', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: [text('Be kind.'), text('Be true.')] },
      user('Hi'),
    ];
    expect(bodyOf({ messages })).toMatchObject({
      system: [text('Be brief.'), text('Be kind.'), text('Be true.')],
      messages: [{ role: 'user', content: [text('Hi')] }],
    });
  });

  const later = [user('a'), { role: 'assistant', content: 'b' }, { role: 'system', content: 'c' }, user('d')];

  test('later ones follow the user turn as a system turn where the model takes one', () => {
    expect(bodyOf({ model: 'claude-opus-4-8', messages: later }).messages.slice(2)).toEqual([
      user([text('d')]),
      { role: 'system', content: [text('c')] },
    ]);
  });

  test.each(['claude-sonnet-4-5', 'claude-sonnet-5'])('later ones stay in the user turn, marked, on %s', (model) => {
    expect(bodyOf({ model, messages: later }).messages.slice(2)).toEqual([user([text('<system>\nc\n</system>'), text('d')])]);
  });

  test('between two assistant turns they are a user turn, since a system turn may only follow one', () => {
    const messages = [
      user('a'),
      { role: 'assistant', content: 'b' },
      { role: 'system', content: 'c' },
      { role: 'assistant', content: 'd' },
      user('e'),
    ];
    expect(bodyOf({ model: 'claude-opus-5', messages }).messages[2]).toEqual(user([text('<system>\nc\n</system>')]));
  });
});

describe('turns', () => {
  test('consecutive messages of one role are one turn', () => {
    const messages = [user('a'), user('b'), { role: 'assistant', content: 'c' }, { role: 'assistant', content: 'd' }, user('e')];
    expect(bodyOf({ messages }).messages).toEqual([
      user([text('a'), text('b')]),
      { role: 'assistant', content: [text('c'), text('d')] },
      user([text('e')]),
    ]);
  });

  test('all results of parallel calls stand in one user turn, before any text', () => {
    const messages = [
      user('a'),
      { role: 'assistant', content: null, tool_calls: [call('toolu_1'), call('toolu_2')] },
      result('toolu_1', 'one'),
      user('And?'),
      result('toolu_2', [text('two')]),
    ];
    expect(bodyOf({ messages }).messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} },
          { type: 'tool_use', id: 'toolu_2', name: 'look', input: {} },
        ],
      },
      user([
        { type: 'tool_result', tool_use_id: 'toolu_1', content: [text('one')] },
        { type: 'tool_result', tool_use_id: 'toolu_2', content: [text('two')] },
        text('And?'),
      ]),
    ]);
  });

  test.each([
    ['', {}],
    ['  ', {}],
    ['null', {}],
    ['{"a":1}', { a: 1 }],
    ['[1]', { arguments: [1] }],
    ['7', { arguments: 7 }],
    ['{"a":', { arguments: '{"a":' }],
  ])('arguments %j become the object %j', (args, input) => {
    const messages = [user('a'), { role: 'assistant', tool_calls: [call('1', 'look', args)] }, result('1')];
    expect(bodyOf({ messages }).messages[1]?.content).toEqual([{ type: 'tool_use', id: '1', name: 'look', input }]);
  });

  test('ids from elsewhere are spelled in the letters that Anthropic allows, the same on call and result', () => {
    const messages = [user('a'), { role: 'assistant', tool_calls: [call('call:1.é')] }, result('call:1.é')];
    const [, assistant, results] = bodyOf({ messages }).messages;
    expect(assistant?.content).toMatchObject([{ id: 'call_1__' }]);
    expect(results?.content).toMatchObject([{ tool_use_id: 'call_1__' }]);
  });

  test('legacy function calls and results find each other by name', () => {
    const messages = [
      user('a'),
      { role: 'assistant', content: null, function_call: { name: 'look', arguments: '{"q":1}' } },
      { role: 'function', name: 'look', content: 'found' },
    ];
    const [, assistant, results] = bodyOf({ messages }).messages;
    expect(assistant?.content).toEqual([{ type: 'tool_use', id: 'messages_1_', name: 'look', input: { q: 1 } }]);
    expect(results?.content).toEqual([{ type: 'tool_result', tool_use_id: 'messages_1_', content: [text('found')] }]);
  });

  test('an error flag and an empty result are kept', () => {
    const messages = [
      user('a'),
      { role: 'assistant', tool_calls: [call('1'), call('2')] },
      { ...result('1', 'broke'), is_error: true },
      result('2', ''),
    ];
    expect(bodyOf({ messages }).messages[2]?.content).toEqual([
      { type: 'tool_result', tool_use_id: '1', content: [text('broke')], is_error: true },
      { type: 'tool_result', tool_use_id: '2' },
    ]);
  });

  test('empty and blank text gives no block', () => {
    const messages = [
      user('a'),
      { role: 'assistant', content: '', tool_calls: [call('1')] },
      result('1'),
      user([text(' \n'), text('b')]),
    ];
    const [, assistant, last] = bodyOf({ messages }).messages;
    expect(assistant?.content).toMatchObject([{ type: 'tool_use' }]);
    expect(last?.content).toMatchObject([{ type: 'tool_result' }, text('b')]);
  });

  test('a refusal in history is text', () => {
    const messages = [
      user('a'),
      { role: 'assistant', content: null, refusal: 'No.' },
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'Never.' }] },
      user('b'),
    ];
    expect(bodyOf({ messages }).messages[1]?.content).toEqual([text('No.'), text('Never.')]);
  });

  test('a last assistant turn loses its trailing white space and is continued where the model can', () => {
    const messages = [user('a'), { role: 'assistant', content: 'It is ( \n' }];
    expect(bodyOf({ messages }).messages[1]?.content).toEqual([text('It is (')]);
    expect(unsupported({ messages })).toEqual([]);
    expect(unsupported({ messages, model: 'claude-opus-4-6' })).toEqual(['messages']);
    expect(unsupported({ messages, reasoning_effort: 'low' })).toEqual(['messages']);
  });

  test.each([
    ['no messages', { messages: [] }, 'messages'],
    ['only instructions', { messages: [{ role: 'system', content: 'x' }] }, 'messages'],
    ['only blank text', { messages: [user('  ')] }, 'messages'],
    ['no array', { messages: 'hi' }, 'messages'],
    ['a hole', { messages: [null] }, 'messages[0]'],
    ['a foreign role', { messages: [{ role: 'robot', content: 'x' }] }, 'messages[0].role'],
    ['a result without its call', { messages: [user('a'), result('call_9')] }, 'messages[1].tool_call_id'],
    ['a legacy result without its call', { messages: [{ role: 'function', name: 'f', content: 'x' }] }, 'messages[0].name'],
    [
      'a call without a name',
      { messages: [user('a'), { role: 'assistant', tool_calls: [{}] }] },
      'messages[1].tool_calls[0].function.name',
    ],
    ['content that is a number', { messages: [user(7)] }, 'messages[0].content'],
    [
      'an image in an instruction',
      { messages: [{ role: 'system', content: [{ type: 'image_url', image_url: { url: 'https://x/y.png' } }] }] },
      'messages[0].content',
    ],
    ['a foreign part', { messages: [user([{ type: 'smell' }])] }, 'messages[0].content[0].type'],
    ['an image without a URL', { messages: [user([{ type: 'image_url' }])] }, 'messages[0].content[0].image_url.url'],
  ])('%s is refused by its path', (_, ask, path) => {
    expect(() => bodyOf(ask)).toThrow(RequestInvalid);
    expect(() => bodyOf(ask)).toThrow(expect.objectContaining({ path }));
  });
});

describe('media', () => {
  const partOf = (part: unknown) => (bodyOf({ messages: [user([part])] }).messages[0]?.content ?? [])[0];
  const image = (url: string) => ({ type: 'image_url', image_url: { url, detail: 'low' } });
  const file = (fields: Record<string, string>) => ({ type: 'file', file: fields });

  test.each([
    [
      'a data URL',
      image('data:image/png;base64,iVBO'),
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBO' } },
    ],
    [
      'the unregistered image/jpg',
      image('data:image/jpg;base64,/9j/'),
      { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: '/9j/' } },
    ],
    ['an https URL', image('https://x.test/a.png'), { type: 'image', source: { type: 'url', url: 'https://x.test/a.png' } }],
    [
      'a PDF',
      file({ file_data: 'data:application/pdf;base64,JVBE', filename: 'a.pdf' }),
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' }, title: 'a.pdf' },
    ],
    [
      'a bare PDF',
      file({ file_data: 'JVBE', filename: 'A.PDF' }),
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' }, title: 'A.PDF' },
    ],
    [
      'a text file',
      file({ file_data: 'data:text/csv;charset=utf-8;base64,YSxiCg==' }),
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a,b\n' } },
    ],
    [
      'an image as a file',
      file({ file_data: 'data:image/webp;base64,UklG' }),
      { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'UklG' } },
    ],
    [
      'a document by URL',
      file({ file_data: 'https://x.test/a.pdf' }),
      { type: 'document', source: { type: 'url', url: 'https://x.test/a.pdf' } },
    ],
    ['an uploaded file', file({ file_id: 'file_1' }), { type: 'document', source: { type: 'file', file_id: 'file_1' } }],
  ])('%s becomes its block', (_, part, block) => {
    expect(partOf(part)).toEqual(block);
  });

  test("Anthropic's own blocks go out as they are", () => {
    const block = { type: 'search_result', source: 'https://x.test', title: 'X', content: [text('y')] };
    expect(partOf(block)).toBe(block);
  });

  test('images in tool results stay there', () => {
    const messages = [
      user('a'),
      { role: 'assistant', tool_calls: [call('1')] },
      result('1', [text('shot'), image('https://x.test/a.png')]),
    ];
    expect(bodyOf({ messages }).messages[2]?.content).toMatchObject([{ content: [text('shot'), { type: 'image' }] }]);
  });

  test('sound and foreign files rule the model out, or are left out where they may be dropped', () => {
    const sound = { type: 'input_audio', input_audio: { data: 'UklG', format: 'wav' } };
    const archive = file({ file_data: 'data:application/zip;base64,UEsD' });
    const drawing = image('data:image/svg+xml;base64,PHN2');
    const messages = [user([text('a'), sound, archive, drawing])];
    expect(unsupported({ messages })).toEqual(['input_audio', 'file', 'image_url']);
    expect(() => bodyOf({ messages })).toThrow(RequestInvalid);
    expect(bodyOf({ messages }, { drop: new Set(['input_audio', 'file', 'image_url']) }).messages).toEqual([user([text('a')])]);
  });
});

describe('cache marks', () => {
  test('stand on parts, on the last block of a marked message, on results and on tools', () => {
    const { tools } = bodyOf({ tools: [{ type: 'function', function: { name: 'look' }, cache_control: mark }] });
    const body = bodyOf({
      messages: [
        { role: 'system', content: 'Long.', cache_control: { type: 'ephemeral', ttl: '1h' } },
        user([{ ...text('a'), cache_control: mark }, text('b')]),
        { role: 'assistant', content: 'c', tool_calls: [call('1')], cache_control: mark },
        { ...result('1'), cache_control: mark },
      ],
    });
    expect(body.system).toEqual([{ ...text('Long.'), cache_control: { type: 'ephemeral', ttl: '1h' } }]);
    expect(tools).toMatchObject([{ name: 'look', cache_control: mark }]);
    expect(body.messages).toMatchObject([
      user([{ ...text('a'), cache_control: mark }, text('b')]),
      { role: 'assistant', content: [text('c'), { type: 'tool_use', cache_control: mark }] },
      user([{ type: 'tool_result', cache_control: mark }]),
    ]);
  });

  const hour = { type: 'ephemeral', ttl: '1h' };
  const image = { type: 'image_url', image_url: { url: 'https://x.test/a.png' } };

  test.each([
    ['on a text', { ...result('1', [{ ...text('a'), cache_control: mark }]) }, mark],
    ['on the first of two parts', { ...result('1', [{ ...text('a'), cache_control: mark }, text('b')]) }, mark],
    ['on an image', { ...result('1', [text('a'), { ...image, cache_control: mark }]) }, mark],
    ["on a block of Anthropic's own", { ...result('1', [{ type: 'search_result', source: 's', cache_control: mark }]) }, mark],
    [
      'on two parts, of which the last counts',
      {
        ...result('1', [
          { ...text('a'), cache_control: mark },
          { ...text('b'), cache_control: hour },
        ]),
      },
      hour,
    ],
    [
      'on a part and on the message, which counts',
      { ...result('1', [{ ...text('a'), cache_control: mark }]), cache_control: hour },
      hour,
    ],
    ['on a part, as null', { ...result('1', [{ ...text('a'), cache_control: null }]) }, undefined],
  ])('of a result stand on it, never within: %s', (_, message, expected) => {
    const before = JSON.stringify(message);
    const { messages } = bodyOf({ messages: [user('a'), { role: 'assistant', tool_calls: [call('1')] }, message] });
    const block = messages[2]?.content[0] as ToolResultBlock | undefined;
    expect(block?.cache_control).toEqual(expected);
    expect(block?.content).not.toEqual([]);
    expect(JSON.stringify(block?.content)).not.toContain('cache_control');
    expect(JSON.stringify(message)).toBe(before);
  });

  test('stand on calls', () => {
    const calls = [{ ...call('1'), cache_control: hour }, call('2')];
    const { messages } = bodyOf({ messages: [user('a'), { role: 'assistant', tool_calls: calls }, result('1'), result('2')] });
    expect(messages[1]?.content).toEqual([
      { type: 'tool_use', id: '1', name: 'look', input: {}, cache_control: hour },
      { type: 'tool_use', id: '2', name: 'look', input: {} },
    ]);
  });

  test('of results and calls count towards the four', () => {
    const calls = [
      { ...call('1'), cache_control: mark },
      { ...call('2'), cache_control: mark },
    ];
    const body = bodyOf({
      messages: [
        { role: 'system', content: 'x', cache_control: mark },
        { ...user('a'), cache_control: mark },
        { role: 'assistant', tool_calls: calls },
        result('1', [{ ...text('a'), cache_control: mark }]),
        { ...result('2'), cache_control: mark },
      ],
    });
    const blocks = JSON.parse(JSON.stringify([body.system, body.messages.map(({ content }) => content)])).flat(2);
    expect(blocks.map((block: object) => 'cache_control' in block)).toEqual([false, false, true, true, true, true]);
  });

  test('never stand on thinking', () => {
    const details = [{ type: 'reasoning.text', text: 'hm', signature: 's', format: 'anthropic-claude-v1' }];
    const messages = [user('a'), { role: 'assistant', reasoning_details: details, content: '', cache_control: mark }, user('b')];
    expect(bodyOf({ messages }).messages[1]?.content).toEqual([{ type: 'thinking', thinking: 'hm', signature: 's' }]);
  });
});

describe('reasoning in history', () => {
  test('comes first and unchanged, redacted blocks too', () => {
    const reasoning_details = [
      { type: 'reasoning.text', text: 'hm', signature: 'sig', format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.encrypted', data: 'xyz', format: 'anthropic-claude-v1', index: 1 },
      { type: 'reasoning.text', text: '', signature: 'sig2', format: 'anthropic-claude-v1', index: 2 },
    ];
    const messages = [
      user('a'),
      { role: 'assistant', content: 'b', tool_calls: [call('1')], reasoning_content: 'hm', reasoning_details },
      result('1'),
    ];
    expect(bodyOf({ messages }).messages[1]?.content).toEqual([
      { type: 'thinking', thinking: 'hm', signature: 'sig' },
      { type: 'redacted_thinking', data: 'xyz' },
      { type: 'thinking', thinking: '', signature: 'sig2' },
      text('b'),
      { type: 'tool_use', id: '1', name: 'look', input: {} },
    ]);
  });

  test("without a signature, or of another maker, it can't be given back", () => {
    const reasoning_details = [
      { type: 'reasoning.text', text: 'hm', format: 'anthropic-claude-v1' },
      { type: 'reasoning.text', text: 'hm', signature: 'x', format: 'google-gemini-v1' },
      { type: 'reasoning.summary', summary: 'hm', format: 'anthropic-claude-v1' },
      null,
    ];
    const messages = [user('a'), { role: 'assistant', content: 'b', reasoning_content: 'hm', reasoning_details }, user('c')];
    expect(bodyOf({ messages }).messages[1]?.content).toEqual([text('b')]);
  });

  test('pieces of a stream strung together give the same blocks as the whole', () => {
    const block = fc.record({ thoughts: fc.array(fc.string(), { minLength: 1 }), signature: fc.string({ minLength: 1 }) });
    fc.assert(
      fc.property(fc.array(block), (blocks) => {
        const format = 'anthropic-claude-v1';
        const pieces: ReasoningDetail[] = blocks.flatMap(({ thoughts, signature }, index) => [
          ...thoughts.map((thought): ReasoningDetail => ({ type: 'reasoning.text', text: thought, format, index })),
          { type: 'reasoning.text', signature, format, index },
        ]);
        expect(thinkingBlocks({ role: 'assistant', reasoning_details: pieces })).toEqual(
          blocks.map(({ thoughts, signature }) => ({ type: 'thinking', thinking: thoughts.join(''), signature })),
        );
      }),
    );
  });
});

test('params are not touched', () => {
  const messages = [{ role: 'system', content: 'x' }, user([text('a')]), { role: 'assistant', content: 'b ' }];
  const ask = { messages, tools: [{ type: 'function', function: { name: 'look', parameters: {} } }], temperature: 2 };
  const before = structuredClone(ask);
  bodyOf(ask, { drop: new Set(['temperature', 'messages']) });
  expect(ask).toEqual(before);
});

test('of more than four cache marks the last four are kept, and nothing of the caller’s is changed', () => {
  const part = (text: string) => ({ type: 'text', text, cache_control: { type: 'ephemeral' } });
  const tools = [{ type: 'function', function: { name: 'f' }, cache_control: { type: 'ephemeral' } }];
  const messages = [
    { role: 'system', content: [part('a'), part('b')] },
    { role: 'user', content: [part('c'), part('d'), part('e')] },
  ];
  const before = JSON.stringify({ tools, messages });
  const body = JSON.parse(JSON.stringify(bodyOf({ tools, messages })));
  const marked = [...body.tools, ...body.system, ...body.messages[0].content].map((block) => block.cache_control !== undefined);
  expect(marked).toEqual([false, false, true, true, true, true]);
  expect(JSON.stringify({ tools, messages })).toBe(before);
});

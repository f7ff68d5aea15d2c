import { InvalidParamsError, isFailoverExhausted } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { NATIVE_WIRES, outcomeOf, stageOf, WIRES } from './wires.ts';

const user = { role: 'user', content: 'hello' };
const call = (changes: object = {}) => ({ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' }, ...changes });
const calling = (changes?: object) => [user, { role: 'assistant', content: null, tool_calls: [call(changes)] }];
const looked = { role: 'tool', tool_call_id: 'c1', content: 'seen' };
const look = { type: 'function', function: { name: 'look' } };
const parts = (...content: unknown[]) => ({ messages: [{ role: 'user', content }] });

/** Malformed params, and the path that the error names. */
const CASES: readonly (readonly [name: string, params: Record<string, unknown>, path: string])[] = [
  ['a message that is null', { messages: [null] }, 'messages[0]'],
  ['a message that is a text', { messages: ['hello'] }, 'messages[0]'],
  ['a message without a role', { messages: [{ content: 'x' }] }, 'messages[0].role'],
  ['a message of an unknown role', { messages: [{ role: 'robot', content: 'x' }] }, 'messages[0].role'],
  ['a user without content', { messages: [{ role: 'user' }] }, 'messages[0].content'],
  ['a user whose content is null', { messages: [{ role: 'user', content: null }] }, 'messages[0].content'],
  ['content that is a number', { messages: [{ role: 'user', content: 7 }] }, 'messages[0].content'],
  ['content that is an object', { messages: [{ role: 'user', content: { type: 'text', text: 'x' } }] }, 'messages[0].content'],
  ['a part that is null', parts(null), 'messages[0].content[0]'],
  ['a part that is a text', parts('hello'), 'messages[0].content[0]'],
  ['a part without a type', parts({ text: 'x' }), 'messages[0].content[0].type'],
  ['a text without text', parts({ type: 'text' }), 'messages[0].content[0].text'],
  ['a text that is a number', parts({ type: 'text', text: 7 }), 'messages[0].content[0].text'],
  [
    'an image that is a text',
    parts({ type: 'image_url', image_url: 'data:image/png;base64,AAAA' }),
    'messages[0].content[0].image_url.url',
  ],
  ['an image that is null', parts({ type: 'image_url', image_url: null }), 'messages[0].content[0].image_url.url'],
  ['an image without a URL', parts({ type: 'image_url', image_url: {} }), 'messages[0].content[0].image_url.url'],
  [
    'an image after a good part',
    parts({ type: 'text', text: 'x' }, { type: 'image_url' }),
    'messages[0].content[1].image_url.url',
  ],
  [
    'a cache mark that is a text',
    parts({ type: 'text', text: 'x', cache_control: 'yes' }),
    'messages[0].content[0].cache_control',
  ],
  ['calls that are no list', { messages: [user, { role: 'assistant', tool_calls: {} }, user] }, 'messages[1].tool_calls'],
  ['a call that is null', { messages: [user, { role: 'assistant', tool_calls: [null] }, user] }, 'messages[1].tool_calls[0]'],
  [
    'a call without arguments',
    { messages: [...calling({ function: { name: 'look' } }), looked] },
    'messages[1].tool_calls[0].function.arguments',
  ],
  [
    'a call whose arguments are an object',
    { messages: [...calling({ function: { name: 'look', arguments: {} } }), looked] },
    'messages[1].tool_calls[0].function.arguments',
  ],
  [
    'a call without a function',
    { messages: [...calling({ function: undefined }), looked] },
    'messages[1].tool_calls[0].function.name',
  ],
  [
    'a call of a function without a name',
    { messages: [...calling({ function: { arguments: '' } }), looked] },
    'messages[1].tool_calls[0].function.name',
  ],
  [
    'a call whose id is a number',
    { messages: [...calling({ id: 7 }), { ...looked, tool_call_id: 7 }] },
    'messages[1].tool_calls[0].id',
  ],
  ['a result whose id is a number', { messages: [...calling(), { ...looked, tool_call_id: 7 }] }, 'messages[2].tool_call_id'],
  ['a result without an id', { messages: [...calling(), { role: 'tool', content: 'x' }] }, 'messages[2].tool_call_id'],
  ['a result without content', { messages: [...calling(), { role: 'tool', tool_call_id: 'c1' }] }, 'messages[2].content'],
  [
    'a legacy call without arguments',
    { messages: [user, { role: 'assistant', function_call: { name: 'f' } }, user] },
    'messages[1].function_call.arguments',
  ],
  ['a legacy result without a name', { messages: [user, { role: 'function', content: 'x' }] }, 'messages[1].name'],
  ['a tool that is null', { tools: [null] }, 'tools[0]'],
  ['a tool without a function', { tools: [{ type: 'function' }] }, 'tools[0].function.name'],
  ['a tool of nothing', { tools: [{}] }, 'tools[0].type'],
  [
    'a second tool whose parameters are a text',
    { tools: [look, { type: 'function', function: { name: 'f', parameters: 'x' } }] },
    'tools[1].function.parameters',
  ],
  ['tools that are no list', { tools: 'look' }, 'tools'],
  ['legacy functions that are null', { functions: [null] }, 'functions[0].name'],
  ['a choice of no function', { tools: [look], tool_choice: { type: 'function' } }, 'tool_choice'],
  ['a choice of another form', { tools: [look], tool_choice: { name: 'look' } }, 'tool_choice'],
  ['a choice of an unknown word', { tools: [look], tool_choice: 'sometimes' }, 'tool_choice'],
  ['a choice that is a number', { tools: [look], tool_choice: 7 }, 'tool_choice'],
  ['a choice among nothing', { tools: [look], tool_choice: { type: 'allowed_tools' } }, 'tool_choice'],
  ['a stop that is null within', { stop: [null] }, 'stop[0]'],
  ['a stop that is a number', { stop: 7 }, 'stop'],
  ['a temperature that is a text', { temperature: 'hot' }, 'temperature'],
  ['a seed that is a list', { seed: [1] }, 'seed'],
  ['a metadata that is a text', { metadata: 'x' }, 'metadata'],
  ['a format that is a text', { response_format: 'json' }, 'response_format'],
  ['a format without a type', { response_format: {} }, 'response_format.type'],
  ['a format without its schema', { response_format: { type: 'json_schema' } }, 'response_format.json_schema'],
  ['an effort that is a number', { reasoning_effort: 3 }, 'reasoning_effort'],
  [
    'reasoning that is a text',
    { messages: [user, { role: 'assistant', content: 'a', reasoning_details: 'x' }, user] },
    'messages[1].reasoning_details',
  ],
  ...(['text', 'summary', 'data', 'signature'] as const).map(
    (field) =>
      [
        `reasoning whose ${field} is a number`,
        {
          messages: [
            user,
            { role: 'assistant', content: 'a', reasoning_details: [null, { type: 'reasoning.text', [field]: 7 }] },
            user,
          ],
        },
        `messages[1].reasoning_details[1].${field}`,
      ] as const,
  ),
];

// Not every wire takes these.
const FILES: readonly (readonly [name: string, params: Record<string, unknown>, path: string])[] = [
  ['a file that is null', parts({ type: 'file', file: null }), 'messages[0].content[0].file'],
  ['a file of nothing', parts({ type: 'file', file: {} }), 'messages[0].content[0].file'],
  ['a file whose data is a number', parts({ type: 'file', file: { file_data: 7 } }), 'messages[0].content[0].file.file_data'],
];

const SOUNDS: typeof FILES = [
  ['sound that is null', parts({ type: 'input_audio', input_audio: null }), 'messages[0].content[0].input_audio.data'],
  [
    'sound of no format',
    parts({ type: 'input_audio', input_audio: { data: 'AAAA', format: 7 } }),
    'messages[0].content[0].input_audio.format',
  ],
];

const budget = { name: 'all', limit: { usd: 10, requests: 1_000 }, window: 'day' } as const;

describe.each(NATIVE_WIRES)('$type', ({ type, model }) => {
  const files = type === 'cohere' ? [] : FILES;
  const sounds = type === 'google' || type === 'vertex' ? SOUNDS : [];

  it.each([...CASES, ...files, ...sounds])(
    'refuses %s by its path, sends nothing, charges nothing and holds it against nobody',
    async (_, params, path) => {
      const { gateway, server, attempts, cooldowns } = await stageOf({ budgets: [budget] });
      for (let again = 0; again < 6; again += 1) {
        const outcome = await outcomeOf(gateway, { model: `${type}/${model}`, messages: [user], ...params });
        expect(outcome).toMatchObject({
          ok: false,
          error: { name: 'InvalidParamsError', status: 400, code: 'invalid_request', param: path },
        });
        if (!outcome.ok) {
          expect(outcome.error).toBeInstanceOf(InvalidParamsError);
          expect(outcome.error.message).toContain(`${path}: expected `);
          expect(isFailoverExhausted(outcome.error)).toBe(false);
        }
      }
      expect(server.requests).toEqual([]);
      expect(attempts.map(({ failure }) => failure?.kind)).toEqual(Array.from({ length: 6 }, () => 'request-invalid'));
      expect(cooldowns).toEqual([]);
      const [balance] = await gateway.control.budgets();
      expect(balance).toMatchObject({ spent: { usd: 0, requests: 0 }, reserved: { usd: 0, requests: 0 } });
      const [health] = (await gateway.control.health()).filter(({ deployment }) => deployment.startsWith(type));
      expect(health).toMatchObject({ state: 'healthy', consecutiveFailures: 0, inFlight: 0 });
    },
  );
});

describe.each(WIRES.filter(({ native }) => !native))('$type', ({ type, model }) => {
  it('passes every form on as it is, for the vendor to judge', async () => {
    const { gateway, sent } = await stageOf();
    const odd = {
      messages: [
        { role: 'robot', content: [null, 7, { type: 'image_url', image_url: 'data:image/png;base64,AAAA' }, { type: 'text' }] },
        null,
        { role: 'assistant', tool_calls: [null, { id: 7, function: { name: 'look' } }] },
        { role: 'tool', tool_call_id: 7 },
      ],
      temperature: 'hot',
      vendors_own: { a: [null] },
    };
    const outcome = await outcomeOf(gateway, { model: `${type}/${model}`, ...odd });
    expect(outcome).toMatchObject({ ok: true });
    expect(sent()).toMatchObject([odd]);
  });
});

describe('a malformed request with several candidates', () => {
  it('stops at the first wire that reads it', async () => {
    const { gateway, server, attempts } = await stageOf({
      models: { m: ['anthropic/claude-sonnet-4-5', 'openai/gpt-4o'] },
    });
    const outcome = await outcomeOf(gateway, { model: 'm', ...parts({ type: 'text' }) });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'invalid_request', param: 'messages[0].content[0].text' } });
    expect(attempts.map(({ deployment }) => deployment)).toEqual(['anthropic/claude-sonnet-4-5']);
    expect(server.requests).toEqual([]);
  });

  it('goes out where an OpenAI wire comes first', async () => {
    const { gateway, sent } = await stageOf({ models: { m: ['openai/gpt-4o', 'anthropic/claude-sonnet-4-5'] } });
    expect(await outcomeOf(gateway, { model: 'm', ...parts({ type: 'text' }) })).toMatchObject({ ok: true });
    expect(sent()).toMatchObject([parts({ type: 'text' })]);
  });
});

describe('a malformed request of the Responses API over chat', () => {
  it.each([
    ['an item that is null', { input: [null] }, 'input[0]'],
    ['a part without text', { input: [{ role: 'user', content: [{ type: 'input_text' }] }] }, 'input[0].content[0].text'],
    [
      'an image without a URL',
      { input: [{ role: 'user', content: [{ type: 'input_image' }] }] },
      'input[0].content[0].image_url',
    ],
    [
      'an image with an empty URL, found by the wire',
      { instructions: 'be kind', input: [{ role: 'user', content: [{ type: 'input_image', image_url: '' }] }] },
      'input[0].content[0].image_url',
    ],
    [
      'a result of no call',
      {
        input: [
          { role: 'user', content: 'a' },
          { type: 'function_call_output', call_id: 'x', output: 'y' },
        ],
      },
      'input[1].call_id',
    ],
    [
      'a call without a name, found by the wire',
      {
        input: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: 'b' },
          { type: 'function_call', call_id: 'c', name: '', arguments: '{}' },
        ],
      },
      'input[2].name',
    ],
    ['a tool without a name', { input: 'a', tools: [{ type: 'function' }] }, 'tools[0].name'],
    [
      'a schema that is a text',
      { input: 'a', text: { format: { type: 'json_schema', name: 'x', schema: 'y' } } },
      'text.format.schema',
    ],
    ['an effort that is a number', { input: 'a', reasoning: { effort: 3 } }, 'reasoning.effort'],
    ['a temperature that is a text', { input: 'a', temperature: 'hot' }, 'temperature'],
  ])('names %s in the words of that API', async (_, params, path) => {
    const { gateway, server, cooldowns } = await stageOf();
    const outcome = await outcomeOf(gateway, { model: 'anthropic/claude-sonnet-4-5', ...params }, 'responses');
    expect(outcome).toMatchObject({ ok: false, error: { status: 400, code: 'invalid_request', param: path } });
    expect([server.requests, cooldowns]).toEqual([[], []]);
  });
});

describe('a file that Google keeps, in an image of the Responses API', () => {
  const uri = 'https://generativelanguage.googleapis.com/v1beta/files/abc';

  it.each([[{ file_id: uri }], [{ file_id: 'files/abc' }], [{ image_url: uri }], [{ image_url: 'files/abc' }]])(
    'goes to Gemini by its URI: %j',
    async (place) => {
      const { gateway, sent } = await stageOf();
      const input = [{ role: 'user', content: [{ type: 'input_image', detail: 'auto', ...place }] }];
      const outcome = await outcomeOf(gateway, { model: 'google/gemini-2.5-flash', input }, 'responses');
      expect(outcome).toMatchObject({ ok: true });
      expect(sent()).toMatchObject([{ contents: [{ role: 'user', parts: [{ fileData: { fileUri: uri } }] }] }]);
    },
  );

  it('is passed over by other wires, and an id of OpenAI’s by all', async () => {
    const { gateway } = await stageOf();
    const asked = async (file_id: string, model: string) => {
      const input = [{ role: 'user', content: [{ type: 'input_image', file_id }] }];
      const outcome = await outcomeOf(gateway, { model, input }, 'responses');
      return outcome.ok ? 'answered' : outcome.error.param;
    };
    expect(await asked('files/abc', 'anthropic/claude-sonnet-4-5')).toBe('input_image');
    expect(await asked('file-123', 'google/gemini-2.5-flash')).toBe('file_id');
  });
});

it('a Gemini history whose call waits for its result goes out through the gateway', async () => {
  const { gateway, sent } = await stageOf();
  const outcome = await outcomeOf(gateway, { model: 'google/gemini-2.5-flash', messages: calling(), tools: [look] });
  expect(outcome).toMatchObject({ ok: true });
  expect(sent()).toMatchObject([{ contents: [{}, { role: 'model', parts: [{ functionCall: { name: 'look' } }] }] }]);
});

it('instructions alone go to Gemini through the gateway', async () => {
  const { gateway, sent } = await stageOf();
  const messages = [{ role: 'system', content: 'write a haiku' }];
  expect(await outcomeOf(gateway, { model: 'google/gemini-2.5-flash', messages })).toMatchObject({ ok: true });
  expect(sent()).toMatchObject([{ systemInstruction: { parts: [{ text: 'write a haiku' }] }, contents: [{ role: 'user' }] }]);
});

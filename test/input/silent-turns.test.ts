import { describe, expect, it } from 'vitest';
import { bodies, failureOf, gatewayOf, upstream } from '../public/harness.ts';
import type { FaultServer } from '../support/fault-server.ts';
import { answerInKind, NATIVE_WIRES, type TestWire } from './wires.ts';

type Json = Record<string, unknown>;

async function stageOf({ settings, model, type }: TestWire, more: Json = {}) {
  const server = await upstream(answerInKind);
  const one = { ...settings, ...more, baseURL: server.origin };
  const spare = { type: 'openai', apiKey: 'k', baseURL: `${server.origin}/spare/v1` };
  const gateway = gatewayOf({
    providers: { one, spare } as never,
    models: { m: [`one/${model}`], both: [`one/${model}`, 'spare/gpt-audio'] },
  });
  const ask = (messages: unknown, asked = 'm', params: Json = {}) =>
    gateway.chat.completions.create({ model: asked, messages, ...params } as never);
  return { server, ask, gateway, type };
}

const asked = { role: 'user', content: 'One?' };
const again = { role: 'user', content: 'Two?' };

interface Turn {
  readonly role: string;
  readonly content?: unknown;
  readonly parts?: unknown;
}

/** The assistant's turns of the last request, whatever the wire calls them. */
function assistantTurns(server: FaultServer): Turn[] {
  const body = bodies(server).at(-1) ?? {};
  const turns = (body.messages ?? body.contents) as Turn[];
  return turns.filter(({ role }) => role === 'assistant' || role === 'model');
}

/** Every text of a turn, joined. */
function wordsOf({ content, parts }: Turn): string {
  if (typeof content === 'string') return content;
  return ((content ?? parts) as { text?: string }[]).map(({ text }) => text ?? '').join('|');
}

describe.each(NATIVE_WIRES.map((wire) => [wire.type, wire] as const))('an assistant turn in history, over %s', (_type, wire) => {
  it.each([
    ['an empty text', { content: '' }],
    ['null', { content: null }],
    ['an empty list', { content: [] }],
    ['an empty part', { content: [{ type: 'text', text: '' }] }],
  ])('is left out where it says nothing: %s', async (_what, turn) => {
    const { server, ask } = await stageOf(wire);
    await ask([asked, { role: 'assistant', ...turn }, again]);
    expect(assistantTurns(server)).toEqual([]);
  });

  it.each([
    ['without content', {}],
    ['beside an empty content', { content: '' }],
    ['beside an empty part', { content: [{ type: 'text', text: '' }] }],
  ])('keeps its refusal %s', async (_what, turn) => {
    const { server, ask } = await stageOf(wire);
    await ask([asked, { role: 'assistant', ...turn, refusal: 'I will not.' }, again]);
    expect(assistantTurns(server).map(wordsOf)).toEqual(['I will not.']);
  });

  it('keeps its refusal behind its content', async () => {
    const { server, ask } = await stageOf(wire);
    await ask([asked, { role: 'assistant', content: 'First.', refusal: 'I will not.' }, again]);
    const [turn] = assistantTurns(server);
    expect(wordsOf(turn as Turn)).toMatch(/^First\.\|?I will not\.$/);
  });

  it('says the transcript of what was spoken', async () => {
    const { server, ask } = await stageOf(wire);
    await ask([asked, { role: 'assistant', content: null, audio: { id: 'audio_1', transcript: 'Spoken.' } }, again]);
    expect(assistantTurns(server).map(wordsOf)).toEqual(['Spoken.']);
  });

  const sound = [asked, { role: 'assistant', audio: { id: 'audio_1' } }, again];

  it('that is a sound alone is for whoever has the sound', async () => {
    const { server, ask } = await stageOf(wire);
    expect(await failureOf(ask(sound))).toMatchObject({ status: 400, message: expect.stringContaining("'audio'") });
    expect(server.requests).toHaveLength(0);
    await ask(sound, 'both');
    expect(server.requests.map(({ path }) => path)).toEqual(['/spare/v1/chat/completions']);
    expect(bodies(server)[0]?.messages).toEqual(sound);
  });

  it('that is a sound alone is left out where drop says so', async () => {
    const { server, ask } = await stageOf(wire, { drop: ['audio'] });
    await ask(sound);
    await ask(sound, 'm', { modalities: ['text'], audio: null });
    expect(server.requests).toHaveLength(2);
    expect(assistantTurns(server)).toEqual([]);
  });

  it.each([
    ['messages[1].audio', 'audio_1'],
    ['messages[1].audio.transcript', { id: 'audio_1', transcript: 5 }],
  ])('with a malformed sound is refused by its path: %s', async (path, audio) => {
    const { server, ask } = await stageOf(wire);
    const error = await failureOf(ask([asked, { role: 'assistant', audio }, again]));
    expect(error).toMatchObject({ status: 400, code: 'invalid_request', param: path });
    expect(server.requests).toHaveLength(0);
  });

  it.each(['', ' ', 'null'])('calls a tool with no arguments where it wrote %o', async (written) => {
    const { server, ask } = await stageOf(wire);
    const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: written } };
    const result = { role: 'tool', tool_call_id: 'call_1', content: 'seen' };
    const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }];
    await ask([asked, { role: 'assistant', content: null, tool_calls: [call] }, result], 'm', { tools });
    expect(JSON.stringify(assistantTurns(server))).toMatch(/"(?:input|args)":\{\}|"arguments":"\{\}"/);
  });
});

describe.each(['mistral', 'groq', 'deepseek', 'xai', 'together', 'google-openai', 'openai-compatible'])(
  'an assistant turn in history, at %s, who has no field for refusals',
  (type) => {
    const wire: TestWire = { type, model: 'some-model', native: false, settings: { type, apiKey: 'k' } };

    it.each([
      ['a refusal alone', { content: null, refusal: 'I will not.' }, 'I will not.'],
      ['an empty content and a refusal', { content: '', refusal: 'I will not.' }, 'I will not.'],
      ['a part that is a refusal', { content: [{ type: 'refusal', refusal: 'I will not.' }] }, 'I will not.'],
      ['words and a refusal', { content: 'First.', refusal: 'I will not.' }, /^First\.\s?\|?I will not\.$/],
      ['a transcript', { content: null, audio: { id: 'audio_1', transcript: 'Spoken.' } }, 'Spoken.'],
    ])('says what was said: %s', async (_what, turn, expected) => {
      const { server, ask } = await stageOf(wire);
      await ask([asked, { role: 'assistant', ...turn }, again]);
      const [sent] = assistantTurns(server);
      expect(wordsOf(sent as Turn)).toEqual(expect.stringMatching(expected));
      expect(JSON.stringify(sent)).not.toContain('refusal');
    });

    it('says it as it was if it has no words to give', async () => {
      const { server, ask } = await stageOf(wire);
      const call = { id: 'abcdefgh1', type: 'function', function: { name: 'look', arguments: '{}' } };
      const turn = { role: 'assistant', content: null, tool_calls: [call] };
      await ask([asked, { ...turn, refusal: null }, { role: 'tool', tool_call_id: 'abcdefgh1', content: 'seen' }]);
      expect(assistantTurns(server)).toEqual([turn]);
    });
  },
);

it('keeps a refusal in its field where the vendor has one', async () => {
  const settings = { type: 'openai', apiKey: 'k' };
  const { server, ask } = await stageOf({ type: 'openai', model: 'gpt-4o', native: false, settings });
  const turn = { role: 'assistant', content: null, refusal: 'I will not.' };
  await ask([asked, turn, again]);
  expect(assistantTurns(server)).toEqual([turn]);
});

it.each(['openai', 'mistral', 'openai-compatible'])(
  'leaves out what says something of tools if there are none, at %s',
  async (type) => {
    const { server, ask } = await stageOf({ type, model: 'gpt-4o', native: false, settings: { type, apiKey: 'k' } });
    for (const tool_choice of ['auto', 'none', undefined]) {
      await ask([asked], 'm', { tools: [], tool_choice, parallel_tool_calls: true });
      expect(Object.keys(bodies(server).at(-1) ?? {}).sort()).toEqual(['messages', 'model']);
    }
    await ask([asked], 'm', { tools: [], tool_choice: 'required' });
    expect(bodies(server).at(-1)).toMatchObject({ tool_choice: expect.stringMatching(/required|any/) });
  },
);

it('is an error by its path where no turn says anything, over Cohere', async () => {
  const cohere = NATIVE_WIRES.find(({ type }) => type === 'cohere') as TestWire;
  const { server, ask } = await stageOf(cohere);
  expect(await failureOf(ask([{ role: 'assistant', content: '' }]))).toMatchObject({ status: 400, param: 'messages' });
  expect(server.requests).toHaveLength(0);
});

describe('the size of an embedding', () => {
  it.each([
    ['google', 'gemini-embedding-001', {}],
    ['bedrock', 'amazon.titan-embed-text-v2:0', { region: 'us-east-1' }],
    ['bedrock', 'cohere.embed-v4:0', { region: 'us-east-1' }],
    ['cohere', 'embed-v4.0', {}],
  ])('that is no number is refused by its path: %s %s', async (type, model, settings) => {
    const { server, gateway } = await stageOf({ type, model, native: true, settings: { type, apiKey: 'k', ...settings } });
    const error = await failureOf(gateway.embeddings.create({ model: 'm', input: 'x', dimensions: '256' as never }));
    expect(error).toMatchObject({ status: 400, code: 'invalid_request', param: 'dimensions' });
    expect(server.requests).toHaveLength(0);
  });
});

it.each([{}, { properties: { a: { type: 'string' } } }])(
  'a schema of a tool says that it is of an object: %o',
  async (parameters) => {
    for (const wire of NATIVE_WIRES.filter(({ type }) => type === 'bedrock' || type === 'anthropic')) {
      const { server, gateway } = await stageOf(wire);
      const tools = [{ type: 'function' as const, name: 'look', parameters, strict: false }];
      await gateway.responses.create({ model: 'm', input: 'x', tools });
      expect(JSON.stringify(bodies(server)[0])).toMatch(/"(?:json|input_schema)":\{[^}]*.*"type":"object"\}/);
    }
  },
);

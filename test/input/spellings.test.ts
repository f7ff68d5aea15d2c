import { describe, expect, it } from 'vitest';
import { NATIVE_WIRES, outcomeOf, stageOf } from './wires.ts';

const hi = [{ role: 'user', content: 'hi' }];
const PIXEL = 'iVBORw0KGgo=';

describe('a data URL whose scheme and type are in capitals', () => {
  const image = [{ role: 'user', content: [{ type: 'image_url', image_url: { url: `DATA:Image/PNG;Base64,${PIXEL}` } }] }];

  it.each(NATIVE_WIRES.map(({ type }) => type))('is an image over %s', async (type) => {
    const stage = await stageOf();

    const outcome = await outcomeOf(stage.gateway, { model: `on ${type}`, messages: image });

    expect(outcome).toMatchObject({ ok: true });
    expect(JSON.stringify(stage.sent())).toContain(PIXEL);
  });
});

describe('a file whose data URL is text without base64', () => {
  const file = { type: 'file', file: { filename: 'a.txt', file_data: 'data:text/plain,said%20so' } };

  it('arrives over Anthropic as the text that it is', async () => {
    const stage = await stageOf();

    await outcomeOf(stage.gateway, { model: 'on anthropic', messages: [{ role: 'user', content: [file] }] });

    expect(JSON.stringify(stage.sent())).toContain('"said so"');
  });
});

describe('a reasoning effort that does not exist', () => {
  it.each(NATIVE_WIRES.map(({ type }) => type))('is nothing that %s thinks by', async (type) => {
    const stage = await stageOf();

    const outcome = await outcomeOf(stage.gateway, { model: `on ${type}`, messages: hi, reasoning_effort: 'banana' });

    expect(outcome).toMatchObject({ ok: false, error: { status: 400, param: 'reasoning_effort' } });
    expect(stage.server.requests).toHaveLength(0);
  });
});

describe('a legacy call that is null, as older clients hand answers back', () => {
  it.each(['mistral', 'openai', 'openai-compatible'])('is not sent to %s', async (type) => {
    const stage = await stageOf();
    const said = { role: 'assistant', content: 'x', refusal: null, audio: null, tool_calls: null, function_call: null };

    await outcomeOf(stage.gateway, { model: `on ${type}`, messages: [...hi, said, ...hi] });

    expect(stage.sent()).toMatchObject([{ messages: [hi[0], { role: 'assistant', content: 'x' }, hi[0]] }]);
    expect(JSON.stringify(stage.sent())).not.toContain('function_call');
  });
});

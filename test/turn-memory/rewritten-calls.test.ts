import type { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { Questions } from '../../src/turn-memory/questions.ts';
import { failureOf } from '../public/harness.ts';
import { CALL_ID, kimi, lastWanted, QUESTION, stage, TOOLS, type Vendor } from './vendors.ts';

type Message = OpenAI.ChatCompletionMessageParam;

const RANDOM_ID = 'call_00_hJ3kq9Vb2LmXw8Tz5RfN';
const WRITTEN = '{"city": "Oslo", "days": 2, "at": {"lat": 59.9, "lon": 10.7}}';

/** Kimi, whose call has another id and more arguments. */
function withCall(id: string): Vendor {
  const rewritten = (value: unknown) =>
    JSON.parse(
      JSON.stringify(value).replaceAll(CALL_ID, id).replaceAll(JSON.stringify('{"city": "Oslo"}'), JSON.stringify(WRITTEN)),
    );
  return { ...kimi, call: rewritten(kimi.call), callEvents: rewritten(kimi.callEvents) };
}

/** A tool loop whose client gives the call back with other arguments and without the thoughts. */
async function loop(id: string, written: string, name = 'weather') {
  const vendor = withCall(id);
  const { gateway, model, server } = await stage(vendor, 'Look it up.');
  await gateway.chat.completions.create({ model, messages: [QUESTION], tools: TOOLS });
  const messages: Message[] = [
    QUESTION,
    { role: 'assistant', content: '', tool_calls: [{ id, type: 'function', function: { name, arguments: written } }] },
    { role: 'tool', tool_call_id: id, content: 'sunny' },
  ];
  const second = gateway.chat.completions.create({ model, messages, tools: TOOLS });
  return { second, given: () => lastWanted(vendor, server) };
}

const REORDERED = '{"at":{"lon":10.7,"lat":59.9},"days":2,"city":"Oslo"}';
const COMPLETED = '{"city":"Oslo","days":2,"at":{"lat":59.9,"lon":10.7},"unit":"celsius"}';

describe('a call that a client has written anew', () => {
  it.each([
    ['with its keys in another order', CALL_ID, REORDERED],
    ['with its keys in another order, and an id that nobody else has', RANDOM_ID, REORDERED],
    ['with the defaults of its schema, and an id that nobody else has', RANDOM_ID, COMPLETED],
  ])('is known again %s', async (_how, id, written) => {
    const { second, given } = await loop(id, written);
    expect((await second).choices[0]?.message.content).toBe('Rain.');
    expect(given()).toBe('Look it up.');
  });

  it.each([
    ['of an id that counts calls, with other arguments', CALL_ID, COMPLETED, 'weather'],
    ['of another tool', RANDOM_ID, WRITTEN, 'climate'],
  ])('is another call %s', async (_how, id, written, name) => {
    const { second, given } = await loop(id, written, name);
    await failureOf(second);
    expect(given()).toBeUndefined();
  });
});

it('reads a question once, however many calls follow it', () => {
  let reads = 0;
  const question = {
    role: 'user',
    get content() {
      reads += 1;
      return 'Weather in Oslo?';
    },
  };
  const calls = Array.from({ length: 300 }, () => ({ role: 'assistant', content: null }));
  const questions = new Questions([question, ...calls]);
  const digests = new Set(calls.map((_, place) => questions.before(place + 1)));
  expect([...digests]).toEqual([new Questions('Weather in Oslo?').before()]);
  expect(reads).toBe(1);
});

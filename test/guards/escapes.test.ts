import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patternRules } from '../../src/guards/ready/pattern.ts';
import { JsonScanner } from '../../src/guards/rules/json-scanner.ts';
import { chatChunk, denies, guardedCall, guardPlan, guardsOf, PERSONAL_DATA, piecesOf } from './cases.ts';

const SECRET = 'Falcon "9"\nheavy';
const REDACT = guardPlan({ use: PERSONAL_DATA, mode: 'redact' });

/** The same string of JSON, every unit written as it may be. */
function spelled(text: string): fc.Arbitrary<string> {
  const units = [...text].map((unit) => {
    const plain = JSON.stringify(unit).slice(1, -1);
    return fc.constantFrom(plain, `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  });
  return fc.tuple(...units).map((parts) => `{"a":"${parts.join('')}","b":1}`);
}

function withArguments(text: string) {
  return { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: text } }] };
}

async function sentArguments(text: string): Promise<string> {
  const { guards } = await guardsOf([REDACT], guardedCall({ messages: [withArguments(text)] }));
  const verdict = await guards.guardInput();
  if (verdict.action === 'block') throw verdict.error;
  const [message] = verdict.params.messages as ReturnType<typeof withArguments>[];
  return message?.tool_calls[0]?.function.arguments ?? '';
}

describe('arguments of tools', () => {
  it('are matched by what they say, however it is written', async () => {
    await fc.assert(
      fc.asyncProperty(spelled(SECRET), async (text) => {
        const { guards } = await guardsOf([guardPlan({ use: denies('Falcon "9"\\sheavy') })], guardedCall({}));
        expect(await guards.guardAnswer({ choices: [{ message: withArguments(text) }] })).toMatchObject({ action: 'block' });
      }),
      { numRuns: 40 },
    );
  });

  it('never leave in a stream, however they are written and cut', async () => {
    const cases = spelled(SECRET).chain((text) => piecesOf(text));
    await fc.assert(
      fc.asyncProperty(cases, async (pieces) => {
        const { guards } = await guardsOf([guardPlan({ use: denies('Falcon "9"\\sheavy') })], guardedCall({ stream: true }));
        await guards.guardInput();
        const stream = guards.openStream();
        let text = '';
        let action = 'pass';
        for (const piece of pieces) {
          const step = stream?.push(chatChunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] }));
          for (const item of step?.items ?? []) {
            const { choices } = item as { choices: { delta: { tool_calls?: { function: { arguments: string } }[] } }[] };
            text += choices[0]?.delta.tool_calls?.[0]?.function.arguments ?? '';
          }
          action = step?.action ?? action;
          if (action === 'block') break;
        }
        expect([text, action]).toEqual(['{"a":"', 'block']);
      }),
      { numRuns: 60 },
    );
  });

  it('stay JSON where something is replaced beside an escape', async () => {
    const text = JSON.stringify({ note: 'from\njoe@example.com\t"quoted" \\ é', n: 1 });
    expect(JSON.parse(await sentArguments(text))).toEqual({ note: 'from\n[EMAIL_1]\t"quoted" \\ é', n: 1 });
    expect(JSON.parse(await sentArguments('{"note":"joe\\u0040example.com"}'))).toEqual({ note: '[EMAIL_1]' });
  });

  it('give the same places in one piece and cut anywhere', () => {
    const rules = patternRules([{ kind: 'x', source: 'a@b', isLiteral: true, ignoreCase: false }]);
    const text = '\\\\\\"a\\u0040b\\/\\n a@b \\u12 \\x';
    const placesOf = (pieces: readonly string[]) => {
      const places: [number, number][] = [];
      const scanner = new JsonScanner(rules, ({ start, end }) => places.push([start, end]));
      for (const piece of pieces) scanner.feed(piece);
      scanner.end();
      return [places, scanner.safe];
    };
    const whole = placesOf([text]);
    expect(whole).toEqual([
      [
        [4, 12],
        [17, 20],
      ],
      text.length,
    ]);
    fc.assert(fc.property(piecesOf(text), (pieces) => void expect(placesOf(pieces)).toEqual(whole)));
  });
});

describe('a text', () => {
  it('is read also if it begins like an address of data, or stands in an object of the user', async () => {
    const plan = guardPlan({ use: denies('Falcon') });
    for (const params of [
      { messages: [{ role: 'user', content: 'data: Falcon' }] },
      { messages: [{ role: 'user', content: 'data:text/plain,Falcon' }] },
      { messages: [{ role: 'user', content: 'hi' }], metadata: { data: 'Falcon', result: 'Falcon' } },
    ]) {
      const { guards } = await guardsOf([plan], guardedCall(params));
      expect(await guards.guardInput()).toMatchObject({ action: 'block' });
    }
  });

  it('is none in the address of a picture', async () => {
    const content = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,Falcon' } }];
    const { guards } = await guardsOf(
      [guardPlan({ use: denies('Falcon') })],
      guardedCall({ messages: [{ role: 'user', content }] }),
    );
    expect(await guards.guardInput()).toMatchObject({ action: 'pass' });
  });

  it('is read however deep it stands', async () => {
    let schema: unknown = { description: 'Falcon' };
    for (let depth = 0; depth < 300; depth += 1) schema = { properties: { x: schema } };
    const params = { messages: [], tools: [{ type: 'function', function: { name: 'f', parameters: schema } }] };
    const { guards } = await guardsOf([guardPlan({ use: denies('Falcon') })], guardedCall(params));
    expect(await guards.guardInput()).toMatchObject({ action: 'block' });
  });
});

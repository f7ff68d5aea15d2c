import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GuardPlan } from '../../src/core/guard.ts';
import type { StreamStep } from '../../src/guards/stream/stream-guard.ts';
import { chatChunk, denies, guardedCall, guardPlan, guardsOf, PERSONAL_DATA, piecesOf } from './cases.ts';

type Event = Record<string, unknown>;
/** Each item of an answer, part by part, and each part piece by piece. */
type Items = readonly (readonly (readonly string[])[])[];

interface List {
  readonly stem: string;
  readonly part: string;
  readonly index: 'content_index' | 'summary_index';
  readonly field: 'content' | 'summary';
  readonly partType: string;
  readonly itemType: string;
}

/** Lists of parts that whole answers read as one. */
const LISTS: Readonly<Record<string, List>> = {
  'texts of a message': {
    stem: 'response.output_text',
    part: 'response.content_part',
    index: 'content_index',
    field: 'content',
    partType: 'output_text',
    itemType: 'message',
  },
  reasoning: {
    stem: 'response.reasoning_text',
    part: 'response.content_part',
    index: 'content_index',
    field: 'content',
    partType: 'reasoning_text',
    itemType: 'reasoning',
  },
  'a summary of reasoning': {
    stem: 'response.reasoning_summary_text',
    part: 'response.reasoning_summary_part',
    index: 'summary_index',
    field: 'summary',
    partType: 'summary_text',
    itemType: 'reasoning',
  },
};

function answerOf(items: Items, { field, partType, itemType }: List): Event {
  const output = items.map((parts) => ({
    type: itemType,
    [field]: parts.map((pieces) => ({ type: partType, text: pieces.join('') })),
  }));
  return { id: 'r', output };
}

function eventsOf(items: Items, list: List): Event[] {
  const { stem, part, index, partType } = list;
  const events: Event[] = [{ type: 'response.created', response: { id: 'r', output: [] } }];
  const output = answerOf(items, list).output as Event[];
  for (const [output_index, parts] of items.entries()) {
    const id = { item_id: `i${output_index}`, output_index };
    events.push({ type: 'response.output_item.added', output_index, item: { type: list.itemType, id: id.item_id } });
    for (const [place, pieces] of parts.entries()) {
      const at = { ...id, [index]: place };
      const text = pieces.join('');
      events.push({ type: `${part}.added`, ...at, part: { type: partType, text: '' } });
      for (const delta of pieces) events.push({ type: `${stem}.delta`, ...at, delta });
      events.push({ type: `${stem}.done`, ...at, text });
      events.push({ type: `${part}.done`, ...at, part: { type: partType, text } });
    }
    events.push({ type: 'response.output_item.done', output_index, item: output[output_index] });
  }
  events.push({ type: 'response.completed', response: answerOf(items, list) });
  return events.map((event, sequence_number) => ({ ...event, sequence_number }));
}

async function guardsFor(plans: readonly GuardPlan[], params: object) {
  const { guards, reports } = await guardsOf(plans, guardedCall({ ...params }, { operation: 'responses' }));
  const input = await guards.guardInput();
  if (input.action === 'block') throw input.error;
  return { guards, reports };
}

async function streamed(plans: readonly GuardPlan[], events: readonly unknown[], params: object) {
  const { guards, reports } = await guardsFor(plans, params);
  const stream = guards.openStream();
  if (stream === undefined) throw new Error('nothing guards the stream');
  const out: Event[] = [];
  let last: StreamStep = { action: 'pass', items: [] };
  for (const event of events) {
    last = stream.push(event);
    out.push(...(last.items as Event[]));
    if (last.action === 'block') return { out, last, reports };
  }
  last = await stream.end();
  out.push(...(last.items as Event[]));
  return { out, last, reports };
}

/** What the pieces of each part say. */
function toldInPieces(out: readonly Event[], { index }: List): Record<string, string> {
  const told: Record<string, string> = {};
  for (const event of out) {
    if (typeof event.delta !== 'string') continue;
    const key = `${event.output_index} ${event[index]}`;
    told[key] = (told[key] ?? '') + event.delta;
  }
  return told;
}

/** What the events that end a part say of it. */
function toldAsWhole(out: readonly Event[], { index, stem, part }: List, by: 'text' | 'part'): Record<string, string> {
  const told: Record<string, string> = {};
  for (const event of out) {
    const key = `${event.output_index} ${event[index]}`;
    if (by === 'text' && event.type === `${stem}.done`) told[key] = String(event.text);
    if (by === 'part' && event.type === `${part}.done`) told[key] = String((event.part as Event).text);
  }
  return told;
}

function partsOf(answer: Event, { field }: List): Record<string, string> {
  const told: Record<string, string> = {};
  for (const [place, item] of (answer.output as Event[]).entries()) {
    for (const [which, part] of (item[field] as { text: string }[]).entries()) told[`${place} ${which}`] = part.text;
  }
  return told;
}

const MAIL = 'joe@example.com';
const PARAMS = { input: `write to ${MAIL}` };
const REDACT = guardPlan({ use: PERSONAL_DATA, mode: 'redact' });
const WORDS = guardPlan({ name: 'words', use: denies('\\bFalcon\\b', 'Heron'), mode: 'redact' });
const TEXT = 'Dear [EMAIL_1], the Falcon and the Heron pay DE89 3704 0044 0532 0130 00, not jane@example.org. [E';

/** The text in items, parts and pieces, cut anywhere. */
const cutAnywhere = fc
  .tuple(piecesOf(TEXT), fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 16, maxLength: 16 }))
  .map(([pieces, cuts]): Items => {
    const items: string[][][] = [[[]]];
    for (const [place, piece] of pieces.entries()) {
      if (piece === '') continue;
      if (cuts[place] === 0) items.push([[]]);
      if (cuts[place] === 1) items.at(-1)?.push([]);
      items.at(-1)?.at(-1)?.push(piece);
    }
    return items.map((parts) => parts.filter((part) => part.length > 0)).filter((parts) => parts.length > 0);
  });

describe.each(Object.entries(LISTS))('a stream of %s', (_, list) => {
  it('says in pieces, at the end of each part and at its end what the whole answer says', async () => {
    await fc.assert(
      fc.asyncProperty(cutAnywhere, async (items) => {
        const plans = [REDACT, WORDS];
        const { guards, reports: wholeReports } = await guardsFor(plans, PARAMS);
        const verdict = await guards.guardAnswer(answerOf(items, list));
        if (verdict.action === 'block') throw verdict.error;
        const whole = partsOf(verdict.answer, list);
        const { out, last, reports } = await streamed(plans, eventsOf(items, list), PARAMS);
        expect(last.action).toBe('pass');
        expect(toldInPieces(out, list)).toEqual(whole);
        expect(toldAsWhole(out, list, 'text')).toEqual(whole);
        expect(toldAsWhole(out, list, 'part')).toEqual(whole);
        expect(partsOf(out.at(-1)?.response as Event, list)).toEqual(whole);
        expect(out.map(({ sequence_number }) => sequence_number)).toEqual(out.map((__, index) => index));
        expect(reports).toEqual(wholeReports);
      }),
      { numRuns: 150 },
    );
  });

  it('is blocked where the whole answer is, and lets nothing out from the match on', async () => {
    await fc.assert(
      fc.asyncProperty(cutAnywhere, async (items) => {
        const plans = [guardPlan({ use: denies('Falcon'), on: 'output' })];
        const { guards } = await guardsFor(plans, PARAMS);
        const verdict = await guards.guardAnswer(answerOf(items, list));
        const { out, last } = await streamed(plans, eventsOf(items, list), PARAMS);
        expect(last.action).toBe(verdict.action);
        const told = Object.values(toldInPieces(out, list)).join('');
        expect(told).toBe(verdict.action === 'block' ? TEXT.slice(0, TEXT.indexOf('Falcon')) : TEXT);
        if (verdict.action === 'block') expect(JSON.stringify(out)).not.toMatch(/F(?:a|$)/);
      }),
      { numRuns: 100 },
    );
  });

  it('holds the end of a part back only as long as the next one may go on with a match', async () => {
    const items = [[['a sec'], ['ond', ' sec'], ['ret']]];
    const { guards } = await guardsFor([guardPlan({ use: denies('secret'), mode: 'redact', on: 'output' })], PARAMS);
    const stream = guards.openStream();
    const steps = eventsOf(items, list).map((event) => {
      const out = (stream?.push(event).items ?? []) as Event[];
      return out.flatMap(({ delta, text }) => delta ?? (text === undefined ? [] : { text }));
    });
    expect(steps.filter((step) => step.length > 0)).toEqual([
      ['a '],
      ['sec', { text: 'a sec' }, 'ond'],
      [' '],
      ['[PATTERN]', { text: 'ond [PATTERN]' }, '…', { text: '…' }],
    ]);
  });

  it('gives all when it breaks off', async () => {
    const events = eventsOf([[['a sec'], ['r']]], list).filter(({ type }) => !/item\.done|completed/.test(String(type)));
    const { out } = await streamed([guardPlan({ use: denies('secret'), on: 'output' })], events, PARAMS);
    expect(toldInPieces(out, list)).toEqual({ '0 0': 'a sec', '0 1': 'r' });
    const others = (all: readonly Event[]) => all.flatMap(({ type }) => (String(type).endsWith('.delta') ? [] : [type]));
    expect(others(out)).toEqual(others(events));
  });
});

describe('items of a streamed response', () => {
  it('go on while a part of another waits for the next one', async () => {
    const list = LISTS['texts of a message'] as List;
    const events = eventsOf([[['a sec'], ['ret b']]], list);
    const at = { item_id: 'f', output_index: 1 };
    const call = { type: 'function_call', name: 'f', call_id: 'c', arguments: '{"a":"sec"}' };
    const between = [
      { type: 'response.function_call_arguments.delta', ...at, delta: '{"a":' },
      { type: 'response.function_call_arguments.delta', ...at, delta: '"sec"}' },
      { type: 'response.function_call_arguments.done', ...at, arguments: '{"a":"sec"}' },
      { type: 'response.output_item.done', output_index: 1, item: call },
    ];
    const place = events.findIndex(({ type }) => type === 'response.output_text.done') + 1;
    const all = [...events.slice(0, place), ...between, ...events.slice(place)];
    const { out } = await streamed([guardPlan({ use: denies('secret'), mode: 'redact', on: 'output' })], all, PARAMS);
    expect(out.filter(({ type }) => /arguments\.done|item\.done/.test(String(type)))).toMatchObject([
      { arguments: '{"a":"sec"}' },
      { item: call },
      { item: { content: [{ text: 'a [PATTERN]' }, { text: ' b' }] } },
    ]);
    const args = out.flatMap(({ type, delta }) => (String(type).includes('arguments.delta') ? [delta] : []));
    expect(args.join('')).toBe('{"a":"sec"}');
    expect(toldAsWhole(out, list, 'text')).toEqual({ '0 0': 'a [PATTERN]', '0 1': ' b' });
  });

  it('tell another text at their end, which is looked at by itself', async () => {
    const list = LISTS['texts of a message'] as List;
    const events = eventsOf([[['fine']]], list).map((event) =>
      event.type === 'response.output_text.done' ? { ...event, text: 'the Heron' } : event,
    );
    const { out } = await streamed([WORDS], events, PARAMS);
    expect(out.find(({ type }) => type === 'response.output_text.done')).toMatchObject({ text: 'the [PATTERN]' });
  });
});

describe('details of reasoning in chunks', () => {
  it('are read as one, as whole answers have them', async () => {
    const detail = (text: string, index: number) => ({ type: 'reasoning.text', text, index });
    const text = 'ask jane@example.org now';
    await fc.assert(
      fc.asyncProperty(piecesOf(text), async (pieces) => {
        const said = pieces.filter((piece) => piece !== '');
        const details = said.map(detail);
        const plans = [guardPlan({ use: PERSONAL_DATA, mode: 'redact', on: 'output' })];
        const { guards } = await guardsFor(plans, PARAMS);
        const verdict = await guards.guardAnswer({ choices: [{ message: { reasoning_details: details } }] });
        const chunks = [...details.map((one) => chatChunk({ reasoning_details: [one] })), chatChunk({}, 'stop')];
        const { out } = await streamed(plans, chunks, PARAMS);
        const told: string[] = said.map(() => '');
        for (const { choices } of out as unknown as { choices: { delta: { reasoning_details?: (typeof details)[0][] } }[] }[]) {
          for (const one of choices[0]?.delta.reasoning_details ?? []) told[one.index] += one.text;
        }
        expect(verdict).toMatchObject({
          answer: { choices: [{ message: { reasoning_details: told.map((one, index) => detail(one, index)) } }] },
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe('the answers of a completion', () => {
  it('are not put together, whole or streamed', async () => {
    const choices = ['the Fal', 'con'].map((text, index) => ({ index, text, finish_reason: 'stop' }));
    const plans = [guardPlan({ use: denies('Falcon'), on: 'output' })];
    const { guards } = await guardsFor(plans, PARAMS);
    expect(await guards.guardAnswer({ choices })).toMatchObject({ action: 'pass' });
    expect((await streamed(plans, [{ choices }], PARAMS)).last.action).toBe('pass');
  });
});

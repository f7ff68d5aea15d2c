import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CustomUse, GuardPlan } from '../../src/core/guard.ts';
import type { StreamStep } from '../../src/guards/stream/stream-guard.ts';
import { chatChunk, denies, guardedCall, guardPlan, guardsOf, PERSONAL_DATA, piecesOf } from './cases.ts';

const PARAMS = { stream: true, messages: [{ role: 'user', content: 'write to joe@example.com' }] };

async function passed(
  plans: readonly GuardPlan[],
  items: readonly unknown[],
  params: object = PARAMS,
): Promise<{ items: unknown[]; last: StreamStep }> {
  const { guards } = await guardsOf(plans, guardedCall(params as typeof PARAMS));
  const input = await guards.guardInput();
  if (input.action === 'block') throw input.error;
  const stream = guards.openStream();
  if (stream === undefined) throw new Error('nothing guards the stream');
  const out: unknown[] = [];
  let last: StreamStep = { action: 'pass', items: [] };
  for (const item of items) {
    last = stream.push(item);
    out.push(...last.items);
    if (last.action === 'block') return { items: out, last };
  }
  last = await stream.end();
  return { items: [...out, ...last.items], last };
}

interface Told {
  content: string;
  reasoning: string;
  arguments: string;
}

function told(items: readonly unknown[]): Told {
  const all: Told = { content: '', reasoning: '', arguments: '' };
  for (const item of items) {
    const delta = (item as { choices: { delta: Record<string, unknown> }[] }).choices[0]?.delta ?? {};
    all.content += delta.content ?? '';
    all.reasoning += delta.reasoning_content ?? '';
    const calls = delta.tool_calls as { function?: { arguments?: string } }[] | undefined;
    all.arguments += calls?.[0]?.function?.arguments ?? '';
  }
  return all;
}

/** The same text as content, as reasoning and as arguments. */
function chunksOf(pieces: readonly string[]): unknown[] {
  const chunks: unknown[] = [chatChunk({ role: 'assistant', content: '' })];
  for (const piece of pieces) chunks.push(chatChunk({ reasoning_content: piece }));
  for (const piece of pieces) chunks.push(chatChunk({ content: piece }));
  for (const piece of pieces) chunks.push(chatChunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] }));
  return [...chunks, chatChunk({}, 'stop')];
}

const TEXT =
  'Dear [EMAIL_1], pay DE89 3704 0044 0532 0130 00 with 4111 1111 1111 1111 or ask jane@example.org (192.0.2.1) at +1 213 373 4253. [EMAIL_9] [E';
const REDACT = guardPlan({ use: PERSONAL_DATA, mode: 'redact' });
const REDACTED = 'pay [IBAN] with [CARD] or ask [EMAIL] ([IP]) at [PHONE]. [EMAIL_9] [E';

describe('a stream', () => {
  it('is redacted, and gets its originals back, cut at every unit', async () => {
    const whole = `Dear joe@example.com, ${REDACTED}`;
    for (let cut = 0; cut <= TEXT.length; cut += 1) {
      const { items } = await passed([REDACT], chunksOf([TEXT.slice(0, cut), TEXT.slice(cut)]));
      expect(told(items)).toEqual({ content: whole, reasoning: whole, arguments: whole });
    }
  });

  it('is the same however it is cut', async () => {
    const whole = `Dear joe@example.com, ${REDACTED}`;
    await fc.assert(
      fc.asyncProperty(piecesOf(TEXT), async (pieces) => {
        const { items } = await passed([REDACT, guardPlan({ name: 'keys', use: { kind: 'secrets' } })], chunksOf(pieces));
        expect(told(items)).toEqual({ content: whole, reasoning: whole, arguments: whole });
      }),
      { numRuns: 100 },
    );
  });

  it('is blocked before the first unit of what may not out, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(piecesOf('tell them secret word. more'), async (pieces) => {
        const { items, last } = await passed(
          [guardPlan({ use: denies('secret word') })],
          pieces.map((content) => chatChunk({ content })),
        );
        expect(last).toMatchObject({ action: 'block', error: { code: 'content_blocked', on: 'output' } });
        expect(told(items).content).toBe('tell them ');
      }),
      { numRuns: 200 },
    );
  });

  it('releases at once what cannot become a match', async () => {
    const { guards } = await guardsOf([guardPlan({ use: denies('secret word') })], guardedCall(PARAMS));
    const stream = guards.openStream();
    const step = (content: string) => told(stream?.push(chatChunk({ content })).items ?? []).content;
    expect(['all is well', ' sec', 'ond', ' secret', ' wor', 'king'].map(step)).toEqual([
      'all is well',
      ' ',
      'second',
      ' ',
      '',
      'secret working',
    ]);
  });

  it('passes untouched chunks as they are', async () => {
    const chunks = [
      chatChunk({ role: 'assistant' }),
      chatChunk({ content: 'fine ' }),
      chatChunk({}, 'stop'),
      { id: 'c', choices: [], usage: { total_tokens: 3 } },
    ];
    const { items } = await passed([guardPlan({ use: denies('zzz') })], chunks);
    expect(items.every((item, index) => item === chunks[index])).toBe(true);
  });

  it('ends with what was held, before its finish and its usage', async () => {
    const chunks = [chatChunk({ content: 'a sec' }), chatChunk({}, 'stop'), { id: 'c', choices: [], usage: { total_tokens: 3 } }];
    const { items } = await passed([guardPlan({ use: denies('secret') })], chunks);
    expect(items).toMatchObject([
      { choices: [{ delta: { content: 'a ' } }] },
      { choices: [{ delta: { content: 'sec' }, finish_reason: null }] },
      { choices: [{ finish_reason: 'stop' }] },
      { usage: { total_tokens: 3 } },
    ]);
  });

  it('without a finish gives what was held at its end', async () => {
    expect(told((await passed([guardPlan({ use: denies('secret') })], [chatChunk({ content: 'a sec' })])).items).content).toBe(
      'a sec',
    );
  });

  it('keeps probabilities with their tokens', async () => {
    const withLogprobs = (content: string) => ({
      choices: [
        { index: 0, delta: { content }, finish_reason: null, logprobs: { content: [{ token: content }], refusal: null } },
      ],
    });
    const { items } = await passed([guardPlan({ use: denies('secret') })], ['a', ' sec', 'ond ', 'secret'].map(withLogprobs));
    const probabilities = items.flatMap((item) => (item as ReturnType<typeof withLogprobs>).choices[0]?.logprobs?.content ?? []);
    expect(probabilities).toEqual([{ token: 'a' }, { token: ' sec' }, { token: 'ond ' }]);
  });

  it('is cut at the size that it may have', async () => {
    await fc.assert(
      fc.asyncProperty(piecesOf('0123456789abc'), async (pieces) => {
        const plan = guardPlan({ on: 'output', use: { kind: 'size', maxCharacters: 10 } });
        const { items, last } = await passed(
          [plan],
          pieces.map((content) => chatChunk({ content })),
        );
        expect([told(items).content, last.action]).toEqual(['0123456789', 'block']);
      }),
    );
  });

  it('is held as a whole for a guard that sees the whole, unless that only flags', async () => {
    const use: CustomUse = {
      kind: 'custom',
      guard: {
        name: 'own',
        on: 'output',
        mode: 'block',
        check: async ({ parts }) =>
          parts.flatMap(({ text }, part) => (text === 'one two' ? [{ kind: 'two', part, start: 4, end: 7 }] : [])),
      },
    };
    const chunks = [chatChunk({ content: 'one' }), chatChunk({ content: ' two' }), chatChunk({}, 'stop')];
    const blocked = await passed([guardPlan({ on: 'output', use })], chunks);
    expect([blocked.items, blocked.last.action]).toEqual([[], 'block']);
    const redacted = await passed([guardPlan({ on: 'output', use, mode: 'redact' })], chunks);
    expect(told(redacted.items).content).toBe('one [TWO]');
    const flagged = await passed([guardPlan({ on: 'output', use, mode: 'flag' })], chunks);
    expect(flagged.items).toEqual(chunks);
  });
});

function responseEvents(pieces: readonly string[]): Record<string, unknown>[] {
  const text = pieces.join('');
  const part = { type: 'output_text', text, annotations: [] };
  const at = { item_id: 'i', output_index: 0, content_index: 0 };
  const events = [
    { type: 'response.created', response: { id: 'r', output: [] } },
    ...pieces.map((delta) => ({ type: 'response.output_text.delta', ...at, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...at, text, logprobs: [] },
    { type: 'response.content_part.done', ...at, part },
    { type: 'response.completed', response: { id: 'r', output: [{ type: 'message', role: 'assistant', content: [part] }] } },
  ];
  return events.map((event, sequence_number) => ({ ...event, sequence_number }));
}

describe('a stream of the Responses API', () => {
  it('tells the same redacted text in pieces and as a whole, numbered without gaps', async () => {
    const whole = `Dear joe@example.com, ${REDACTED}`;
    await fc.assert(
      fc.asyncProperty(piecesOf(TEXT), async (pieces) => {
        const { items } = await passed([REDACT], responseEvents(pieces));
        const events = items as ReturnType<typeof responseEvents>;
        expect(events.map(({ delta }) => delta ?? '').join('')).toBe(whole);
        expect(events.find(({ type }) => type === 'response.output_text.done')?.text).toBe(whole);
        expect(JSON.stringify(events.at(-1))).toContain(JSON.stringify(whole).slice(1, -1));
        expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
      }),
      { numRuns: 100 },
    );
  });

  it('is blocked in an event that tells a whole text, too', async () => {
    const [created, , , , completed] = responseEvents(['a secret']);
    const { items, last } = await passed([guardPlan({ use: denies('secret') })], [created, completed]);
    expect([items.length, last.action]).toEqual([1, 'block']);
  });
});

describe('a stream of text completions', () => {
  it('is redacted', async () => {
    const chunks = ['to jane@', 'example.org', '!'].map((text) => ({ choices: [{ index: 0, text, finish_reason: null }] }));
    const { items } = await passed([REDACT], chunks);
    expect((items as typeof chunks).map(({ choices }) => choices[0]?.text).join('')).toBe('to [EMAIL]!');
  });
});

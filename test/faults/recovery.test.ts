import { StreamInterruptedError } from 'tollgate';
import { expect, it } from 'vitest';
import { settlePromises } from '../support/test-clock.ts';
import { openStage, read } from './stage.ts';

const onInterrupt = (way: string) => ({ model: { stream: { onInterrupt: way } } });
const BREAKS = [{ pieces: ['The quick brown fox ', 'jumps over', { cut: 'transient' as const }] }];

it('`error` throws what was delivered, and nobody else is asked', async () => {
  const stage = openStage({ a: BREAKS, b: [{ text: 'never' }] });
  const { text, error } = await read(stage);
  expect(text).toBe('The quick brown fox jumps over');
  expect(error).toBeInstanceOf(StreamInterruptedError);
  expect(error).toMatchObject({
    code: 'stream_interrupted',
    partial: { text, reasoning: '', toolCalls: [] },
    resumable: true,
    usage: { outputTokens: expect.any(Number) },
  });
  expect([stage.asked, await stage.reserved()]).toEqual([['a'], 0]);
});

it('`restart` announces a discard and gives the new answer from its start, under one id', async () => {
  const stage = openStage({ a: BREAKS, b: [{ pieces: ['A new ', 'answer'] }] }, onInterrupt('restart'));
  const { text, items, error, route } = await read(stage);
  expect([text, error]).toEqual(['A new answer', undefined]);
  expect(items.filter((item) => item.tollgate)).toMatchObject([{ choices: [], tollgate: { discard: true } }]);
  expect(new Set(items.map(({ id }) => id)).size).toBe(1);
  expect(route).toMatchObject({ deployment: 'b/m', attempts: [{ failure: { kind: 'transient' } }, { deployment: 'b/m' }] });
  expect(route?.spliced).toBeUndefined();
  expect([await stage.reserved(), (await stage.spent())?.requests]).toEqual([0, 1]);
});

it.for(['stream', 'runTools'] as const)(
  '`restart` leaves nothing of the broken answer in what `%s` puts together',
  async (helper) => {
    const stage = openStage({ a: BREAKS, b: [{ pieces: ['A new ', 'answer'] }] }, onInterrupt('restart'));
    const params = { model: 'm', messages: [{ role: 'user' as const, content: 'hello' }] };
    const { completions } = stage.gateway.chat;
    const stream =
      helper === 'stream' ? completions.stream(params) : completions.runTools({ ...params, stream: true, tools: [] });
    const { content } = await stream.finalMessage();
    expect([content, await stage.reserved()]).toEqual(['A new answer', 0]);
  },
);

it('`continue` goes on from the text, the repeated words taken out, and says so', async () => {
  const stage = openStage(
    { a: BREAKS, b: [{ pieces: ['quick ', 'brown fox ', 'jumps over', ' the lazy ', 'dog'] }] },
    onInterrupt('continue'),
  );
  const { text, error, route } = await read(stage);
  expect([text, error]).toEqual(['The quick brown fox jumps over the lazy dog', undefined]);
  expect(route?.spliced).toBe(true);
  const sent = stage.providers.b?.calls[0]?.request.params.messages;
  expect(sent).toMatchObject([
    { role: 'user', content: 'hello' },
    { role: 'assistant', content: 'The quick brown fox jumps over' },
    { role: 'user' },
  ]);
});

it('an answer that goes on is charged for all that came, the words that were taken out too', async () => {
  const pieces = ['quick ', 'brown fox ', 'jumps over', ' the lazy ', 'dog'];
  const stage = openStage({ a: BREAKS, b: [{ pieces, usage: null }] }, onInterrupt('continue'));
  const used: (number | undefined)[] = [];
  stage.gateway.on('attempt.end', ({ usage }) => used.push(usage?.outputTokens));
  await read(stage);
  const tokens = (texts: readonly string[]) => Math.ceil(texts.join('').length * 0.3);
  expect(used).toEqual([tokens(['The quick brown fox jumps over']), tokens(pieces)]);
});

it('`continue` takes no chance repetition for an overlap', async () => {
  const stage = openStage(
    { a: [{ pieces: ['I like a', { cut: 'transient' }] }], b: [{ text: 'a lot' }] },
    onInterrupt('continue'),
  );
  expect((await read(stage)).text).toBe('I like aa lot');
});

it('a continued stream that breaks again gives all that was delivered', async () => {
  const stage = openStage(
    { a: BREAKS, b: [{ pieces: [' the lazy', { cut: 'timeout' }] }], c: [{ text: 'never' }] },
    onInterrupt('continue'),
  );
  const { text, error } = await read(stage);
  expect(text).toBe('The quick brown fox jumps over the lazy');
  expect(error).toMatchObject({ partial: { text }, failure: { kind: 'timeout' } });
  expect(stage.asked).toEqual(['a', 'b']);
});

it.each([
  [
    'a tool call',
    {
      pieces: [
        {
          item: {
            id: 'x',
            choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{' } }] } }],
          },
        },
        { cut: 'transient' as const },
      ],
    },
    {},
  ],
  ['JSON mode', BREAKS[0], { response_format: { type: 'json_object' } }],
  ['log probabilities', BREAKS[0], { logprobs: true }],
  ['several choices', BREAKS[0], { n: 2 }],
])('`continue` is an error with %s', async (_what, outcome, params) => {
  const stage = openStage({ a: [outcome ?? { never: true }], b: [{ text: 'never' }] }, onInterrupt('continue'));
  expect((await read(stage, params)).error).toBeInstanceOf(StreamInterruptedError);
  expect([stage.asked, await stage.reserved()]).toEqual([['a'], 0]);
});

it('goes to no deployment that the caller may not use', async () => {
  const stage = openStage(
    { a: BREAKS, b: [{ text: 'never' }] },
    { ...onInterrupt('restart'), config: { access: { rules: [{ match: { team: 'x' }, deny: ['b/m'] }] } } },
  );
  const guarded = { ...stage, gateway: stage.gateway.for({ team: 'x' }) };
  expect((await read(guarded)).error).toBeInstanceOf(StreamInterruptedError);
  expect(stage.asked).not.toContain('b');
});

it('stays within the attempts of the call', async () => {
  const stage = openStage(
    { a: BREAKS, b: [{ fail: 'transient' }] },
    { model: { stream: { onInterrupt: 'restart' }, retry: { maxAttempts: 2 } } },
  );
  expect((await read(stage)).error).toBeInstanceOf(StreamInterruptedError);
  expect(stage.asked).toEqual(['a', 'b']);
});

it('a reader that leaves while another attempt is under way ends that attempt, accounted for', async () => {
  const stage = openStage({ a: BREAKS, b: [{ never: true }] }, onInterrupt('restart'));
  const stream = await stage.gateway.chat.completions.create({
    model: 'm',
    messages: [{ role: 'user', content: 'hello' }],
    stream: true,
  });
  const reader = stream[Symbol.asyncIterator]();
  for (let item = 0; item < 3; item += 1) await reader.next();
  const waiting = reader.next();
  await settlePromises();
  expect(stage.asked).toEqual(['a', 'b']);
  stream.controller.abort();
  expect(await waiting).toEqual({ done: true, value: undefined });
  await settlePromises();
  const ends = stage.events.filter(({ type }) => type.endsWith('.end'));
  expect(ends.map(({ type, deployment, failure }) => [type, deployment, failure?.kind])).toEqual([
    ['attempt.end', 'a/m', 'transient'],
    ['attempt.end', 'b/m', 'aborted'],
    ['request.end', 'a/m', undefined],
  ]);
  expect([await stage.reserved(), stage.gateway.control.health().map(({ inFlight }) => inFlight)]).toEqual([0, [0, 0]]);
});

it('78: a stream that nobody reads is dropped and settled', async () => {
  const stage = openStage({ a: [{ pieces: ['one', 'two'] }] });
  const stream = await stage.gateway.chat.completions.create({
    model: 'm',
    messages: [{ role: 'user', content: 'hello' }],
    stream: true,
  });
  await stage.clock.elapse(299_999);
  expect(await stage.reserved()).toBeGreaterThan(0);
  await stage.clock.elapse(1);
  expect([await stage.reserved(), stage.events.at(-1)]).toMatchObject([
    0,
    { type: 'request.end', outcome: 'aborted', error: { code: 'stream_unread' } },
  ]);
  await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'stream_unread' });
});

it('78: a reader that is merely slow is not', async () => {
  const stage = openStage({ a: [{ pieces: ['one ', 'two ', 'three ', 'four'] }] });
  const stream = await stage.gateway.chat.completions.create({
    model: 'm',
    messages: [{ role: 'user', content: 'hello' }],
    stream: true,
  });
  let text = '';
  for await (const item of stream) {
    text += item.choices[0]?.delta.content ?? '';
    await stage.clock.elapse(200_000 / 4);
  }
  expect(text).toBe('one two three four');
});

it('77: a reader that breaks off, throws or returns ends the upstream and pays for what came', async () => {
  for (const leave of ['break', 'throw', 'return'] as const) {
    const stage = openStage({ a: [{ pieces: ['one', 'stall'] }] });
    const stream = await stage.gateway.chat.completions.create({
      model: 'm',
      messages: [{ role: 'user', content: 'hello' }],
      stream: true,
    });
    const reading = async () => {
      for await (const item of stream) {
        if (item.choices[0]?.delta.content !== 'one') continue;
        if (leave === 'break') break;
        if (leave === 'throw') throw new Error('reader failed');
        return;
      }
    };
    await reading().catch(() => {});
    expect([leave, await stage.reserved(), stage.events.at(-1)]).toMatchObject([
      leave,
      0,
      { type: 'request.end', outcome: 'aborted' },
    ]);
    expect((await stage.spent())?.tokens).toBeGreaterThan(0);
  }
});

it('79: a second iteration is a clear error', async () => {
  const stage = openStage({ a: [{ text: 'once' }] });
  const stream = await stage.gateway.chat.completions.create({
    model: 'm',
    messages: [{ role: 'user', content: 'hello' }],
    stream: true,
  });
  for await (const _item of stream);
  await expect(async () => {
    for await (const _item of stream);
  }).rejects.toThrow('Cannot iterate over a consumed stream');
});

import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { ModelQuestion } from '../../src/core/asking.ts';
import type { Guard } from '../../src/core/guard.ts';
import type { Params } from '../../src/core/params.ts';
import type { GuardedCall } from '../../src/guards/call-guards.ts';
import { denies, guardedCall, guardPlan, guardsOf, PERSONAL_DATA } from './cases.ts';

const MAIL = 'joe@example.com';

/** Where a text may stand in the params of each operation. */
const PLACES: readonly (readonly [GuardedCall['operation'], string, Params])[] = [
  ['chat', 'a text', { model: 'm', messages: [{ role: 'user', content: `to ${MAIL}` }] }],
  ['chat', 'a part', { model: 'm', messages: [{ role: 'user', content: [{ type: 'text', text: MAIL }] }] }],
  ['chat', 'a tool result', { model: 'm', messages: [{ role: 'tool', tool_call_id: 't', content: MAIL }] }],
  [
    'chat',
    'arguments',
    {
      model: 'm',
      messages: [
        {
          role: 'assistant',
          tool_calls: [{ id: 't', type: 'function', function: { name: 'f', arguments: `{"to":"${MAIL}"}` } }],
        },
      ],
    },
  ],
  ['chat', 'reasoning', { model: 'm', messages: [{ role: 'assistant', content: 'x', reasoning_content: MAIL }] }],
  [
    'chat',
    'a tool',
    { model: 'm', messages: [], tools: [{ type: 'function', function: { name: 'f', description: `ask ${MAIL}` } }] },
  ],
  ['chat', 'metadata', { model: 'm', messages: [], metadata: { id: MAIL } }],
  ['chat', 'the user', { model: 'm', messages: [], user: MAIL }],
  ['responses', 'a text', { model: 'm', input: `to ${MAIL}` }],
  ['responses', 'instructions', { model: 'm', input: 'x', instructions: MAIL }],
  ['responses', 'a part', { model: 'm', input: [{ role: 'user', content: [{ type: 'input_text', text: MAIL }] }] }],
  ['responses', 'a tool result', { model: 'm', input: [{ type: 'function_call_output', call_id: 'c', output: MAIL }] }],
  [
    'responses',
    'arguments',
    { model: 'm', input: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: `{"to":"${MAIL}"}` }] },
  ],
  [
    'responses',
    'a summary',
    { model: 'm', input: [{ type: 'reasoning', id: 'r', summary: [{ type: 'summary_text', text: MAIL }] }] },
  ],
  ['completions', 'a prompt', { model: 'm', prompt: MAIL }],
  ['completions', 'several prompts', { model: 'm', prompt: ['x', MAIL] }],
  ['embeddings', 'an input', { model: 'm', input: MAIL }],
  ['embeddings', 'several inputs', { model: 'm', input: ['x', MAIL] }],
  ['moderations', 'an input', { model: 'm', input: [{ type: 'text', text: MAIL }] }],
  ['images.generate', 'a prompt', { model: 'm', prompt: `draw ${MAIL}` }],
  ['audio.speech', 'an input', { model: 'm', input: `say ${MAIL}`, voice: 'alloy' }],
];

describe('what goes in', () => {
  it.each(PLACES)('of %s is blocked in %s', async (operation, _, params) => {
    const { guards, reports } = await guardsOf(
      [guardPlan({ use: PERSONAL_DATA, on: 'input' })],
      guardedCall(params, { operation }),
    );
    const verdict = await guards.guardInput();
    expect(verdict).toMatchObject({
      action: 'block',
      error: { status: 400, code: 'content_blocked', guard: 'guard', on: 'input' },
    });
    expect(JSON.stringify(verdict) + String(verdict.action === 'block' && verdict.error.message)).not.toContain('joe');
    expect(reports).toEqual([{ action: 'block', guard: 'guard', on: 'input', findings: [{ kind: 'email', count: 1 }] }]);
  });

  it.each(PLACES)('of %s is redacted in %s, and the rest is the same', async (operation, _, params) => {
    const before = JSON.stringify(params);
    const { guards } = await guardsOf(
      [guardPlan({ use: PERSONAL_DATA, on: 'input', mode: 'redact' })],
      guardedCall(params, { operation }),
    );
    const verdict = await guards.guardInput();
    if (verdict.action !== 'pass') throw verdict.error;
    expect(JSON.stringify(verdict.params)).toBe(before.replace(MAIL, '[EMAIL_1]'));
    expect(JSON.stringify(params)).toBe(before);
  });

  it('passes as the same object if nothing is found', async () => {
    const params = { model: 'm', messages: [{ role: 'user', content: 'hello' }] };
    const { guards, reports } = await guardsOf([guardPlan({ use: PERSONAL_DATA, mode: 'redact' })], guardedCall(params));
    const verdict = await guards.guardInput();
    expect(verdict.action === 'pass' && verdict.params).toBe(params);
    expect(reports).toEqual([]);
  });

  it('is no id that only the vendor compares', async () => {
    const params = {
      input: 'hi',
      background: true,
      background_options: { completion_window: '8h', continuation_id: '+1 213 373 4253' },
    };
    const call = guardedCall(params, { operation: 'responses' });
    const { guards } = await guardsOf([guardPlan({ use: PERSONAL_DATA, mode: 'block', on: 'input' })], call);
    expect(await guards.guardInput()).toEqual({ action: 'pass', params });
  });

  it('is read in the fields of a form', async () => {
    const form = new FormData();
    form.append('model', 'm');
    form.append('prompt', `draw ${MAIL}`);
    form.append('image', new Blob(['x']), 'x.png');
    const call = guardedCall({ model: 'm' }, { operation: 'images.edit', form });
    const { guards } = await guardsOf([guardPlan({ use: PERSONAL_DATA, mode: 'redact' })], call);
    const verdict = await guards.guardInput();
    expect(verdict.action === 'pass' && [...(verdict.form?.entries() ?? [])].map(([name]) => name)).toEqual([
      'model',
      'prompt',
      'image',
    ]);
    expect(verdict.action === 'pass' && verdict.form?.get('prompt')).toBe('draw [EMAIL_1]');
  });

  it.each([
    ['embeddings', { model: 'm', input: [1, 2, 3] }, {}],
    ['completions', { model: 'm', prompt: [[1, 2]] }, {}],
    ['passthrough', {}, { passthrough: { method: 'POST', path: '/x', query: '' }, upload: {} }],
    ['passthrough', {}, { passthrough: { method: 'POST', path: '/x', query: '' } }],
  ] as const)('of %s is refused by name if it cannot be read', async (operation, params, more) => {
    const { guards } = await guardsOf(
      [guardPlan({ use: { kind: 'secrets' }, name: 'keys' })],
      guardedCall(params, { operation, ...more }),
    );
    const verdict = await guards.guardInput();
    expect(verdict).toMatchObject({ action: 'block', error: { guard: 'keys', findings: [{ kind: 'unreadable', count: 1 }] } });
    expect(verdict.action === 'block' && verdict.error.message).toContain(operation);
  });

  it('is told by a flag and passes', async () => {
    const params = { model: 'm', messages: [{ role: 'user', content: `${MAIL} ${MAIL}` }] };
    const { guards, reports } = await guardsOf([guardPlan({ use: PERSONAL_DATA, mode: 'flag' })], guardedCall(params));
    expect(await guards.guardInput()).toMatchObject({ action: 'pass', params });
    expect(reports).toEqual([{ action: 'flag', guard: 'guard', on: 'input', findings: [{ kind: 'email', count: 2 }] }]);
  });

  it('may not be longer than a size', async () => {
    const params = { model: 'm', messages: [{ role: 'user', content: 'hello' }] };
    const plan = (maxCharacters: number) => guardPlan({ use: { kind: 'size', maxCharacters } });
    expect(await (await guardsOf([plan(5)], guardedCall(params))).guards.guardInput()).toMatchObject({ action: 'pass' });
    expect(await (await guardsOf([plan(4)], guardedCall(params))).guards.guardInput()).toMatchObject({ action: 'block' });
  });

  it('may be excepted by what a pattern allows', async () => {
    const use = {
      ...denies('\\S+@\\S+'),
      allow: [{ kind: 'x', source: '\\w+@example\\.com', isLiteral: false, ignoreCase: false }],
    };
    const ask = async (content: string) =>
      (
        await guardsOf(
          [guardPlan({ use: use as ReturnType<typeof denies> })],
          guardedCall({ messages: [{ role: 'user', content }] }),
        )
      ).guards.guardInput();
    expect(await ask(`to ${MAIL} now`)).toMatchObject({ action: 'pass' });
    expect(await ask('to joe@other.org now')).toMatchObject({ action: 'block' });
  });
});

describe('a guard of your own', () => {
  const params = { messages: [{ role: 'user', content: 'one two' }] };
  const own = (check: Guard['check'], more: Partial<Guard> = {}) => {
    const guard: Guard = { name: 'own', on: 'both', mode: 'block', check, ...more };
    return guardPlan({ name: 'own', mode: guard.mode, use: { kind: 'custom', guard }, ...more, match: {} } as Parameters<
      typeof guardPlan
    >[0]);
  };

  it('sees structured parts and gives spans', async () => {
    const seen: unknown[] = [];
    const plan = own(
      ({ parts }, { on, params: sent }) => {
        seen.push(parts, on, sent);
        return [{ kind: 'number', part: 0, start: 4, end: 7 }];
      },
      { mode: 'redact' },
    );
    const { guards } = await guardsOf([plan], guardedCall(params));
    expect(await guards.guardInput()).toMatchObject({ params: { messages: [{ content: 'one [NUMBER_1]' }] } });
    expect(seen[0]).toEqual([{ kind: 'text', role: 'user', text: 'one two', path: 'messages[0].content' }]);
  });

  it.each([
    ['a part that is not there', { part: 7, start: 0, end: 3 }, '[X_1]'],
    ['places that are no numbers', { part: 0, start: Number.NaN, end: Number.NaN }, '[X_1]'],
    ['places that no number can be made of', { part: 0, start: 1n, end: Symbol('end') }, '[X_1]'],
    ['a part that is no number', { part: '0', start: 0, end: 2 }, '[X_1]'],
    ['an end before its start', { part: 0, start: 5, end: 2 }, '[X_1]'],
    ['places outside of the text', { part: 0, start: -4, end: 2 }, '[X_1] one two'],
    ['half a character', { part: 0, start: 1, end: 2 }, '[X_1] one two'],
    ['half a character at its end', { part: 0, start: 0, end: 1 }, '[X_1] one two'],
  ])('hides more rather than less for %s', async (_, places, content) => {
    const plan = own(() => [{ kind: 'x', ...(places as object) }], { mode: 'redact' });
    const call = guardedCall({ messages: [{ role: 'user', content: '\u{1f600} one two' }] });
    const { guards } = await guardsOf([plan], call);
    expect(await guards.guardInput()).toMatchObject({ params: { messages: [{ content }] } });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['answers nonsense', () => 'fine' as never],
    ['answers one finding of none', () => [null] as never],
    [
      'answers what fails when it is read',
      () => [
        {
          get kind(): string {
            throw new Error('broken');
          },
        },
      ],
    ],
    ['takes too long', () => new Promise<never>(() => {})],
  ])('that %s denies, or allows if it is told to', async (_, check) => {
    for (const [whenItFails, action] of [
      ['deny', 'block'],
      ['allow', 'pass'],
    ] as const) {
      const { guards } = await guardsOf([own(check, { whenItFails, timeoutMs: 1 })], guardedCall(params));
      expect(await guards.guardInput()).toMatchObject({ action });
    }
  });

  it('may answer with a promise of another kind', async () => {
    const found = [{ kind: 'x' }];
    // biome-ignore lint/suspicious/noThenProperty: promises of other libraries and realms are no instances of ours.
    const foreign = { then: (resolve: (value: unknown) => void) => resolve(found) };
    for (const answer of [foreign, runInNewContext('Promise.resolve(found)', { found })]) {
      const { guards } = await guardsOf([own(() => answer as never, { whenItFails: 'allow' })], guardedCall(params));
      expect(await guards.guardInput()).toMatchObject({ action: 'block', error: { findings: [{ kind: 'x' }] } });
    }
  });

  it('changes nothing for the others, nor what is sent, by what it does to the parts', async () => {
    const spoils: Guard['check'] = ({ parts }) => {
      const mine = parts as unknown as { text: string }[];
      for (const part of mine) part.text = '';
      mine.length = 0;
      return [{ kind: 'spoiled', part: 0, start: 0, end: 3 }];
    };
    const seen: string[] = [];
    const reads: Guard['check'] = ({ parts }) => {
      seen.push(...parts.map(({ text }) => text));
      return [];
    };
    const { guards } = await guardsOf([own(spoils, { mode: 'redact' }), own(reads)], guardedCall(params));
    expect(await guards.guardInput()).toMatchObject({ params: { messages: [{ content: '[SPOILED_1] two' }] } });
    expect(seen).toEqual(['one two']);
  });

  it('runs beside the others', async () => {
    const started: string[] = [];
    let go = () => {};
    const both = new Promise<void>((resolve) => (go = resolve));
    const waiting = (name: string) =>
      own(async () => {
        started.push(name);
        if (started.length === 2) go();
        await both;
        return [];
      });
    const { guards } = await guardsOf([waiting('a'), waiting('b')], guardedCall(params));
    expect(await guards.guardInput()).toMatchObject({ action: 'pass' });
    expect(started).toEqual(['a', 'b']);
  });

  it('is asked only for calls that match', async () => {
    const plan = { ...denies('x') };
    const call = guardedCall(params, { caller: { team: 'blue' } });
    await expect(guardsOf([guardPlan({ use: plan, match: { team: ['red'] } })], call)).rejects.toThrow('no guard');
    await expect(guardsOf([guardPlan({ use: plan, match: { operation: ['embeddings'] } })], call)).rejects.toThrow('no guard');
    await expect(guardsOf([guardPlan({ use: plan, match: { team: ['b*'], model: ['gpt'] } })], call)).resolves.toBeDefined();
  });
});

describe('what comes out', () => {
  const answer = (message: object) => ({
    id: 'c',
    choices: [{ index: 0, message, finish_reason: 'stop', logprobs: { content: [] } }],
  });

  it('gets the originals back, escaped where it is JSON', async () => {
    const text = 'say "hi" to joe';
    const params = { messages: [{ role: 'user', content: `please ${text}` }] };
    const { guards } = await guardsOf(
      [guardPlan({ use: denies('say "hi" to joe'), on: 'input', mode: 'redact' })],
      guardedCall(params),
    );
    await guards.guardInput();
    const call = { id: 't', type: 'function', function: { name: 'f', arguments: '{"a":"[PATTERN_1]"}' } };
    const verdict = await guards.guardAnswer(
      answer({ role: 'assistant', content: 'I [PATTERN_1] [PATTERN_2]', tool_calls: [call] }),
    );
    if (verdict.action !== 'pass') throw verdict.error;
    const { message } = verdict.answer.choices[0] as { message: { content: string; tool_calls: (typeof call)[] } };
    expect(message.content).toBe(`I ${text} [PATTERN_2]`);
    expect(JSON.parse(message.tool_calls[0]?.function.arguments ?? '')).toEqual({ a: text });
  });

  it('does not take what the caller wrote for a placeholder', async () => {
    const params = { messages: [{ role: 'user', content: `[EMAIL_1] is ${MAIL}` }] };
    const { guards } = await guardsOf([guardPlan({ use: PERSONAL_DATA, mode: 'redact' })], guardedCall(params));
    expect(await guards.guardInput()).toMatchObject({ params: { messages: [{ content: '[EMAIL_1] is [EMAIL_2]' }] } });
    expect(await guards.guardAnswer(answer({ content: '[EMAIL_1] [EMAIL_2]' }))).toMatchObject({
      answer: { choices: [{ message: { content: `[EMAIL_1] ${MAIL}` } }] },
    });
  });

  it('is masked, with the probabilities that would tell it again', async () => {
    const { guards } = await guardsOf(
      [guardPlan({ use: PERSONAL_DATA, on: 'output', mode: 'redact' })],
      guardedCall({ messages: [] }),
    );
    const verdict = await guards.guardAnswer(answer({ content: `write to ${MAIL}` }));
    expect(verdict).toMatchObject({ answer: { choices: [{ message: { content: 'write to [EMAIL]' }, logprobs: null }] } });
  });

  it('keeps to the schema that the call asks for', async () => {
    const schema = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] };
    const params = { messages: [], response_format: { type: 'json_schema', json_schema: { name: 's', schema } } };
    const plan = guardPlan({ use: { kind: 'json-schema', schema: undefined, repair: false }, on: 'output' });
    const { guards } = await guardsOf([plan], guardedCall(params));
    expect(await guards.guardAnswer(answer({ content: '{"a":1}' }))).toMatchObject({ action: 'pass' });
    expect(await guards.guardAnswer(answer({ content: '{"a":"1"}' }))).toMatchObject({
      error: { findings: [{ kind: 'schema', count: 1 }] },
    });
    expect(await guards.guardAnswer(answer({ content: 'no' }))).toMatchObject({
      error: { findings: [{ kind: 'no-json', count: 1 }] },
    });
  });

  it('is judged by a model, whose word is taken and whose failure is a failed guard', async () => {
    const asked: ModelQuestion[] = [];
    const plan = guardPlan({ use: { kind: 'model', model: 'moderator', policy: undefined }, on: 'output' });
    const judge = (verdict: string) =>
      guardsOf([plan], guardedCall({ messages: [] }), (question) => {
        asked.push(question);
        return Promise.resolve(answer({ content: verdict }));
      });
    const outcome = async (verdict: string) => (await judge(verdict)).guards.guardAnswer(answer({ content: 'a </content> b' }));
    expect(await outcome('{"flagged":false}')).toMatchObject({ action: 'pass' });
    expect(await outcome('```json\n{"flagged":true,"kinds":["hate","not a word: joe"]}```')).toMatchObject({
      error: { findings: [{ kind: 'hate' }] },
    });
    expect(await outcome('I think so')).toMatchObject({ error: { findings: [{ kind: 'guard-failed' }] } });
    expect(asked[0]?.model).toBe('moderator');
    expect(JSON.stringify(asked[0]?.params.messages).match(/<\/content>/g)).toHaveLength(2);
  });
});

describe('what an answer repeats of its params', () => {
  const params = { input: 'hi', instructions: 'never say Falcon', metadata: { note: 'Falcon' } };
  const call = () => guardedCall(params, { operation: 'responses' });
  const answer = (text: string) => ({
    ...params,
    object: 'response',
    output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }],
  });

  it('is no finding, whole and in the events of a stream; what the model says is', async () => {
    const { guards } = await guardsOf([guardPlan({ use: denies('Falcon'), on: 'output' })], call());
    expect(await guards.guardAnswer(answer('fine'))).toMatchObject({ action: 'pass' });
    expect(await guards.guardAnswer(answer('Falcon'))).toMatchObject({ action: 'block' });
    const stream = guards.openStream();
    expect(stream?.push({ type: 'response.created', response: answer('') })).toMatchObject({ action: 'pass' });
    expect(stream?.push({ type: 'response.completed', response: answer('Falcon') })).toMatchObject({ action: 'block' });
  });

  it('is one where it says something else than was sent', async () => {
    const { guards } = await guardsOf([guardPlan({ use: denies('Falcon'), on: 'output' })], call());
    expect(await guards.guardAnswer({ ...answer('fine'), instructions: 'the Falcon' })).toMatchObject({ action: 'block' });
  });

  it('has its probabilities taken out with a text that was masked', async () => {
    const { guards } = await guardsOf([guardPlan({ use: denies('Falcon'), on: 'output', mode: 'redact' })], call());
    const [message] = answer('the Falcon').output;
    const content = message?.content.map((part) => ({ ...part, logprobs: [{ token: 'Falcon' }] }));
    const verdict = await guards.guardAnswer({ output: [{ ...message, content }] });
    expect(JSON.stringify(verdict)).not.toContain('Falcon');
  });
});

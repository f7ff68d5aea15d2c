import { expect, it } from 'vitest';
import { settlePromises } from '../support/test-clock.ts';
import { ask, openStage, read, type Stage } from './stage.ts';

const hedge = { hedge: { afterMs: 100 } };

it('asks a second deployment when the first has nothing by then, and the first commit wins', async () => {
  const stage = openStage({ a: [{ never: true }], b: [{ text: 'second', delayMs: 50 }] }, { model: hedge });
  const answer = ask(stage);
  await stage.clock.elapse(99);
  expect(stage.asked).toEqual(['a']);
  await stage.clock.elapse(1);
  expect(stage.asked).toEqual(['a', 'b']);
  await stage.clock.elapse(50);
  expect(await answer).toBe('second');
  const ends = stage.events.filter(({ type }) => type.endsWith('.end'));
  expect(ends).toMatchObject([
    { type: 'attempt.end', deployment: 'b/m', failure: undefined },
    { type: 'attempt.end', deployment: 'a/m', failure: { kind: 'aborted' } },
    { type: 'request.end', outcome: 'success', deployment: 'b/m' },
  ]);
  expect([await stage.reserved(), (await stage.spent())?.requests, await timersLeft(stage)]).toEqual([0, 1, 0]);
  expect((await stage.spent())?.tokens).toBeGreaterThan(15);
});

it('of the first that is quicker is no hedge', async () => {
  const stage = openStage({ a: [{ text: 'first', delayMs: 99 }], b: [{ text: 'second' }] }, { model: hedge });
  const answer = ask(stage);
  await stage.clock.elapse(99);
  expect([await answer, stage.asked, await timersLeft(stage)]).toEqual(['first', ['a'], 0]);
});

it('lets the first win still, and ends the second', async () => {
  const stage = openStage({ a: [{ text: 'first', delayMs: 150 }], b: [{ never: true }] }, { model: hedge });
  const answer = ask(stage);
  await stage.clock.elapse(150);
  expect([await answer, stage.asked, await stage.reserved()]).toEqual(['first', ['a', 'b'], 0]);
  expect(stage.gateway.control.health()).toMatchObject([{ inFlight: 0 }, { inFlight: 0, consecutiveFailures: 0 }]);
});

it('of a stream is decided by the first content, and the loser delivers nothing', async () => {
  const stage = openStage({ a: [{ pieces: [{ pauseMs: 500 }, 'late'] }], b: [{ pieces: ['one ', 'two'] }] }, { model: hedge });
  const reading = read(stage);
  await stage.clock.elapse(600);
  expect(await reading).toMatchObject({ text: 'one two', error: undefined, route: { deployment: 'b/m' } });
  expect(await stage.reserved()).toBe(0);
});

it('waits for the other where one fails, and goes on where both do', async () => {
  const stage = openStage(
    { a: [{ fail: 'transient', delayMs: 120 }], b: [{ fail: 'overloaded', delayMs: 100 }], c: [{ text: 'third' }] },
    { model: hedge },
  );
  const answer = ask(stage);
  await stage.clock.elapse(300);
  expect([await answer, stage.asked, await stage.reserved()]).toEqual(['third', ['a', 'b', 'c'], 0]);
});

it('is not made where the budget has no room for a second estimate', async () => {
  const stage = openStage(
    { a: [{ text: 'first', delayMs: 200 }], b: [{ text: 'second' }] },
    { model: hedge, config: { budgets: [{ name: 'all', limit: { tokens: 500 }, window: 'lifetime' }] } },
  );
  const answer = ask(stage);
  await stage.clock.elapse(200);
  expect([await answer, stage.asked]).toEqual(['first', ['a']]);
});

it('is not made beyond the attempts of a call, nor where the other deployment is full', async () => {
  const capped = openStage(
    { a: [{ text: 'first', delayMs: 200 }], b: [{ text: 'second' }] },
    { model: { ...hedge, retry: { maxAttempts: 1 } } },
  );
  const full = openStage(
    { a: [{ text: 'first', delayMs: 200 }], b: [{ never: true }] },
    {
      model: hedge,
      deployments: { b: { maxConcurrent: 1 } },
      config: { models: { n: [{ provider: 'b', model: 'm', maxConcurrent: 1 }] } },
    },
  );
  void ask(full, { model: 'n' });
  const answers = [ask(capped), ask(full)];
  await Promise.all([capped.clock.elapse(200), full.clock.elapse(200)]);
  expect([await Promise.all(answers), capped.asked, full.asked]).toEqual([['first', 'first'], ['a'], ['b', 'a']]);
});

it('ends with the caller, both attempts settled', async () => {
  const stage = openStage({ a: [{ never: true }], b: [{ never: true }] }, { model: hedge });
  const controller = new AbortController();
  const answer = ask(stage, {}, { signal: controller.signal });
  await stage.clock.elapse(100);
  controller.abort('both');
  expect(await answer).toMatchObject({ code: 'aborted' });
  await settlePromises();
  expect([stage.asked, await stage.reserved(), await timersLeft(stage)]).toEqual([['a', 'b'], 0, 0]);
});

it('by percentile waits until the deployment has been measured', async () => {
  const stage = openStage(
    { a: (_request, index) => (index < 20 ? { text: 'quick', delayMs: 10 } : { never: true }), b: [{ text: 'second' }] },
    { model: { hedge: { percentile: 90 } } },
  );
  for (let index = 0; index < 20; index += 1) {
    const answer = ask(stage);
    await stage.clock.elapse(10);
    expect(await answer).toBe('quick');
  }
  const answer = ask(stage);
  await stage.clock.elapse(30);
  expect(await answer).toBe('second');
});

/** Timers that still wait when the usage report's batch has gone out. */
async function timersLeft({ clock }: Stage): Promise<number> {
  await clock.elapse(10_000);
  return clock.pending;
}

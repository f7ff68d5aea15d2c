import { describe, expect, test } from 'vitest';
import type { EventMap } from '../../src/events/event-map.ts';
import { at, callTo, failed, healthWith, modelOf, success } from '../support/routing-plan.ts';

const a = at('openai/a');
const b = at('anthropic/b');
const call = callTo(modelOf('fast', [a, b]));

function healthOf() {
  const { health, clock, events } = healthWith();
  const seen: string[] = [];
  const note = (event: EventMap['cooldown.start'] | EventMap['cooldown.end']) =>
    void seen.push(`${event.type} ${event.scope} ${event.deployment} ${event.reason}`);
  events.on('cooldown.start', note);
  events.on('cooldown.end', note);
  const attempt = (outcome: Parameters<typeof health.finished>[1], deployment = a) => {
    health.started(deployment);
    health.finished(deployment, outcome, call);
  };
  const repeat = (times: number, outcome: Parameters<typeof health.finished>[1]) => {
    for (let time = 0; time < times; time += 1) attempt(outcome);
  };
  return { health, clock, events, seen, attempt, repeat };
}

describe('rules of cooldown', () => {
  test('cools after five failures in a row, not after four', () => {
    const { health, repeat } = healthOf();
    repeat(4, failed());
    expect(health.state(a)).toBe('healthy');
    repeat(1, failed());
    expect(health.state(a)).toBe('cooling');
  });

  test('a success between starts the count again', () => {
    const { health, repeat } = healthOf();
    repeat(4, failed());
    repeat(1, success());
    repeat(4, failed());
    expect(health.state(a)).toBe('healthy');
  });

  test('cools when half of at least ten outcomes in 30 s failed', () => {
    const { health, repeat } = healthOf();
    for (let pair = 0; pair < 4; pair += 1) {
      repeat(1, failed());
      repeat(1, success());
    }
    repeat(1, success());
    expect(health.state(a)).toBe('healthy');
    repeat(1, failed());
    expect(health.state(a)).toBe('cooling');
  });

  test('forgets outcomes older than 30 s', () => {
    const { health, clock, repeat } = healthOf();
    repeat(4, failed());
    repeat(1, success());
    clock.advance(31_000);
    repeat(4, failed());
    repeat(1, success());
    expect(health.state(a)).toBe('healthy');
  });

  test('aborts and faults of the request never count', () => {
    const { health, repeat } = healthOf();
    repeat(100, failed('aborted', false));
    repeat(100, failed('request-invalid', false));
    expect(health.state(a)).toBe('healthy');
    expect(health.report([a])[0]?.consecutiveFailures).toBe(0);
  });

  test('other deployments are not touched', () => {
    const { health, repeat } = healthOf();
    repeat(5, failed());
    expect(health.state(b)).toBe('healthy');
  });
});

describe('recovery', () => {
  test('stays out for 30 s, then one probe is admitted and its success closes the cooldown', () => {
    const { health, clock, repeat } = healthOf();
    repeat(5, failed());
    clock.advance(29_999);
    expect(health.claimAttempt(a)).toBe(false);
    clock.advance(1);
    expect(health.state(a)).toBe('probing');
    expect(health.claimAttempt(a)).toBe(true);
    expect(health.claimAttempt(a)).toBe(false);
    health.started(a);
    health.finished(a, success(10), call);
    expect(health.state(a)).toBe('healthy');
    expect([health.claimAttempt(a), health.claimAttempt(a)]).toEqual([true, true]);
  });

  test('each failed probe doubles the cooldown up to 300 s; a success resets it', () => {
    const { health, clock, repeat } = healthOf();
    repeat(5, failed());
    const durations: number[] = [];
    for (let probe = 0; probe < 6; probe += 1) {
      const forMs = (health.coolingUntilMs(a) ?? 0) - clock.now();
      durations.push(forMs);
      clock.advance(forMs);
      expect(health.claimAttempt(a)).toBe(true);
      repeat(1, failed());
    }
    expect(durations).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
    clock.advance(300_000);
    repeat(1, success(10));
    repeat(5, failed());
    expect((health.coolingUntilMs(a) ?? 0) - clock.now()).toBe(30_000);
  });

  test('an aborted probe leaves the next call to probe', () => {
    const { health, clock, repeat } = healthOf();
    repeat(5, failed());
    clock.advance(30_000);
    expect(health.claimAttempt(a)).toBe(true);
    repeat(1, failed('aborted', false));
    expect(health.state(a)).toBe('probing');
    expect(health.claimAttempt(a)).toBe(true);
  });

  test('a probe that never started can be given back, and is given up after a minute', () => {
    const { health, clock, repeat } = healthOf();
    repeat(5, failed());
    clock.advance(30_000);
    expect(health.claimAttempt(a)).toBe(true);
    health.abandonProbe(a);
    expect(health.claimAttempt(a)).toBe(true);
    clock.advance(60_000);
    expect(health.claimAttempt(a)).toBe(true);
  });

  test('an answer that began before the cooldown does not end it', () => {
    const { health, clock, repeat } = healthOf();
    health.started(a);
    repeat(5, failed());
    clock.advance(1_000);
    health.finished(a, success(5_000), call);
    expect(health.state(a)).toBe('cooling');
  });
});

describe('cooldowns on request', () => {
  test('a rate limit lasts as long as the provider said and needs no probe', () => {
    const { health, clock } = healthOf();
    health.coolDown('deployment', a.id, 7_000, 'rate-limited', call);
    expect(health.coolingUntilMs(a)).toBe(clock.now() + 7_000);
    clock.advance(7_000);
    expect(health.state(a)).toBe('healthy');
    expect([health.claimAttempt(a), health.claimAttempt(a)]).toEqual([true, true]);
  });

  test('a shorter cooldown does not cut a longer one', () => {
    const { health, clock } = healthOf();
    health.coolDown('deployment', a.id, 60_000, 'quota-exhausted', call);
    health.coolDown('deployment', a.id, 1_000, 'rate-limited', call);
    clock.advance(1_000);
    expect(health.state(a)).toBe('cooling');
  });

  test('a provider takes all its deployments out and a credential none', () => {
    const { health, clock } = healthOf();
    health.coolDown('credential', 'openai#1', 5_000, 'credential-rejected', call);
    expect(health.state(a)).toBe('healthy');
    expect(health.isCooling('credential', 'openai#1')).toBe(true);
    health.coolDown('provider', 'openai', 5_000, 'overloaded', call);
    expect([health.state(a), health.state(b)]).toEqual(['cooling', 'healthy']);
    clock.advance(5_000);
    expect([health.state(a), health.isCooling('credential', 'openai#1')]).toEqual(['healthy', false]);
  });

  test.each([0, -1, Number.NaN])('a duration of %s cools nothing', (durationMs) => {
    const { health } = healthOf();
    health.coolDown('deployment', a.id, durationMs, 'rate-limited', call);
    expect(health.state(a)).toBe('healthy');
  });

  test('a provider cannot ask for more than a day', () => {
    const { health, clock } = healthOf();
    health.coolDown('deployment', a.id, 1e15, 'rate-limited', call);
    clock.advance(86_400_000);
    expect(health.state(a)).toBe('healthy');
  });
});

describe('where all cool', () => {
  test('none is usable, and each says why', () => {
    const { health } = healthOf();
    health.coolDown('deployment', a.id, 9_000, 'overloaded', call);
    health.coolDown('deployment', b.id, 5_000, 'overloaded', call);
    expect(health.usable([a, b])).toEqual({ usable: [], cooling: [a, b] });
    expect([health.claimAttempt(a), health.claimAttempt(b)]).toEqual([false, false]);
    expect(health.whyBlocked(a)).toMatch(/^cooling until .*: overloaded$/);
  });

  test('the one that is back soonest is the least blocked', () => {
    const { health } = healthOf();
    health.coolDown('deployment', a.id, 9_000, 'overloaded', call);
    health.coolDown('deployment', b.id, 5_000, 'overloaded', call);
    expect([health.leastBlocked([a, b]), health.leastBlocked([])]).toEqual([b, undefined]);
  });

  test('one whose account was refused is the least blocked only where there is no other', () => {
    const { health } = healthOf();
    health.coolDown('deployment', a.id, 1_000, 'quota-exhausted', call);
    health.coolDown('deployment', b.id, 9_000, 'overloaded', call);
    expect([health.leastBlocked([a, b]), health.leastBlocked([a])]).toEqual([b, a]);
  });

  test('one that does not cool is usable', () => {
    const { health } = healthOf();
    health.coolDown('deployment', a.id, 1_000, 'overloaded', call);
    expect(health.usable([a, b])).toEqual({ usable: [b], cooling: [a] });
    expect([health.whyBlocked(b), health.leastBlocked([a, b])]).toEqual([undefined, b]);
  });
});

describe('events and reports', () => {
  test('tell the start of each cooldown and one end, under the call that caused it', () => {
    const { events, seen, clock, health, repeat } = healthOf();
    repeat(5, failed());
    clock.advance(30_000);
    repeat(1, failed());
    clock.advance(60_000);
    repeat(1, success(10));
    health.coolDown('deployment', a.id, 1_000, 'rate-limited', call);
    clock.advance(1_000);
    health.state(a);
    events.flush();
    expect(seen).toEqual([
      'cooldown.start deployment openai/a consecutive-failures',
      'cooldown.start deployment openai/a probe-failed',
      'cooldown.end deployment openai/a probe-failed',
      'cooldown.start deployment openai/a rate-limited',
      'cooldown.end deployment openai/a rate-limited',
    ]);
  });

  test('the report has percentiles of the last 128 attempts and the state', () => {
    const { health, clock, attempt } = healthOf();
    for (let latencyMs = 1; latencyMs <= 228; latencyMs += 1) attempt(success(latencyMs * 2, latencyMs));
    health.started(a);
    health.coolDown('deployment', a.id, 1_000, 'rate-limited', call);
    expect(health.report([a, b])).toEqual([
      {
        deployment: 'openai/a',
        state: 'cooling',
        inFlight: 1,
        consecutiveFailures: 0,
        coolingUntil: clock.now() + 1_000,
        firstTokenMs: { p50: 164, p95: 222 },
        durationMs: { p50: 328, p95: 444 },
      },
      {
        deployment: 'anthropic/b',
        state: 'healthy',
        inFlight: 0,
        consecutiveFailures: 0,
        coolingUntil: null,
        firstTokenMs: { p50: null, p95: null },
        durationMs: { p50: null, p95: null },
      },
    ]);
    expect(health.firstTokenPercentileMs(a.id, 90)).toBe(216);
  });

  test('what is not in the configuration any more is forgotten, but not while attempts are under way', () => {
    const { health, attempt } = healthOf();
    attempt(success(10));
    attempt(success(10), b);
    health.started(b);
    health.coolDown('deployment', a.id, 1_000, 'rate-limited', call);
    health.retain([]);
    expect([health.firstTokenMs(a.id), health.inFlight(b.id), health.state(a)]).toEqual([undefined, 1, 'healthy']);
  });

  test('deployments that callers make up do not grow the memory without bound, and push nothing declared out', () => {
    const { health, attempt } = healthOf();
    health.retain([a.id]);
    attempt(success(10));
    for (let number = 0; number < 5_000; number += 1) attempt(success(10), at(`openai/made-up-${number}`));
    expect(health.firstTokenMs(a.id)).toBe(10);
    expect(health.firstTokenMs('openai/made-up-0')).toBeUndefined();
    expect(health.firstTokenMs('openai/made-up-4999')).toBe(10);
  });
});

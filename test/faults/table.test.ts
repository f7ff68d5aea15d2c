import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { FaultCase } from './cases/case.ts';
import { connectionCases, plainServer, tlsServer } from './cases/connections.ts';
import { payloadCases } from './cases/payloads.ts';
import { statusCases } from './cases/statuses.ts';
import { streamCases } from './cases/streams.ts';
import { ELSEWHERE, LEFT_OUT, nameStandsIn } from './coverage.ts';
import { callOnce, errorFacts, FALLBACK_TEXT, type House, openHouse } from './harness.ts';

const CASES = [...connectionCases, ...streamCases, ...statusCases, ...payloadCases];

let house: House | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
});
afterAll(() => Promise.all([tlsServer.close(), plainServer.close()]));

describe('a fault', () => {
  it.each(CASES.map((fault) => [`${fault.rows.join(', ')}: ${fault.name}`, fault] as const))('%s', async (_name, fault) => {
    house = await openHouse(fault.house);
    await fault.before?.(house);
    house.events.length = 0;
    const result = await callOnce(house, fault.stream ?? false, fault.params, fault.options);
    // A budget that holds nothing is settled.
    const balance = await house.balance();
    expect(errorFacts(result.error)).toEqual(fault.error === undefined ? undefined : expect.objectContaining(fault.error));
    if (fault.text !== undefined || fault.error === undefined) expect(result.text).toBe(fault.text ?? FALLBACK_TEXT);
    expect(result.route?.attempts.map(({ failure }) => failure?.kind ?? 'ok')).toEqual(fault.attempts);
    expectOneEndEach(house, fault.attempts.length);
    expect(balance?.reserved).toEqual(Object.fromEntries(Object.keys(balance?.limit ?? {}).map((unit) => [unit, 0])));
    const reports = await house.gateway.control.usage({ by: 'deployment' });
    expect(reports.reduce((sum, { requests }) => sum + requests, 0)).toBe(fault.requests);
    expect(balance?.spent.requests).toBe(fault.calls ?? Math.min(fault.requests, 1));
    expectTokens(fault, balance?.spent.tokens);
    if (fault.closed) await Promise.all(house.exchanges.first.map(({ closed }) => closed));
    await fault.check?.(result, house);
  });
});

/** One start and one end of the call, and of each attempt, the call's end last. */
function expectOneEndEach({ events }: House, attempts: number): void {
  const numbers = Array.from({ length: attempts }, (_, index) => index + 1);
  const numbersOf = (wanted: string) => events.filter(({ type }) => type === wanted).map(({ attempt }) => attempt);
  expect(numbersOf('request.start')).toHaveLength(1);
  expect(numbersOf('attempt.start')).toEqual(numbers);
  expect(numbersOf('attempt.end')).toEqual(numbers);
  expect(numbersOf('request.end')).toHaveLength(1);
  expect(events.at(-1)?.type).toBe('request.end');
}

function expectTokens({ tokens, error }: FaultCase, spent: number | undefined): void {
  if (tokens === 'estimated') expect(spent).toBeGreaterThan(0);
  else expect(spent).toBe(tokens ?? (error === undefined ? 15 : 0));
}

describe('the table of faults', () => {
  it('is proved row by row: here, elsewhere, or left out with a reason', () => {
    const here = CASES.flatMap(({ rows }) => rows);
    const elsewhere = [...ELSEWHERE.keys()];
    const leftOut = [...LEFT_OUT.keys()];
    const all = new Set([...here, ...elsewhere, ...leftOut]);
    expect([...all].sort((left, right) => left - right)).toEqual(Array.from({ length: 158 }, (_, index) => index + 1));
    expect(leftOut.filter((row) => here.includes(row) || elsewhere.includes(row))).toEqual([]);
  });

  it.each([...ELSEWHERE])('row %i is proved elsewhere', (_row, places) => {
    for (const { file, name } of places) expect([file, nameStandsIn(file, name)]).toEqual([file, true]);
  });
});

import { toCsv } from 'tollgate';
import { describe, expect, it } from 'vitest';

describe('a report as CSV', () => {
  it('has a header, CRLF, and an empty cell for what is not known', () => {
    expect(
      toCsv([
        { team: 'a', costUsd: 1.5 },
        { costUsd: 0, p: { p50: 3 }, none: null },
      ]),
    ).toBe('team,costUsd,p.p50,none\r\na,1.5,,\r\n,0,3,\r\n');
    expect(toCsv([])).toBe('');
  });

  it('quotes commas, quotes and line breaks', () => {
    expect(toCsv([{ team: 'a,"b"\n' }])).toBe('team\r\n"a,""b""\n"\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1', ' =1', '\n=1', '=cmd|\' /C calc\'!A0,"x"'])(
    'makes no formula of %j',
    (team) => {
      const [, ...rows] = toCsv([{ team }]).split('\r\n');
      expect(rows.join('\r\n')).toMatch(/^"?'/);
    },
  );

  it.each([
    ['a;=1+1', `"a;'=1+1"`],
    ['a; @SUM(1)', `"a; '@SUM(1)"`],
    ['a\t+1', `"a\t'+1"`],
    ['a\n-1', `"a\n'-1"`],
    ['a\r\n=1', `"a\r\n'=1"`],
    ['=1;=2', `"'=1;'=2"`],
    ['e-mail+work@example.org', 'e-mail+work@example.org'],
  ])('makes no formula of what follows the end of a cell where commas are decimal: %j', (team, cell) => {
    expect(toCsv([{ team }])).toBe(`team\r\n${cell}\r\n`);
  });

  it('writes times as ISO 8601, and none for a time that is none', () => {
    expect(toCsv([{ at: new Date(0), by: 'a' }])).toBe('at,by\r\n1970-01-01T00:00:00.000Z,a\r\n');
    expect(toCsv([{ at: new Date(Number.NaN), by: 'a' }])).toBe('at,by\r\n,a\r\n');
  });

  it('leaves negative numbers as numbers, and guards names of columns', () => {
    expect(toCsv([{ '=x': -1 }])).toBe("'=x\r\n-1\r\n");
  });
});

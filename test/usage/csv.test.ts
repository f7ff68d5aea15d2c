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

  it('leaves negative numbers as numbers, and guards names of columns', () => {
    expect(toCsv([{ '=x': -1 }])).toBe("'=x\r\n-1\r\n");
  });
});

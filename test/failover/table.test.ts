import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DEFAULT_RETRY } from '../../src/core/policies.ts';
import { DEFAULT_TIMEOUTS } from '../../src/core/timeouts.ts';
import { FAILURE_RULES, type FailureRule, LONG_COOLDOWN_MS } from '../../src/failover/table.ts';

// Tables may be padded.
const page = readFileSync(new URL('../../docs/failover.md', import.meta.url), 'utf8').replaceAll(/ {2,}/g, ' ');

/** A row of the page's table, as the code has it. */
function rowOf(kind: string, rule: FailureRule): string {
  const { repeat, otherCredential, others, fallback, cool, countsAgainstHealth } = rule;
  const again = { yes: 'yes', 'after-wait': 'when alone, after the wait', no: 'no' }[repeat];
  const next = { all: 'all', 'larger-window': 'with a larger window', none: 'none' }[others];
  const cooled =
    cool === undefined
      ? '–'
      : `${cool.scope}, ${cool.forMs === 'retry-after' ? 'as long as asked' : `${cool.forMs / 60_000} min`}`;
  return `| \`${kind}\` | ${again} | ${otherCredential ? 'yes' : '–'} | ${next} | ${fallback === 'none' ? '–' : `\`${fallback}\``} | ${cooled} | ${countsAgainstHealth ? 'yes' : '–'} |`;
}

it('stands in the documentation line by line', () => {
  const rows = Object.entries(FAILURE_RULES).map(([kind, rule]) => rowOf(kind, rule));
  const documented = page
    .split('\n')
    .filter((line) => /^\| `[a-z-]+` \|/.test(line) && line.split('|').length === rows[0]?.split('|').length);
  expect(documented).toEqual(rows);
});

it('stands in the documentation with the defaults of timers and retries', () => {
  const digits = (value: number) => value.toLocaleString('en').replaceAll(',', ' ');
  for (const [name, value] of Object.entries(DEFAULT_TIMEOUTS)) expect(page).toContain(`| \`${name}\` | ${digits(value)} |`);
  for (const [name, value] of Object.entries(DEFAULT_RETRY))
    expect(page).toContain(`\`${name}\`${typeof value === 'number' ? ` ${digits(value)}` : ` \`${value}\``}`);
});

it('never repeats, nor holds against a deployment, what is not its fault', () => {
  for (const kind of ['request-invalid', 'content-refused', 'context-too-long', 'aborted'] as const) {
    expect([kind, FAILURE_RULES[kind]]).toMatchObject([
      kind,
      { repeat: 'no', otherCredential: false, cool: undefined, countsAgainstHealth: false },
    ]);
  }
  expect(LONG_COOLDOWN_MS).toBe(300_000);
});

import type { BudgetFacts, FailureFacts, Values } from '../facts.ts';

const whole = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 });

export function count(value: number): string {
  return value < 100_000 ? whole.format(value) : compact.format(value);
}

/** Dollars with as many places as tell something. */
export function usd(value: number | undefined): string {
  if (value === undefined) return '—';
  if (value !== 0 && Math.abs(value) < 0.000_001) return '<$0.000001';
  const places = value === 0 || Math.abs(value) >= 1 ? 2 : Math.abs(value) >= 0.0001 ? 4 : 6;
  return `$${new Intl.NumberFormat('en', { minimumFractionDigits: places, maximumFractionDigits: places }).format(value)}`;
}

/** As it stands at an axis, without zeros that tell nothing: `$0.5`, `$0.0025`, `$2,000`. */
export function atAxis(unit: string, value: number): string {
  return unit === 'usd'
    ? usd(value)
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '')
    : count(value);
}

/** An amount in the unit of a budget. */
export function amount(unit: string, value: number): string {
  return unit === 'usd' ? usd(value) : count(value);
}

export function ms(value: number | null | undefined): string {
  if (value === null || value === undefined) return '—';
  if (value < 1_000) return `${Math.round(value)} ms`;
  return `${(value / 1_000).toFixed(value < 10_000 ? 2 : 1)} s`;
}

const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** The two largest units of a span of time: `3 h 20 min`. */
export function span(spanMs: number): string {
  const parts: string[] = [];
  let rest = Math.max(spanMs, 0);
  for (const [unit, lengthMs] of UNITS) {
    const number = Math.floor(rest / lengthMs);
    rest -= number * lengthMs;
    if (number > 0) parts.push(`${number} ${unit}`);
    if (parts.length === 2 || (parts.length === 1 && number === 0)) break;
  }
  return parts.join(' ') || 'under 1 s';
}

const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat('en', {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

export function time(at: number): string {
  return clock.format(at);
}

export function dayAndTime(at: number): string {
  return day.format(at);
}

export function who(values: Values): string {
  const parts = Object.entries(values).map(([name, value]) => `${name} ${value}`);
  return parts.length === 0 ? 'anybody' : parts.join(' · ');
}

/** Whose counter of a budget. */
export function whose({ values, match = {} }: Pick<BudgetFacts, 'values' | 'match'>): string {
  const matched = Object.entries(match).filter(([name]) => !Object.hasOwn(values, name));
  const counted = { ...Object.fromEntries(matched.map(([name, globs]) => [name, globs.join(' or ')])), ...values };
  return Object.keys(counted).length === 0 ? 'all together' : who(counted);
}

export function failure({ kind, code, status }: FailureFacts): string {
  const more = [status, code === kind ? undefined : code].filter((part) => part !== undefined);
  return more.length === 0 ? kind : `${kind} (${more.join(', ')})`;
}

/** The address of the calls that a filter leaves. */
export function callsAt(filter: Readonly<Record<string, string>>): string {
  return `#calls?${new URLSearchParams(filter)}`;
}

export function callAt(id: string): string {
  return `#call?${new URLSearchParams({ id })}`;
}

/** The filter for a caller's dimensions. */
function ofCaller(values: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [isCallField(name) ? name : `caller.${name}`, value]));
}

/** The filter for the calls that a budget counts. */
export function ofBudget({ name, values, match }: BudgetFacts): Record<string, string> {
  return { ...(match !== undefined && { budget: name }), ...ofCaller(values) };
}

function isCallField(name: string): boolean {
  return name === 'model' || name === 'deployment' || name === 'provider';
}

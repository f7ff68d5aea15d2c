import { USAGE_MEASURES, type UsageTotals } from '../store.ts';
import { NO_MEASURES } from '../usage-report.ts';
import { MEASURE_CODES } from './scripts/record.ts';

/** Rows of one hour; a field is the measure's character and the dimensions as JSON. */
export function toTotals(hourStartsAt: number, flat: unknown): UsageTotals[] {
  const fields = Array.isArray(flat) ? flat : [];
  const rows = new Map<string, UsageTotals>();
  for (let place = 0; place < fields.length; place += 2) {
    const field = String(fields[place]);
    const key = field.slice(1);
    const measure = USAGE_MEASURES[MEASURE_CODES.indexOf(field[0] ?? ' ')];
    if (measure === undefined) continue;
    rows.set(key, { ...(rows.get(key) ?? emptyRow(hourStartsAt, key)), [measure]: Number(fields[place + 1]) });
  }
  return [...rows.values()];
}

function emptyRow(hourStartsAt: number, key: string): UsageTotals {
  const [team = '', app = '', user = '', caller = '', model = '', deployment = '', provider = ''] = JSON.parse(key) as string[];
  return {
    hourStartsAt,
    team,
    app,
    user,
    key: caller,
    model,
    deployment,
    provider,
    ...NO_MEASURES,
  };
}

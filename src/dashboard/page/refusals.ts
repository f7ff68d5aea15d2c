import type { CallFacts } from '../facts.ts';
import { count, time, who } from './format.ts';
import { callLink, empty, section, table } from './parts.ts';

const COLUMNS = [
  { title: 'At' },
  { title: 'Who' },
  { title: 'Model' },
  { title: 'Refused with' },
  { title: 'Why', isWide: true },
  { title: 'Call' },
];

export function refusals(found: readonly CallFacts[] | undefined): Node[] {
  if (found === undefined) return [section('Refusals', undefined, empty('Looking…'))];
  if (found.length === 0)
    return [section('Refusals', undefined, empty('Nobody was refused: budgets, access and keys let every call in.'))];
  const rows = found.map(({ id, at, caller, model, error }) => ({
    key: id,
    cells: [time(at), who(caller), model, error?.code ?? '—', error?.reason ?? '—', callLink(id)],
  }));
  return [section('Refusals', `the last ${count(found.length)}`, table('Refusals', COLUMNS, rows))];
}

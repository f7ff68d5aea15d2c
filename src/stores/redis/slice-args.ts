import type { SliceGrant, SliceReport } from '../store.ts';
import { windowArgs } from './parts.ts';

/** Arguments of the exchange script for one report. */
export function exchangeArgs(report: SliceReport): string[] {
  const { counter, limit, enforced, window, slice, sequence, spent, inUse, wants, atRisk, recall } = report;
  const amounts = [sequence, spent, inUse, wants, atRisk, recall].map(String);
  return [counter, String(limit), enforced ? '1' : '0', ...windowArgs(window), slice, ...amounts];
}

const FACTS_OF_A_GRANT = 7;

/** The grants of an answer of the exchange script, in the order of the reports. */
export function toGrants([, ...facts]: readonly unknown[]): SliceGrant[] {
  const grants: SliceGrant[] = [];
  for (let place = 0; place < facts.length; place += FACTS_OF_A_GRANT) {
    const [held, spent, reserved, sliced, recalled, state, endsInMs] = facts.slice(place, place + FACTS_OF_A_GRANT);
    grants.push({
      held: Number(held),
      spent: Number(spent),
      reserved: Number(reserved),
      sliced: Number(sliced),
      recalled: recalled === '1',
      state: state === 'lapsed' ? 'lapsed' : 'held',
      endsInMs: endsInMs === '' ? undefined : Number(endsInMs),
    });
  }
  return grants;
}

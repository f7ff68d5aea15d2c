import fc from 'fast-check';
import type { AskModel } from '../../src/core/asking.ts';
import type { Caller } from '../../src/core/caller.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { CustomUse, GuardPlan } from '../../src/core/guard.ts';
import type { Params } from '../../src/core/params.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { CallGuards, GuardedCall } from '../../src/guards/call-guards.ts';
import type { GuardReport } from '../../src/guards/guard-report.ts';
import { Guards } from '../../src/guards/guards.ts';
import type { ReadyMadeUse } from '../../src/guards/ready/index.ts';

export type Facts = Partial<GuardPlan> & { readonly use: CustomUse | ReadyMadeUse };

export function guardPlan(facts: Facts): GuardPlan {
  return { name: 'guard', on: 'both', match: {}, mode: 'block', timeoutMs: 1000, whenItFails: 'deny', ...facts };
}

export function denies(...sources: string[]): ReadyMadeUse {
  const deny = sources.map((source) => ({ kind: 'pattern', source, isLiteral: false, ignoreCase: false }));
  return { kind: 'pattern', deny, allow: [] };
}

export const PERSONAL_DATA: ReadyMadeUse = {
  kind: 'personal-data',
  kinds: ['email', 'phone', 'card', 'iban', 'ip'],
  country: undefined,
};

const CALLER: Caller = { team: 'red' };

export function guardedCall(params: Params, more: Partial<GuardedCall> = {}): GuardedCall {
  return {
    requestId: 'req_1',
    plan: {} as Plan,
    deadlineMs: Number.POSITIVE_INFINITY,
    operation: 'chat',
    caller: CALLER,
    model: 'gpt',
    models: ['gpt'],
    params,
    stream: params.stream === true,
    cancellation: new Cancellation(),
    ...more,
  };
}

export interface Guarded {
  readonly guards: CallGuards;
  readonly reports: GuardReport[];
}

const noModel: AskModel = () => Promise.reject(new Error('no model'));

/** Guards as a configuration has them: made once, for many calls. */
const made = new Map<string, Promise<Guards>>();

function madeOf(plans: readonly GuardPlan[], ask: AskModel): Promise<Guards> {
  if (plans.some(({ use }) => use.kind === 'custom' || use.kind === 'model')) return Guards.create(plans, ask);
  const key = JSON.stringify(plans);
  const guards = made.get(key) ?? Guards.create(plans, ask);
  made.set(key, guards);
  return guards;
}

export async function guardsOf(plans: readonly GuardPlan[], call: GuardedCall, ask: AskModel = noModel): Promise<Guarded> {
  const reports: GuardReport[] = [];
  const all = await madeOf(plans, ask);
  const guards = all.of(call, { clock: systemClock, report: (report) => reports.push(report) }, { isQuestion: false });
  if (guards === undefined) throw new Error('no guard is for the call');
  return { guards, reports };
}

/** A text in pieces. */
export function piecesOf(text: string): fc.Arbitrary<string[]> {
  return fc
    .uniqueArray(fc.nat(text.length), { maxLength: 12 })
    .map((cuts) => [...cuts].sort((a, b) => a - b))
    .map((cuts) => [0, ...cuts].map((from, index) => text.slice(from, cuts[index] ?? text.length)));
}

export function chatChunk(delta: object, finish_reason: string | null = null): Record<string, unknown> {
  return {
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason, logprobs: null }],
  };
}

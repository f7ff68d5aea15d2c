import { JointRules } from './joint-rules.ts';
import type { ReadyGuard } from './ready-guard.ts';

/** Guards that look at the same texts. */
export interface GuardGroup {
  readonly guards: readonly ReadyGuard[];
  /** Of those that go by rules; undefined if none does. */
  readonly rules: JointRules | undefined;
}

/** The guards that are for a call, by what they have to do; one for all calls that the same guards are for. */
export class GuardSelection {
  readonly guards: readonly ReadyGuard[];
  readonly input: GuardGroup;
  readonly output: GuardGroup;
  /** Of the guards of the output: the one that may have an answer made anew, what counts, what streams are held back for, and what only tells. */
  readonly repairing: ReadyGuard | undefined;
  readonly sizing: readonly ReadyGuard[];
  readonly following: JointRules | undefined;
  readonly flagging: JointRules | undefined;

  /** `joint`: rules that were put together before, by the places of their guards. */
  constructor(guards: readonly ReadyGuard[], joint: Map<string, JointRules>) {
    this.guards = guards;
    this.input = groupOf(
      guards.filter(({ plan }) => plan.on !== 'output'),
      joint,
    );
    this.output = groupOf(
      guards.filter(({ plan }) => plan.on !== 'input'),
      joint,
    );
    this.repairing = this.output.guards.find(({ check }) => check.by === 'content' && check.repair !== undefined);
    this.sizing = this.output.guards.filter(({ check }) => check.by === 'size');
    const byRules = this.output.guards.filter(({ check }) => check.by === 'rules');
    const flagging = byRules.filter(({ plan }) => plan.mode === 'flag');
    const following = byRules.filter(({ plan }) => plan.mode !== 'flag');
    this.following = jointOf(following, joint);
    this.flagging = jointOf(flagging, joint);
  }
}

function groupOf(guards: readonly ReadyGuard[], joint: Map<string, JointRules>): GuardGroup {
  const byRules = guards.filter(({ check }) => check.by === 'rules');
  return { guards, rules: jointOf(byRules, joint) };
}

function jointOf(guards: readonly ReadyGuard[], joint: Map<string, JointRules>): JointRules | undefined {
  if (guards.length === 0) return undefined;
  const key = guards.map(({ place }) => place).join();
  const rules = joint.get(key) ?? new JointRules(guards);
  joint.set(key, rules);
  return rules;
}

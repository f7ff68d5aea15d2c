export interface Scenario {
  readonly call: 'chat' | 'stream';
  readonly concurrency: number;
  readonly callsPerRound: number;
  /** True if the upstream writes a stream in one piece. */
  readonly atOnce?: boolean;
}

export const scenarios = {
  'chat, 64 at a time': { call: 'chat', concurrency: 64, callsPerRound: 2_000 },
  'chat, one at a time': { call: 'chat', concurrency: 1, callsPerRound: 1_000 },
  'stream, 16 at a time': { call: 'stream', concurrency: 16, callsPerRound: 96 },
  'stream, 64 at a time': { call: 'stream', concurrency: 64, callsPerRound: 128 },
  'stream in one write, 64 at a time': { call: 'stream', concurrency: 64, callsPerRound: 256, atOnce: true },
} satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof scenarios;

export function scenarioOf(name: ScenarioName): Scenario {
  return scenarios[name];
}

/** Strategies that are compared over a list of this many deployments, the second against the first. */
export const MANY_DEPLOYMENTS = 300;
export const COMPARED_STRATEGIES = ['priority', 'lowest-cost'] as const;
/** What the ratio is to stay below. */
export const STRATEGY_GOAL = { goal: 2 };

export type GatewayKind = 'tollgate over openai' | 'tollgate over anthropic' | 'tollgate over google';

/** The gateway over OpenAI with something that watches it. */
export type WatchedKind = 'tollgate with otel' | 'tollgate with spans' | 'tollgate with log';

/** The same with no watcher: the SDK is told of each call directly. */
export const BARE_SDK = 'tollgate with the sdk alone';

/** The least that a call over a vendor's wire can be. */
export type FloorKind = 'floor over anthropic' | 'floor over google';

/** A vendor's own client, or a gateway over deployments of one provider type. */
export type ClientKind =
  | FloorKind
  | 'openai sdk'
  | 'openai sdk with openinference'
  | 'anthropic sdk'
  | 'google sdk'
  | GatewayKind
  | WatchedKind
  | typeof BARE_SDK
  | (typeof COMPARED_STRATEGIES)[number];

export interface Comparison {
  readonly base: ClientKind;
  readonly own: GatewayKind;
  readonly scenario: ScenarioName;
  /** What the ratio is to stay below; undefined if none is set. */
  readonly goal: number | undefined;
}

const OVER_OPENAI = { base: 'openai sdk', own: 'tollgate over openai' } as const;
const OVER_ANTHROPIC = { base: 'anthropic sdk', own: 'tollgate over anthropic' } as const;
const OVER_GOOGLE = { base: 'google sdk', own: 'tollgate over google' } as const;

/** What no gateway can stay below, against the same clients. */
export const floors: readonly (Omit<Comparison, 'own'> & { readonly own: FloorKind })[] = [
  { base: 'anthropic sdk', own: 'floor over anthropic', scenario: 'chat, 64 at a time', goal: undefined },
  { base: 'anthropic sdk', own: 'floor over anthropic', scenario: 'stream in one write, 64 at a time', goal: undefined },
  { base: 'google sdk', own: 'floor over google', scenario: 'stream in one write, 64 at a time', goal: undefined },
];

/** A gateway against the client of the vendor that it calls. */
export const comparisons: readonly Comparison[] = [
  { ...OVER_OPENAI, scenario: 'chat, 64 at a time', goal: 0.25 },
  { ...OVER_OPENAI, scenario: 'chat, one at a time', goal: undefined },
  { ...OVER_OPENAI, scenario: 'stream, 16 at a time', goal: 0.75 },
  { ...OVER_ANTHROPIC, scenario: 'chat, 64 at a time', goal: 0.22 },
  { ...OVER_ANTHROPIC, scenario: 'stream, 64 at a time', goal: undefined },
  { ...OVER_ANTHROPIC, scenario: 'stream in one write, 64 at a time', goal: 0.45 },
  { ...OVER_GOOGLE, scenario: 'chat, 64 at a time', goal: undefined },
  { ...OVER_GOOGLE, scenario: 'stream, 64 at a time', goal: undefined },
  { ...OVER_GOOGLE, scenario: 'stream in one write, 64 at a time', goal: 0.1 },
];

/** Who makes the calls that the line is measured by. */
export const LINE_CLIENTS = ['undici', 'two deployments', 'everything on'] as const;
export type LineClient = (typeof LINE_CLIENTS)[number];

export interface LineScenario {
  readonly call: 'chat' | 'stream';
  readonly concurrency: number;
  /** So many that each round has its share of what the engine collects between calls. */
  readonly callsPerRound: number;
  /** Length of the user's message. */
  readonly promptBytes: number;
  /** The upstream writes a stream in one piece. */
  readonly atOnce: boolean;
  /** What everything on is to stay below, as a ratio to undici. */
  readonly goal: number;
}

const CHAT = { call: 'chat', promptBytes: 60, atOnce: false, goal: 1.25 } as const;
const STREAM = { call: 'stream', promptBytes: 60, concurrency: 64 } as const;

export const lineScenarios = {
  'chat, 64 at a time': { ...CHAT, concurrency: 64, callsPerRound: 6_000 },
  'chat, one at a time': { ...CHAT, concurrency: 1, callsPerRound: 2_400 },
  'chat of 10 KB, 64 at a time': { ...CHAT, concurrency: 64, callsPerRound: 4_000, promptBytes: 10_240, goal: 1.1 },
  'stream in one write, 64 at a time': { ...STREAM, callsPerRound: 768, atOnce: true, goal: 1.05 },
  'stream, a write for each event': { ...STREAM, callsPerRound: 128, atOnce: false, goal: 1.15 },
} satisfies Readonly<Record<string, LineScenario>>;

export type LineScenarioName = keyof typeof lineScenarios;

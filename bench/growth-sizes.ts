/** How large a configuration is that growth is measured with. */
export interface GrowthSize {
  readonly strategy: (typeof GROWTH_STRATEGIES)[number];
  readonly deployments: number;
  /** All of them in the configuration; one touches the calls. */
  readonly budgets: number;
  readonly callers: number;
}

export const GROWTH_STRATEGIES = [
  'priority',
  'weighted',
  'round-robin',
  'least-busy',
  'lowest-latency',
  'lowest-cost',
  'most-headroom',
] as const;

const SMALLEST: GrowthSize = { strategy: 'priority', deployments: 1, budgets: 1, callers: 1 };

/** One row of the table: sizes in turn, the first of which the others are compared with. */
export interface GrowthRow {
  readonly name: string;
  readonly sizes: readonly { readonly label: string; readonly size: GrowthSize }[];
}

export const growthRows: readonly GrowthRow[] = [
  ...GROWTH_STRATEGIES.map((strategy) => ({
    name: `deployments, ${strategy}`,
    sizes: [1, 10, 100, 300, 1_000].map((deployments) => ({
      label: `${deployments}`,
      size: { ...SMALLEST, strategy, deployments },
    })),
  })),
  {
    name: 'budgets',
    sizes: [1, 10, 100, 1_000].map((budgets) => ({ label: `${budgets}`, size: { ...SMALLEST, budgets } })),
  },
  {
    name: 'callers',
    sizes: [10, 1_000, 100_000].map((callers) => ({ label: `${callers}`, size: { ...SMALLEST, callers } })),
  },
];

/** What a call at the largest size is to stay below, as a ratio to the smallest. */
export const GROWTH_GOAL = 1.3;

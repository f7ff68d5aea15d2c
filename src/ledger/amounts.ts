import { NO_USAGE, type Usage } from '../core/usage.ts';
import type { EstimatedAmounts } from './ledger.ts';

/** What a call may come to at one deployment. */
export interface Part {
  readonly id: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Undefined where no price is known. */
  readonly costNanoUsd: number | undefined;
}

/** The most of each over the deployments. */
export class Amounts implements EstimatedAmounts {
  readonly usage: Usage;
  readonly totalTokens: number;
  readonly costNanoUsd: number | undefined;
  readonly #parts: readonly Part[];
  #costs: ReadonlyMap<string, number | undefined> | undefined;

  constructor(parts: readonly Part[]) {
    let inputTokens = 0;
    let outputTokens = 0;
    let totalTokens = 0;
    let costNanoUsd: number | undefined = 0;
    for (const part of parts) {
      inputTokens = Math.max(inputTokens, part.inputTokens);
      outputTokens = Math.max(outputTokens, part.outputTokens);
      totalTokens = Math.max(totalTokens, part.inputTokens + part.outputTokens);
      const isKnown: boolean = costNanoUsd !== undefined && part.costNanoUsd !== undefined;
      costNanoUsd = isKnown ? Math.max(costNanoUsd ?? 0, part.costNanoUsd ?? 0) : undefined;
    }
    this.usage = { ...NO_USAGE, inputTokens, outputTokens };
    this.totalTokens = totalTokens;
    this.costNanoUsd = costNanoUsd;
    this.#parts = parts;
  }

  get costByDeployment(): ReadonlyMap<string, number | undefined> {
    if (this.#costs !== undefined) return this.#costs;
    const costs = new Map<string, number | undefined>();
    for (const { id, costNanoUsd } of this.#parts) costs.set(id, costNanoUsd);
    this.#costs = costs;
    return costs;
  }

  at(deploymentId: string): Amounts {
    const part = this.#parts.length === 1 ? undefined : this.#parts.find(({ id }) => id === deploymentId);
    return part === undefined ? this : new Amounts([part]);
  }
}

import { NO_USAGE, type Usage } from '../core/usage.ts';
import type { EstimatedAmounts } from './ledger.ts';

/** What a call may come to at one deployment. */
export interface Part {
  readonly id: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Undefined if no price is known. */
  readonly costNanoUsd: number | undefined;
}

/** The parts of deployments that are not among those which the most was taken of. */
export interface PartSource {
  at(deploymentId: string): Part | undefined;
  costAt(deploymentId: string): number | undefined;
  all(): readonly Part[];
}

/** The most of each over the deployments. */
export class Amounts implements EstimatedAmounts {
  readonly usage: Usage;
  readonly totalTokens: number;
  readonly costNanoUsd: number | undefined;
  readonly #parts: readonly Part[];
  readonly #source: PartSource | undefined;
  #costs: ReadonlyMap<string, number | undefined> | undefined;

  /** `source`: of all, if `parts` are but those at which the call may come to the most. */
  constructor(parts: readonly Part[], source?: PartSource) {
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
    this.#source = source;
  }

  get costByDeployment(): ReadonlyMap<string, number | undefined> {
    if (this.#costs !== undefined) return this.#costs;
    const costs = new Map<string, number | undefined>();
    for (const { id, costNanoUsd } of this.#source?.all() ?? this.#parts) costs.set(id, costNanoUsd);
    this.#costs = costs;
    return costs;
  }

  costAt(deploymentId: string): number | undefined {
    return this.#source === undefined ? this.costByDeployment.get(deploymentId) : this.#source.costAt(deploymentId);
  }

  at(deploymentId: string): Amounts {
    const part = this.#source === undefined ? this.#partOf(deploymentId) : this.#source.at(deploymentId);
    return part === undefined ? this : new Amounts([part]);
  }

  #partOf(deploymentId: string): Part | undefined {
    return this.#parts.length === 1 ? undefined : this.#parts.find(({ id }) => id === deploymentId);
  }
}

import { type HealthRecord, newRecord } from './health-record.ts';

/** Deployments outside the configuration (`provider/model` as callers name them) that are remembered. */
const LARGEST_NUMBER_OF_RECORDS = 4_096;

/** The records of all deployments, by their ids. Those with attempts under way are never forgotten. */
export class HealthRecords {
  readonly #records = new Map<string, HealthRecord>();
  #retained: ReadonlySet<string> = new Set();

  /** The deployment's record, made if there is none. */
  of(deploymentId: string): HealthRecord {
    const known = this.#records.get(deploymentId);
    if (known) return known;
    if (this.#records.size >= LARGEST_NUMBER_OF_RECORDS) this.#forgetOne();
    const record = newRecord();
    this.#records.set(deploymentId, record);
    return record;
  }

  known(deploymentId: string): HealthRecord | undefined {
    return this.#records.get(deploymentId);
  }

  /** Forgets deployments that are not in the configuration any more. */
  retain(deploymentIds: ReadonlySet<string>): void {
    this.#retained = deploymentIds;
    for (const [id, record] of this.#records) {
      if (record.inFlight + record.assigned === 0 && !deploymentIds.has(id)) this.#records.delete(id);
    }
  }

  #forgetOne(): void {
    for (const [id, record] of this.#records) {
      if (record.inFlight + record.assigned > 0 || this.#retained.has(id)) continue;
      this.#records.delete(id);
      return;
    }
  }
}

import { median, rounded } from '../statistics.ts';

/** What handling events took: CPU of the whole process, its helper threads included. */
export interface Cost {
  cpuUs: number;
  wallUs: number;
}

/** Sums what the events of one round cost, and of how many records they were. */
export class RoundCost {
  recordCount = 0;
  #cpuUs = 0;
  #wallUs = 0;

  add(cost: Cost, recordCount: number): void {
    this.#cpuUs += cost.cpuUs;
    this.#wallUs += cost.wallUs;
    this.recordCount += recordCount;
  }

  get cpuUsPerRecord(): number {
    return this.#cpuUs / this.recordCount;
  }

  get wallUsPerRecord(): number {
    return this.#wallUs / this.recordCount;
  }
}

export function medianCost(rounds: readonly RoundCost[]) {
  return {
    cpuUsPerRecord: rounded(median(rounds.map((round) => round.cpuUsPerRecord)), 3),
    wallUsPerRecord: rounded(median(rounds.map((round) => round.wallUsPerRecord)), 3),
  };
}

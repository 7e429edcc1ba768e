import type { FlowStatus } from '../local/local-flow.ts';
import type { LiveBlock } from './render/live.ts';
import { rateKey, renderProgress, renderSummary } from './render/progress.ts';
import type { Paint } from './render/table.ts';

interface Sample {
  at: number;
  counts: ReadonlyMap<string, number>;
}

const drawIntervalMs = 250;
const sayIntervalMs = 10_000;
/** Rates are those of this long a time. */
const rateWindowMs = 3000;

/** Shows a person how flows get on, until it is stopped. */
export class Watch {
  readonly #live: LiveBlock;
  readonly #paint: Paint;
  readonly #statuses: () => readonly FlowStatus[];
  readonly #samples: Sample[] = [];
  readonly #said = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;
  #saidAt = Date.now();

  constructor(live: LiveBlock, paint: Paint, statuses: () => readonly FlowStatus[]) {
    this.#live = live;
    this.#paint = paint;
    this.#statuses = statuses;
    this.#timer = setInterval(() => this.#show(), drawIntervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#show();
    this.#live.clear();
  }

  #show(): void {
    const flows = this.#statuses();
    for (const flow of flows) this.#sayTrouble(flow);
    const rates = this.#rates(flows);
    if (this.#live.isTerminal) {
      const mirroring = flows.filter(({ enabled }) => enabled).length;
      const rows = this.#live.rows - 2 - (flows.length - mirroring);
      const maxRows = Math.max(3, Math.floor(rows / mirroring) - 4);
      this.#live.draw(['', ...renderProgress(flows, { rates, paint: this.#paint, maxRows })]);
    } else if (Date.now() - this.#saidAt >= sayIntervalMs) {
      this.#saidAt = Date.now();
      for (const flow of flows) if (flow.enabled) this.#live.say(renderSummary(flow, rates));
    }
  }

  /** Each complaint once, also when it repeats. */
  #sayTrouble(flow: FlowStatus): void {
    for (const { topic, failing, problems } of flow.topics) {
      this.#sayOnce(`${flow.flow} ${topic}`, failing?.failure.message ?? problems[0]?.message);
    }
    for (const { name, failing } of flow.scheduled) {
      this.#sayOnce(`${flow.flow} ${name} function`, failing?.failure.message);
    }
  }

  #sayOnce(where: string, trouble: string | undefined): void {
    if (trouble === undefined || trouble === this.#said.get(where)) return;
    this.#live.say(`${where}: ${trouble}`);
    this.#said.set(where, trouble);
  }

  #rates(flows: readonly FlowStatus[]): ReadonlyMap<string, number> {
    const at = Date.now();
    const counts = new Map(
      flows.flatMap((flow) =>
        flow.topics.map((topic): [string, number] => [rateKey(flow, topic), topic.recordCount]),
      ),
    );
    this.#samples.push({ at, counts });
    while (this.#samples.length > 2 && at - this.#samples[0]!.at > rateWindowMs) {
      this.#samples.shift();
    }
    const first = this.#samples[0]!;
    const seconds = Math.max(0.001, (at - first.at) / 1000);
    return new Map(
      [...counts].map(([key, count]) => [key, (count - (first.counts.get(key) ?? 0)) / seconds]),
    );
  }
}

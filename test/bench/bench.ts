/** What the benchmarks have in common, as the command line sees them. */
export type Row = Readonly<Record<string, string | number>>;

export interface BenchOptions {
  /** Small counts, to try the benchmark itself: the numbers mean little. */
  quick: boolean;
  /** Progress and conditions, for a person. */
  notify: (text: string) => void;
}

export interface Bench {
  run(options: BenchOptions): Promise<Row[]>;
}

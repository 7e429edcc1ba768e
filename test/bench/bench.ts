/** What the benchmarks have in common, as the command line sees them. */
export type Row = Readonly<Record<string, string | number>>;

export type Mm2Settings = 'default' | 'tuned';

export interface BenchOptions {
  /** Small counts, to try the benchmark itself: the numbers mean little. */
  quick: boolean;
  /** MirrorMaker 2 as it is, or with what its users set for throughput. */
  mm2Settings: Mm2Settings;
  /** Progress and conditions, for a person. */
  notify: (text: string) => void;
}

export interface Bench {
  run(options: BenchOptions): Promise<Row[]>;
}

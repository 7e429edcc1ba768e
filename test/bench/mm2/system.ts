/** What one system is to replicate in one run. */
export interface RunFlow {
  /** Its own in every run, so that neither state nor topics of another run are met. */
  sourceAlias: string;
  topics: readonly string[];
  sourceServers: string;
  targetServers: string;
  /** For configuration, logs and state. */
  directory: string;
}

export interface RunningSystem {
  /** The process that all others of the system descend from. */
  pid: number;
  stop(): Promise<void>;
}

export interface System {
  name: 'mirrorless' | 'mm2';
  /** Returns as soon as it is started; what it does from then on is seen on the target. */
  start(flow: RunFlow): Promise<RunningSystem>;
  /** For the report. */
  settings: string;
}

export function remoteTopic({ sourceAlias }: RunFlow, topic: string): string {
  return `${sourceAlias}.${topic}`;
}

/** One way from an event's JSON text to the target cluster, as a function would hold it open. */
export interface Path {
  /** Rejects unless the target acknowledged every record of the event. */
  handle(text: string): Promise<void>;
}

export interface PathTarget {
  bootstrapServers: string[];
  /** The path's own remote topic, with as many partitions as the source topic. */
  remoteTopic: string;
  /** The replicate function as it is deployed: its bundle. */
  functionFile: string;
}

/** Loads and connects what the path needs, before anything is measured. */
export type OpenPath = (target: PathTarget) => Promise<Path>;

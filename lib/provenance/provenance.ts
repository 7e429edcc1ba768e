/**
 * What keeps records from going round where topics keep their names: each flow tells in a header
 * where a copy comes from. It leaves out what has been at its target, and what gets there by another
 * way from where it was first written; of flows of another configuration only the former is known.
 * Between decoding and everything else, so that to the rest what is left out looks like a gap that
 * compaction left, and the header like one of the record's own.
 */
import type { FlowSettings, ProvenanceFlow, ProvenanceSettings } from '../config/flow-settings.ts';
import { isMirrorlessError, MirrorlessError } from '../errors.ts';
import type { ReplicationPolicy } from '../policy/replication-policy.ts';
import type { EventRecord, PartitionRecords } from '../source/event.ts';
import type { ClusterIdStore } from '../state/ports.ts';
import { type Origin, originsOf, withOrigins } from './header.ts';
import { topicWays } from './topic-ways.ts';
import { beginningElsewhere, leftOutBy, type Way } from './ways.ts';

export interface ProvenanceOptions {
  settings: Pick<FlowSettings, 'source' | 'target' | 'topics'>;
  provenance: ProvenanceSettings;
  policy: Pick<ReplicationPolicy, 'formatRemoteTopic'>;
  /** Where discovery keeps the ids of a flow's clusters. */
  clusterIdsOf(flow: ProvenanceFlow): Pick<ClusterIdStore, 'read'>;
}

/** What of a partition is to be copied. */
export interface Selection {
  source: PartitionRecords;
  /** Offsets of the records that the event brings beside them, ascending. */
  leftOut: readonly number[];
}

export class Provenance {
  readonly #options: ProvenanceOptions;
  readonly #flow: Way;
  readonly #waysOf: (topic: string) => readonly Way[];
  /** By alias; read once, and again where a record comes from a cluster that is not among them. */
  #clusterIds: ReadonlyMap<string, string> | undefined;
  /** Ids that no cluster of the configuration has. */
  readonly #elsewhere = new Set<string>();

  constructor(options: ProvenanceOptions) {
    const { settings, provenance } = options;
    this.#options = options;
    this.#flow = { source: settings.source.alias, target: settings.target.alias };
    this.#waysOf = topicWays(provenance.flows, settings);
  }

  /**
   * In the order of the partitions. Throws CLUSTER_IDS_MISSING before discovery has run, and what
   * the state tables answer.
   */
  async select(partitions: readonly PartitionRecords[]): Promise<Selection[]> {
    const paths = partitions.map(({ records }) => records.map(originsOf));
    const clusterIds = await this.#knowing(paths.flat(2));
    return partitions.map((source, index) => {
      if (!this.#keepsName(source.topic)) return { source, leftOut: [] };
      return this.#selectFrom(source, paths[index]!, clusterIds);
    });
  }

  /** Heartbeats never do, so their names tell where they come from. */
  #keepsName(topic: string): boolean {
    return this.#options.policy.formatRemoteTopic(this.#flow.source, topic) === topic;
  }

  #selectFrom(
    source: PartitionRecords,
    paths: readonly (readonly Origin[])[],
    clusterIds: ReadonlyMap<string, string>,
  ): Selection {
    const { addsHeader } = this.#options.provenance;
    const idOf = (alias: string) => clusterIds.get(alias);
    const ways = this.#waysOf(source.topic);
    const known = new Set(ways.flatMap((way) => [way.source, way.target]).map(idOf));
    const leftOutIds = new Set([...leftOutBy(this.#flow, ways)].map(idOf));
    const own = idOf(this.#flow.source)!;
    const ends = new Set([own, idOf(this.#flow.target)]);
    const records: EventRecord[] = [];
    const leftOut: number[] = [];
    for (const [index, record] of source.records.entries()) {
      const path = paths[index]!;
      const first = path.find(({ clusterId }) => known.has(clusterId));
      const hasBeenHere = path.some(({ clusterId }) => ends.has(clusterId));
      if (hasBeenHere || (first && leftOutIds.has(first.clusterId))) leftOut.push(record.offset);
      else if (!addsHeader) records.push(record);
      else records.push(withOrigins(record, [...staleIn(path), own]));
    }
    return { source: { ...source, records }, leftOut };
  }

  /** A cluster's id is stored before any record is marked with it: who sees one can read it. */
  async #knowing(origins: readonly Origin[]): Promise<ReadonlyMap<string, string>> {
    this.#clusterIds ??= await this.#read();
    const known = new Set([...this.#clusterIds.values(), ...this.#elsewhere]);
    const seen = origins.map(({ clusterId }) => clusterId);
    const unknown = seen.filter((clusterId) => !known.has(clusterId));
    if (unknown.length > 0) {
      this.#clusterIds = await this.#read();
      const ids = new Set(this.#clusterIds.values());
      for (const id of unknown) if (!ids.has(id)) this.#elsewhere.add(id);
    }
    return this.#clusterIds;
  }

  /** Of the clusters at both ends, and of those at which another flow begins. */
  async #read(): Promise<Map<string, string>> {
    const { clusterIdsOf, provenance } = this.#options;
    const { source, target } = this.#flow;
    const own = provenance.flows.find((flow) => flow.source === source && flow.target === target)!;
    const others = beginningElsewhere(this.#flow, provenance.flows);
    const [stored, ...found] = await Promise.all([
      clusterIdsOf(own).read(),
      ...others.map((flow) => clusterIdsOf(flow).read().catch(unlessDeployed)),
    ]);
    if (stored === undefined) throw missing(this.#flow);
    const clusterIds = new Map([
      [source, stored.source],
      [target, stored.target],
    ]);
    for (const [index, other] of others.entries()) {
      const ids = found[index];
      if (ids !== undefined) clusterIds.set(other.source, ids.source);
    }
    return clusterIds;
  }
}

/** What headers tell by another time than the record has now, and none by that one. */
function staleIn(path: readonly Origin[]): string[] {
  const current = path.filter(({ isCurrent }) => isCurrent).map(({ clusterId }) => clusterId);
  const told = new Set(path.map(({ clusterId }) => clusterId));
  return [...told].filter((clusterId) => !current.includes(clusterId));
}

/** Then nothing has marked a record with the id of its source yet. */
function unlessDeployed(error: unknown): undefined {
  if (!isMirrorlessError(error) || error.code !== 'STATE_TABLE_MISSING') throw error;
}

function missing({ source, target }: Way): MirrorlessError {
  const what = `The cluster ids of ${source} and ${target} are not known: discovery of ${source}->${target} has not run.`;
  return new MirrorlessError('CLUSTER_IDS_MISSING', what);
}

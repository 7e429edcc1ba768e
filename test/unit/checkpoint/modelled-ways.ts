/** Flows that keep names, as events bring their records on: logs, headers and maps in memory. */
import { raiseToCopyStart } from '../../../lib/checkpoint/locate.ts';
import { otherWays, takeBack } from '../../../lib/checkpoint/other-ways.ts';
import type { PartitionView } from '../../../lib/checkpoint/partitions.ts';
import type { Pages } from '../../../lib/checkpoint/pass-read.ts';
import type { GroupPosition } from '../../../lib/checkpoint/positions.ts';
import { leftOutBy, type Way } from '../../../lib/provenance/ways.ts';
import { append, emptySegment } from '../../../lib/state/offset-map.ts';
import type { Run, Segment } from '../../../lib/state/ports.ts';
import { mapOver, type ReadableMap } from './maps.ts';

/**
 * A record is written to a cluster, or a flow has an event of so many, of which `deadEvent` records
 * nothing; or a cluster deletes its oldest so many, as far as they were copied.
 */
export interface Step {
  what: 'write' | 'event' | 'deadEvent' | 'retention';
  at: number;
  count: number;
}

/** The same object on every cluster; what its header tells is what is true. */
interface Written {
  of: string;
}

interface ModelledFlow extends Way {
  leftOut: ReadonlySet<string>;
  progress: number;
  segments: Segment[];
  begun?: { upstream: bigint; downstream: bigint };
  /** By an invocation that died before it recorded that. */
  sent: { count: number; runs: readonly Run[] };
}

interface Translated {
  status: GroupPosition['downstream']['status'];
  /** By the map of the flow alone, and by all; absent where there is none. */
  before?: bigint;
  after?: bigint;
  failureCount: number;
  /** How often the records of a map were read, beyond the translation of offsets. */
  runReadCount: number;
}

interface TranslateOptions {
  /** Done before every look at a map but the first. */
  meanwhile?(): void;
  /** A flow whose map cannot be read. */
  broken?: string;
  pages?: Pages | undefined;
}

const place = { topic: 'orders', partition: 0 };

export class ModelledWays {
  readonly #ways: Way[];
  readonly #flows: ModelledFlow[];
  readonly #logs: Map<string, Written[]>;
  /** Where the logs start. */
  readonly #starts = new Map<string, number>();

  /** Such as `AB BA`; groups are translated from A to B. */
  constructor(shape: string) {
    this.#ways = shape.split(' ').map((each) => ({ source: each[0]!, target: each[1]! }));
    this.#logs = new Map([...new Set(shape.replaceAll(' ', ''))].map((cluster) => [cluster, []]));
    this.#flows = this.#ways.map((way) => {
      const leftOut = leftOutBy(way, this.#ways);
      return { ...way, leftOut, progress: 0, segments: [], sent: { count: 0, runs: [] } };
    });
  }

  #log(cluster: string): Written[] {
    return this.#logs.get(cluster)!;
  }

  take({ what, at, count }: Step): void {
    const flow = this.#flows[at % this.#flows.length]!;
    if (what === 'write') this.#log(flow.source).push({ of: flow.source });
    else if (what === 'event') this.#event(flow, count);
    else if (what === 'deadEvent') this.#send(flow, count);
    else this.#delete(this.clusterAt(at), count);
  }

  /** The topic is made again on a cluster, and all flows from and to there begin a new generation. */
  recreate(cluster: string): void {
    this.#logs.set(cluster, []);
    this.#starts.delete(cluster);
    for (const flow of this.#flows) {
      if (flow.source !== cluster && flow.target !== cluster) continue;
      flow.progress = 0;
      flow.segments = [emptySegment(0n, BigInt(this.#log(flow.target).length))];
      delete flow.begun;
    }
  }

  /** Where a step of retention takes place. */
  clusterAt(at: number): string {
    const clusters = [...this.#logs.keys()];
    return clusters[at % clusters.length]!;
  }

  /** The maps keep no segment all of whose records are deleted on the target. */
  #delete(cluster: string, count: number): void {
    const readers = this.#flows.filter(({ source }) => source === cluster);
    const copied = Math.min(
      this.#log(cluster).length,
      ...readers.map(({ progress, sent }) => progress + sent.count),
    );
    const start = Math.min(this.#startOf(cluster) + count, copied);
    this.#starts.set(cluster, start);
    for (const { segments } of this.#flows.filter(({ target }) => target === cluster)) {
      while (segments.length > 1 && segments[0]!.downstreamEnd <= start) segments.shift();
    }
  }

  #startOf(cluster: string): number {
    return this.#starts.get(cluster) ?? 0;
  }

  /** Events until no flow has work; `order` says which has its own first. */
  finish(order: number): void {
    const flows = this.#flows.map((_, index) => this.#flows[(index + order) % this.#flows.length]!);
    const hasWork = ({ source, progress }: ModelledFlow) => progress < this.#log(source).length;
    for (let flow = flows.find(hasWork); flow; flow = flows.find(hasWork)) this.#event(flow, 3);
  }

  #event(flow: ModelledFlow, count: number): void {
    const runs = this.#send(flow, Math.max(count, flow.sent.count));
    if (flow.sent.count === 0) return;
    flow.progress += flow.sent.count;
    flow.sent = { count: 0, runs: [] };
    const upstreamEnd = BigInt(flow.progress);
    const downstreamEnd = BigInt(this.#log(flow.target).length);
    const { closed, open } = append(flow.segments.pop()!, { runs, upstreamEnd, downstreamEnd }, 8);
    flow.segments.push(...closed, open);
  }

  /** A map is begun before anything is sent; what was sent before is not sent again. */
  #send(flow: ModelledFlow, count: number): readonly Run[] {
    const target = this.#log(flow.target);
    const from = flow.progress + flow.sent.count;
    const records = this.#log(flow.source).slice(from, flow.progress + count);
    if (flow.segments.length === 0 && records.length > 0) {
      flow.begun = { upstream: BigInt(flow.progress), downstream: BigInt(target.length) };
      flow.segments.push(emptySegment(flow.begun.upstream, flow.begun.downstream));
    }
    const runs = [...flow.sent.runs];
    for (const [index, record] of records.entries()) {
      // What its source has written itself tells nothing; what comes back is told by its header.
      if (record.of !== flow.source && flow.leftOut.has(record.of)) continue;
      const upstream = BigInt(from + index);
      runs.push({ upstream, downstream: BigInt(target.length), length: 1 });
      target.push(record);
    }
    flow.sent = { count: flow.sent.count + records.length, runs };
    return runs;
  }

  /** Any that a group can have committed on A. */
  offsetOnA(any: number): bigint {
    const start = this.#startOf('A');
    return BigInt(start + (any % (this.#log('A').length + 1 - start)));
  }

  /**
   * Where a group goes on in B at the latest: what never comes to A it has nothing to do with. Of
   * what B has deleted, only where that is asked for.
   */
  firstUnread(offset: bigint, start = this.#startOf('B')): bigint {
    const read = new Set(this.#log('A').slice(0, Number(offset)));
    const first = this.#log('B').findIndex((record, at) => {
      return at >= start && this.#reaches(record.of, 'A') && !read.has(record);
    });
    return BigInt(first === -1 ? this.#log('B').length : first);
  }

  #reaches(from: string, to: string): boolean {
    const reached = new Set([from]);
    for (const _ of this.#logs) {
      for (const { source, target } of this.#ways) if (reached.has(source)) reached.add(target);
    }
    return reached.has(to);
  }

  async translate(
    offset: bigint,
    { meanwhile = () => {}, broken = '', pages }: TranslateOptions = {},
  ): Promise<Translated> {
    const own = this.#flowOf({ source: 'A', target: 'B' });
    const copyStart = BigInt(this.#startOf('B'));
    const map = mapOver({ 'orders-0': own.segments });
    const partition = { ...(await viewOf(map, offset)), copyStart };
    const [position] = partition.positions as [GroupPosition];
    const before = offsetOf(position);
    const flows = this.#ways.map((way) => ({ ...way, stateTable: 'unused' }));
    const cluster = (alias: string) => ({ alias, bootstrapServers: [] });
    const settings = {
      source: cluster('A'),
      target: cluster('B'),
      topics: { include: ['.*'], exclude: [] },
      provenance: { addsHeader: true, flows },
    };
    let runReadCount = 0;
    const ways = otherWays(settings, (way) => {
      const map = this.#mapOf(way, meanwhile, broken);
      return {
        ...map,
        segments(...asked) {
          runReadCount += 1;
          return map.segments(...asked);
        },
      };
    })!;
    const failures = await takeBack([partition], ways, pages);
    raiseToCopyStart(partition);
    const after = offsetOf(position);
    return {
      status: position.downstream.status,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
      failureCount: failures.length,
      runReadCount,
    };
  }

  #flowOf({ source, target }: Way): ModelledFlow {
    return this.#flows.find((each) => each.source === source && each.target === target)!;
  }

  #mapOf(way: Way, meanwhile: () => void, broken: string): ReadableMap {
    const read = () => {
      meanwhile();
      const isBroken = `${way.source}${way.target}` === broken;
      const { segments, begun } = this.#flowOf(way);
      return mapOver({ 'orders-0': isBroken ? 'corrupt' : segments }, begun);
    };
    return {
      translate: (...asked) => read().translate(...asked),
      segments: (...asked) => read().segments(...asked),
    };
  }
}

/** As `locate` leaves it. */
async function viewOf(map: ReadableMap, upstreamOffset: bigint): Promise<PartitionView> {
  const [answer] = await map.translate(
    [{ partition: place, offsets: [upstreamOffset] }],
    'downstream',
  );
  if (!answer?.ok) throw answer?.error;
  const { end, translations } = answer.value;
  const [translation] = translations;
  const downstream =
    translation!.status === 'ahead' ? { ...translation!, offset: end!.downstream } : translation!;
  const names = { ...place, remoteTopic: 'orders' };
  const position: GroupPosition = { ...names, upstreamOffset, metadata: '', downstream };
  return { ...names, positions: [position], ...(end && { mapEnd: end }), known: [] };
}

function offsetOf({ downstream }: GroupPosition): bigint | undefined {
  return 'offset' in downstream ? downstream.offset : undefined;
}

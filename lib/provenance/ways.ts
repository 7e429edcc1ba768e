/**
 * Which way a record takes where topics keep their names. Flows that lead back, or that meet again,
 * would bring it more than once; so what is first written to one cluster reaches each other cluster
 * by the shortest way alone (of equally short ones, by the flow that is listed first):
 *
 *     A⇄B              records of A by A→B; B→A leaves them out
 *     A→B→C→A          records of A by A→B→C; C→A leaves them out
 *     A⇄B, B⇄C, A⇄C    records of A by A→B and A→C; all other flows leave them out
 */

/** A flow that keeps names; by the aliases of its clusters. */
export interface Way {
  source: string;
  target: string;
}

/** Those to which a flow hangs together, whichever way records go; it is one of them. */
export function connectedWith<W extends Way>({ source, target }: Way, ways: readonly W[]): W[] {
  const clusters = new Set([source, target]);
  const isAt = (way: Way) => clusters.has(way.source) || clusters.has(way.target);
  for (let count = 0; count < clusters.size; ) {
    count = clusters.size;
    for (const way of ways.filter(isAt)) clusters.add(way.source).add(way.target);
  }
  return ways.filter(isAt);
}

/** Flows that begin elsewhere: in their state tables are the ids of clusters that are not its own. */
export function beginningElsewhere<W extends Way>(
  { source, target }: Way,
  ways: readonly W[],
): W[] {
  return ways.filter((way) => ![source, target].includes(way.source));
}

/**
 * The clusters whose records the flow leaves out: its target is where they were written, or gets
 * them by another way. Records of its source that have come round to there are left out too.
 */
export function leftOutBy({ source, target }: Way, ways: readonly Way[]): Set<string> {
  const clusters = new Set(ways.flatMap((way) => [way.source, way.target]));
  const others = [...clusters].filter((origin) => {
    const bringers = bringersOf(origin, ways);
    return bringers.has(source) && bringers.get(target) !== source;
  });
  return new Set([source, target, ...others]);
}

/** The clusters whose records a flow brings to its target; those of its source are among them. */
export function broughtBy({ source, target }: Way, ways: readonly Way[]): Set<string> {
  const clusters = new Set(ways.flatMap((way) => [way.source, way.target]));
  const brought = [...clusters].filter((origin) => bringersOf(origin, ways).get(target) === source);
  return new Set(brought);
}

/** Between the ends of a flow, by flows that do not pass through it: to a cluster and from there. */
export interface Detour<W extends Way = Way> {
  /** Flows that bring a cluster's records to the source, the last first. */
  back: readonly W[];
  /** Flows that bring them to the target, the first first; none where it is the target itself. */
  forth: readonly W[];
}

/** A detour for each cluster whose records the flow leaves out though they come to both its ends. */
export function detoursOf<W extends Way>({ source, target }: Way, ways: readonly W[]): Detour<W>[] {
  const leftOut = [...leftOutBy({ source, target }, ways)].filter((each) => each !== source);
  return leftOut.flatMap((origin) => {
    const bringers = bringersOf(origin, ways);
    const back = backFrom(source, bringers, ways);
    if (back.length === 0) return [];
    return [{ back, forth: backFrom(target, bringers, ways).reverse() }];
  });
}

function backFrom<W extends Way>(
  cluster: string,
  bringers: ReadonlyMap<string, string>,
  ways: readonly W[],
): W[] {
  const bringer = bringers.get(cluster);
  if (bringer === undefined) return [];
  const last = ways.find(({ source, target }) => source === bringer && target === cluster)!;
  return [last, ...backFrom(bringer, bringers, ways)];
}

/** True where a flow further on has to know where the records that this one brings come from. */
export function mustTellOrigins(way: Way, ways: readonly Way[]): boolean {
  const beyond = bringersOf(way.target, ways);
  return ways.some((other) => {
    if (other.source !== way.target && !beyond.has(other.source)) return false;
    const leftOut = leftOutBy(other, ways);
    return [...leftOut].some(
      (origin) => origin === way.source || bringersOf(origin, ways).has(way.source),
    );
  });
}

/** For each cluster that records of `origin` reach, the one that they come from. */
function bringersOf(origin: string, ways: readonly Way[]): Map<string, string> {
  const bringers = new Map<string, string>();
  for (let farthest = [origin]; farthest.length > 0; ) {
    const next: string[] = [];
    for (const { source, target } of ways) {
      if (!farthest.includes(source) || target === origin || bringers.has(target)) continue;
      bringers.set(target, source);
      next.push(target);
    }
    farthest = next;
  }
  return bringers;
}

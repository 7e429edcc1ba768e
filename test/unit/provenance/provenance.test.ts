import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProvenanceFlow } from '../../../lib/config/flow-settings.ts';
import { isMirrorlessError, MirrorlessError } from '../../../lib/errors.ts';
import { replicationPolicy } from '../../../lib/policy/replication-policy.ts';
import { originsOf, withOrigins } from '../../../lib/provenance/header.ts';
import { Provenance } from '../../../lib/provenance/provenance.ts';
import type { EventRecord } from '../../../lib/source/event.ts';
import type { ClusterIds } from '../../../lib/state/ports.ts';

const mesh = ['AB', 'AC', 'BA', 'BC', 'CA', 'CB'];

/** The flow from A to B of a configuration, whose discovered clusters have their aliases as ids. */
function flow(
  options: {
    flows?: readonly string[];
    addsHeader?: boolean;
    stored?: Record<string, ClusterIds | MirrorlessError>;
    topicsOf?: Record<string, string>;
  } = {},
) {
  const { flows = ['AB', 'BA'], addsHeader = true, topicsOf = {} } = options;
  const stored = options.stored ?? Object.fromEntries(flows.map((name) => [name, idsOf(name)]));
  let readCount = 0;
  const provenance = new Provenance({
    settings: {
      source: { alias: 'A', bootstrapServers: [] },
      target: { alias: 'B', bootstrapServers: [] },
      topics: patterns('.*'),
    },
    provenance: {
      addsHeader,
      flows: flows.map((name): ProvenanceFlow => {
        const topics = topicsOf[name];
        const own = topics === undefined ? {} : { topics: patterns(topics) };
        return { source: name[0]!, target: name[1]!, stateTable: name, ...own };
      }),
    },
    policy: replicationPolicy(
      {
        class: 'IdentityReplicationPolicy',
        separator: '.',
        internalTopicSeparatorEnabled: true,
        separatorConfigured: false,
      },
      'A',
    ),
    clusterIdsOf: ({ stateTable }) => ({
      async read() {
        readCount += 1;
        const found = stored[stateTable];
        if (found instanceof MirrorlessError) throw found;
        return found;
      },
    }),
  });
  return {
    provenance,
    stored,
    reads: () => readCount,
    /** What becomes of records that were on these clusters before, such as `id-X id-A`. */
    async select(paths: readonly string[], topic = 'orders') {
      const records = paths.map((path, offset) => recordOf(topic, offset, path));
      const [selected] = await provenance.select([{ topic, partition: 0, records }]);
      return {
        copied: selected!.source.records.map(pathOf),
        leftOut: selected!.leftOut,
      };
    },
  };
}

function idsOf(name: string): ClusterIds {
  return { source: `id-${name[0]}`, target: `id-${name[1]}` };
}

function patterns(include: string) {
  return { include: [include], exclude: [] };
}

function recordOf(topic: string, offset: number, path: string): EventRecord {
  const timestamp = 1000 + offset;
  const record = { topic, partition: 0, offset, timestamp, timestampType: 'CREATE_TIME' };
  return withOrigins(record, path.split(' ').filter(Boolean));
}

function pathOf(record: EventRecord): string {
  return originsOf(record)
    .map(({ clusterId }) => clusterId)
    .join(' ');
}

test('copies tell where they come from, and what has been on the target is left out', async () => {
  assert.deepEqual(await flow().select(['', 'id-B', 'id-A', 'id-X']), {
    copied: ['id-A', 'id-X id-A'],
    leftOut: [1, 2],
  });
});

test('what has been on the target is known though it was first written elsewhere', async () => {
  const paths = ['id-X id-B', 'id-X id-A id-Y', 'id-X id-Y'];
  assert.deepEqual(await flow().select(paths), { copied: ['id-X id-Y id-A'], leftOut: [0, 1] });
});

test('without the header of its own a flow leaves out all the same', async () => {
  const { select } = flow({ flows: ['AB', 'BA', 'AC', 'BC'], addsHeader: false });
  assert.deepEqual(await select(['', 'id-B']), { copied: [''], leftOut: [1] });
});

test('in a mesh what another flow brings is left out, but in topics that it does not mirror', async () => {
  const all = flow({ flows: mesh });
  assert.deepEqual(await all.select(['id-C', 'id-X id-C', '']), {
    copied: ['id-A'],
    leftOut: [0, 1],
  });
  const some = flow({ flows: mesh, topicsOf: { CB: 'payments' } });
  assert.deepEqual(await some.select(['id-C']), { copied: ['id-C id-A'], leftOut: [] });
  assert.deepEqual(await some.select(['id-C'], 'payments'), { copied: [], leftOut: [0] });
});

test('of clusters whose flows do not mirror the topic nothing is known', async () => {
  const flows = ['AB', 'BA', 'DA', 'DB', 'CD'];
  const { select } = flow({ flows, topicsOf: { CD: 'payments' } });
  assert.deepEqual(
    (await select(['id-C id-D'])).leftOut,
    [0],
    'D brings it, whoever brought it to D',
  );
});

test('a topic that puts its own time in place of that of a record is told of the whole way again', async () => {
  const { provenance } = flow();
  const stamped = { ...recordOf('orders', 0, 'id-X id-Y'), timestamp: 7 };
  const records = [{ ...stamped, timestampType: 'LOG_APPEND_TIME' }];
  const [selected] = await provenance.select([{ topic: 'orders', partition: 0, records }]);
  const [copy] = selected!.source.records as [EventRecord];
  assert.equal(pathOf({ ...copy, timestampType: 'CREATE_TIME' }), 'id-X id-Y id-A');
});

test('topics that are renamed pass as they are: their names tell', async () => {
  const { select } = flow();
  const passed = { copied: ['id-B', ''], leftOut: [] };
  assert.deepEqual(await select(['id-B', ''], 'heartbeats'), passed);
});

test('ids are read once, and once more where a record tells one that is not known', async () => {
  const { select, reads, stored } = flow({ flows: mesh });
  delete stored['CA'];
  delete stored['CB'];
  await select(['', 'id-B']);
  await select(['']);
  assert.equal(reads(), 3, 'of three tables');
  stored['CA'] = idsOf('CA');
  assert.deepEqual((await select(['id-C', 'id-X'])).leftOut, [0], 'C is discovered meanwhile');
  await select(['id-C', 'id-X']);
  assert.equal(reads(), 6, 'X is known to be elsewhere');
});

test('before discovery has run nothing is copied; another flow need not be deployed', async () => {
  const missing = new MirrorlessError('STATE_TABLE_MISSING', 'none.');
  const early = flow({ stored: {} });
  await assert.rejects(early.select(['']), (error) => {
    return isMirrorlessError(error) && error.code === 'CLUSTER_IDS_MISSING' && error.retriable;
  });
  early.stored['AB'] = idsOf('AB');
  assert.deepEqual(await early.select(['']), { copied: ['id-A'], leftOut: [] });
  const partly = flow({ flows: mesh, stored: { AB: idsOf('AB'), CA: missing, CB: missing } });
  assert.deepEqual(await partly.select(['id-B', '']), { copied: ['id-A'], leftOut: [0] });
  await assert.rejects(flow({ stored: { AB: missing } }).select(['']), missing);
});

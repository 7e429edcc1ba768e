import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProvenanceFlow } from '../../../lib/config/flow-settings.ts';
import { isMirrorlessError, MirrorlessError } from '../../../lib/errors.ts';
import { replicationPolicy } from '../../../lib/policy/replication-policy.ts';
import { originOf, withOrigin } from '../../../lib/provenance/header.ts';
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
    stored,
    reads: () => readCount,
    /** What becomes of records of these origins; undefined is a record of nobody else. */
    async select(origins: readonly (string | undefined)[], topic = 'orders') {
      const records = origins.map((origin, offset) => recordOf(topic, offset, origin));
      const [selected] = await provenance.select([{ topic, partition: 0, records }]);
      return {
        copied: selected!.source.records.map((record) => originOf(record)?.clusterId),
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

function recordOf(topic: string, offset: number, origin?: string): EventRecord {
  const timestamp = 1000 + offset;
  const record = { topic, partition: 0, offset, timestamp, timestampType: 'CREATE_TIME' };
  return origin === undefined ? record : withOrigin(record, origin);
}

test('forth and back: own records tell their cluster, and what came from the target is left out', async () => {
  assert.deepEqual(await flow().select([undefined, 'id-B', 'id-A', 'id-X']), {
    copied: ['id-A', 'id-X'],
    leftOut: [1, 2],
  });
});

test('without the header of its own a flow leaves out all the same', async () => {
  const { select } = flow({ flows: ['AB', 'BA', 'AC', 'BC'], addsHeader: false });
  assert.deepEqual(await select([undefined, 'id-B']), { copied: [undefined], leftOut: [1] });
});

test('in a mesh what another flow brings is left out, but in topics that it does not mirror', async () => {
  const all = flow({ flows: mesh });
  assert.deepEqual(await all.select(['id-C', undefined]), { copied: ['id-A'], leftOut: [0] });
  const some = flow({ flows: mesh, topicsOf: { CB: 'payments' } });
  assert.deepEqual(await some.select(['id-C']), { copied: ['id-C'], leftOut: [] });
  assert.deepEqual(await some.select(['id-C'], 'payments'), { copied: [], leftOut: [0] });
});

test('topics that are renamed pass as they are: their names tell', async () => {
  const { select } = flow();
  const passed = { copied: ['id-B', undefined], leftOut: [] };
  assert.deepEqual(await select(['id-B', undefined], 'heartbeats'), passed);
});

test('ids are read once, and once more where a record tells one that is not known', async () => {
  const { select, reads, stored } = flow({ flows: mesh });
  delete stored['CA'];
  delete stored['CB'];
  await select([undefined, 'id-B']);
  await select([undefined]);
  assert.equal(reads(), 3, 'of three tables');
  stored['CA'] = idsOf('CA');
  assert.deepEqual((await select(['id-C', 'id-X'])).leftOut, [0], 'C is discovered meanwhile');
  await select(['id-C', 'id-X']);
  assert.equal(reads(), 6, 'X is known to be elsewhere');
});

test('before discovery has run nothing is copied; another flow need not be deployed', async () => {
  const missing = new MirrorlessError('STATE_TABLE_MISSING', 'none.');
  const early = flow({ stored: {} });
  await assert.rejects(early.select([undefined]), (error) => {
    return isMirrorlessError(error) && error.code === 'CLUSTER_IDS_MISSING' && error.retriable;
  });
  early.stored['AB'] = idsOf('AB');
  assert.deepEqual(await early.select([undefined]), { copied: ['id-A'], leftOut: [] });
  const partly = flow({ flows: mesh, stored: { AB: idsOf('AB'), CA: missing, CB: missing } });
  assert.deepEqual(await partly.select(['id-B']), { copied: [], leftOut: [0] });
  await assert.rejects(flow({ stored: { AB: missing } }).select([undefined]), missing);
});

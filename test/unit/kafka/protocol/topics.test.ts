/** Requests byte for byte as another client writes them; answers as brokers write them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  createTopicAcls,
  describeTopicAcls,
  type TopicAcl,
} from '../../../../lib/kafka/protocol/acls.ts';
import {
  createPartitions,
  createTopics,
  describeConfigs,
  incrementalAlterConfigs,
} from '../../../../lib/kafka/protocol/topics.ts';
import type { Writer } from '../../../../lib/kafka/protocol/wire.ts';
import { createRequest as createAclsV2 } from '../../../../node_modules/@platformatic/kafka/dist/apis/admin/create-acls-v2.js';
import { createRequest as createPartitionsV3 } from '../../../../node_modules/@platformatic/kafka/dist/apis/admin/create-partitions-v3.js';
import { createRequest as createTopicsV7 } from '../../../../node_modules/@platformatic/kafka/dist/apis/admin/create-topics-v7.js';
import { createRequest as describeAclsV2 } from '../../../../node_modules/@platformatic/kafka/dist/apis/admin/describe-acls-v2.js';
import { createRequest as describeConfigsV4 } from '../../../../node_modules/@platformatic/kafka/dist/apis/admin/describe-configs-v4.js';
import { createRequest as alterConfigsV1 } from '../../../../node_modules/@platformatic/kafka/dist/apis/admin/incremental-alter-configs-v1.js';
import { array, read, written } from './answers.ts';

const hex = ({ buffer }: { buffer: Buffer }) => buffer.toString('hex');
const topicId = '0d6e8a3c-5f0a-4b1e-9c35-1f2a3b4c5d6e';

describe('CreateTopics', () => {
  test('asks with settings, and leaves replicas to the cluster', () => {
    const topics = [
      { topic: 'a', partitionCount: 3, replicationFactor: -1, configs: { x: '1', 'y.z': '' } },
      { topic: 'b', partitionCount: 1, replicationFactor: 2, configs: {} },
    ];
    const theirs = topics.map(({ topic, partitionCount, replicationFactor, configs }) => ({
      name: topic,
      numPartitions: partitionCount,
      replicationFactor,
      assignments: [],
      configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
    }));
    for (const validateOnly of [true, false]) {
      assert.equal(
        written(createTopics, { topics, timeoutMs: 5000, validateOnly }),
        hex(createTopicsV7(theirs, 5000, validateOnly)),
      );
    }
  });

  test('tells ids and settings, and refusals in the broker’s words', () => {
    const answers = read(createTopics, (writer) => {
      writer.appendInt32(0);
      array(writer, [0, 36], (w, code) => {
        w.appendString(`t${code}`).appendUUID(code === 0 ? topicId : null);
        w.appendInt16(code).appendString(code === 0 ? null : 'there');
        w.appendInt32(3).appendInt16(1);
        if (code !== 0) w.appendArray(null, () => {});
        else {
          array(w, ['retention.ms'], (c, name) =>
            c.appendString(name).appendString('1').appendBoolean(false).appendInt16(5),
          );
        }
      });
    });
    assert.deepEqual(answers, [
      { topic: 't0', topicId, code: 0, detail: undefined, configs: { 'retention.ms': '1' } },
      { topic: 't36', topicId: undefined, code: 36, detail: 'there', configs: {} },
    ]);
  });
});

test('CreatePartitions raises a number, and is answered by topic', () => {
  assert.equal(
    written(createPartitions, { topics: [{ topic: 'a', partitionCount: 7 }], timeoutMs: 9 }),
    hex(
      createPartitionsV3([{ name: 'a', count: 7, assignments: null as unknown as [] }], 9, false),
    ),
  );
  const answers = read(createPartitions, (writer) => {
    writer.appendInt32(0);
    array(writer, [0, 37], (w, code) =>
      w
        .appendString('a')
        .appendInt16(code)
        .appendString(code === 0 ? null : 'fewer'),
    );
  });
  assert.deepEqual(answers, [
    { topic: 'a', code: 0, detail: undefined },
    { topic: 'a', code: 37, detail: 'fewer' },
  ]);
});

describe('configurations', () => {
  test('are asked for by name, or all of them', () => {
    for (const names of [['max.message.bytes'], null]) {
      const theirs = ['a', 'b'].map((resourceName) => ({
        resourceType: 2 as const,
        resourceName,
        configurationKeys: names as string[],
      }));
      assert.equal(
        written(describeConfigs, { topics: ['a', 'b'], ...(names && { names }) }),
        hex(describeConfigsV4(theirs, false, false)),
      );
    }
  });

  test('are told with who set them, or why not', () => {
    const write = (code: number, values: (string | null)[]) => (writer: Writer) => {
      writer.appendInt32(0);
      array(writer, [code], (w) => {
        w.appendInt16(code)
          .appendString(code === 0 ? null : 'no')
          .appendInt8(2)
          .appendString('t');
        array(w, values, (c, value) => {
          c.appendString('max.message.bytes').appendString(value);
          c.appendBoolean(value === null)
            .appendInt8(1)
            .appendBoolean(value === null);
          array(c, [value], (s) => s.appendString('synonym').appendString(null).appendInt8(5));
          c.appendInt8(3).appendString('what it does');
        });
      });
    };
    const config = { name: 'max.message.bytes', source: 1 };
    assert.deepEqual(read(describeConfigs, write(0, ['2000', null])), [
      {
        topic: 't',
        code: 0,
        detail: undefined,
        configs: [
          { ...config, value: '2000', isReadOnly: false, isSensitive: false },
          { ...config, value: null, isReadOnly: true, isSensitive: true },
        ],
      },
    ]);
    assert.deepEqual(read(describeConfigs, write(29, [])), [
      { topic: 't', code: 29, detail: 'no', configs: [] },
    ]);
  });

  test('are set and taken away', () => {
    const topics = [{ topic: 'a', changes: { 'retention.ms': '-1', 'segment.ms': null } }];
    const configs = [
      { name: 'retention.ms', configOperation: 0 as const, value: '-1' },
      { name: 'segment.ms', configOperation: 1 as const, value: null },
    ];
    const theirs = [{ resourceType: 2 as const, resourceName: 'a', configs }];
    assert.equal(written(incrementalAlterConfigs, { topics }), hex(alterConfigsV1(theirs, false)));
    const answers = read(incrementalAlterConfigs, (writer) => {
      writer.appendInt32(0);
      array(writer, [40], (w, code) =>
        w.appendInt16(code).appendString('unknown').appendInt8(2).appendString('a'),
      );
    });
    assert.deepEqual(answers, [{ topic: 'a', code: 40, detail: 'unknown' }]);
  });
});

describe('ACLs', () => {
  const acl: TopicAcl = {
    topic: 'orders',
    pattern: 'LITERAL',
    principal: 'User:a',
    host: '*',
    operation: 'READ',
    permission: 'ALLOW',
  };

  test('of all topics are asked for, and told with their pattern', () => {
    const any = { resourceName: null, principal: null, host: null, permissionType: 1 } as const;
    const theirs = { resourceType: 2, resourcePatternType: 1, operation: 1, ...any } as const;
    assert.equal(written(describeTopicAcls, undefined), hex(describeAclsV2(theirs)));
    const answerOf = (operation: number) =>
      read(describeTopicAcls, (writer) => {
        writer.appendInt32(0).appendInt16(0).appendString(null);
        array(writer, [3, 4], (w, pattern) => {
          w.appendInt8(2).appendString('orders').appendInt8(pattern);
          array(w, [3, 2], (a, permission) =>
            a.appendString('User:a').appendString('*').appendInt8(operation).appendInt8(permission),
          );
        });
      });
    assert.deepEqual(answerOf(3), {
      code: 0,
      detail: undefined,
      acls: [
        acl,
        { ...acl, permission: 'DENY' },
        { ...acl, pattern: 'PREFIXED' },
        { ...acl, pattern: 'PREFIXED', permission: 'DENY' },
      ],
    });
    assert.throws(() => answerOf(77), /code 77 of an ACL is not known/);
  });

  test('are created, each with an answer', () => {
    const theirs = {
      resourceType: 2,
      resourceName: 'orders',
      resourcePatternType: 3,
      principal: 'User:a',
      host: '*',
      operation: 3,
      permissionType: 3,
    } as const;
    assert.equal(written(createTopicAcls, [acl]), hex(createAclsV2([theirs])));
    const answers = read(createTopicAcls, (writer) => {
      writer.appendInt32(0);
      array(writer, [0, 31], (w, code) => w.appendInt16(code).appendString(code ? 'no' : null));
    });
    assert.deepEqual(answers, [
      { code: 0, detail: undefined },
      { code: 31, detail: 'no' },
    ]);
  });
});

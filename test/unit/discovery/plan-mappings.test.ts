import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExistingMapping } from '../../../lib/aws/mappings.ts';
import { mappingParameters } from '../../../lib/discovery/mapping-parameters.ts';
import {
  type MappingsView,
  planMappings,
  planTurns,
} from '../../../lib/discovery/plan-mappings.ts';
import { loadMappedFlow } from './mapped-flow.ts';

const flow = loadMappedFlow();

function existing(topic: string, own: Partial<ExistingMapping> = {}): ExistingMapping {
  const { FunctionName: _, ...described } = mappingParameters(flow, topic, 'replicate');
  const arn = `arn:aws:lambda:::event-source-mapping:${topic}`;
  return {
    ...described,
    UUID: `uuid-${topic}`,
    EventSourceMappingArn: arn,
    State: 'Enabled',
    ...own,
  };
}

function plan(view: Partial<MappingsView>) {
  return planMappings({
    flow,
    functionName: 'replicate',
    mirrored: ['orders'],
    hasTopic: (topic) => topic === 'orders' || topic === 'other',
    hasRemoteTopic: () => true,
    halted: new Map(),
    existing: [],
    tags: new Map(),
    isPaused: () => false,
    ...view,
  });
}

/** What is to be done, without the reason, which must be there. */
function kinds(view: Partial<MappingsView>): string[] {
  return plan(view).map(({ kind, topic, reason }) => {
    assert.match(reason, /^\S.*[^.]$/);
    return `${kind} ${topic}`;
  });
}

describe('the plan of mappings', () => {
  it('creates what is missing and leaves what is as it should be', () => {
    const mirrored = ['payments', 'orders'];
    assert.deepEqual(kinds({ mirrored, existing: [existing('orders')] }), [
      'leave orders',
      'create payments',
    ]);
    const [creation] = plan({});
    assert.deepEqual(creation, {
      kind: 'create',
      topic: 'orders',
      parameters: mappingParameters(flow, 'orders', 'replicate'),
      reason: 'the topic has no mapping',
    });
  });

  it('changes in place what can be, and replaces what cannot', () => {
    const [update] = plan({ existing: [existing('orders', { BatchSize: 7 })] });
    assert.equal(update?.kind, 'update');
    assert.match(update.reason, /BatchSize/);
    const servers = { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['old:9092'] } };
    const moved = existing('orders', { SelfManagedEventSource: servers });
    const [replaced] = plan({ existing: [moved] });
    assert.ok(replaced?.kind === 'delete' && replaced.isReplaced);
    assert.match(replaced.reason, /SelfManagedEventSource/);
  });

  it('waits while Lambda is at work, and only for what is to be changed', () => {
    for (const State of ['Creating', 'Enabling', 'Updating']) {
      assert.deepEqual(kinds({ existing: [existing('orders', { State })] }), ['leave orders']);
      const changed = existing('orders', { State, BatchSize: 7 });
      assert.deepEqual(kinds({ existing: [changed] }), ['wait orders']);
    }
    const deleting = [existing('orders', { State: 'Deleting' })];
    assert.deepEqual(kinds({ existing: deleting }), ['wait orders']);
    assert.deepEqual(kinds({ existing: deleting, mirrored: [] }), ['leave orders']);
  });

  it('disables what is paused, new or not, with its changes', () => {
    const isPaused = () => true;
    const [creation] = plan({ isPaused });
    assert.ok(creation?.kind === 'create' && creation.parameters.Enabled === false);
    const [disable] = plan({ isPaused, existing: [existing('orders', { BatchSize: 7 })] });
    assert.ok(disable?.kind === 'disable');
    assert.deepEqual(disable.update, { BatchSize: 10_000, Enabled: false });
    for (const State of ['Disabled', 'Disabling']) {
      const paused = plan({ isPaused, existing: [existing('orders', { State })] });
      assert.ok(paused[0]?.kind === 'leave' && paused[0].isExpected);
    }
  });

  it('reads no topic on that is not what it was, whoever resumes it, and says why', () => {
    const halted = new Map([['orders', 'the topic is source-recreated']]);
    const [creation] = plan({ halted });
    assert.ok(creation?.kind === 'create' && creation.parameters.Enabled === false);
    const [disable] = plan({ halted, existing: [existing('orders')] });
    assert.equal(disable?.kind, 'disable');
    assert.match(disable?.reason ?? '', /the topic is source-recreated; its position stays/);
  });

  it('creates none before its remote topic, and keeps one whose remote topic is gone', () => {
    const hasRemoteTopic = () => false;
    assert.deepEqual(kinds({ hasRemoteTopic }), []);
    assert.deepEqual(kinds({ hasRemoteTopic, existing: [existing('orders')] }), ['leave orders']);
  });

  it('enables nothing that a person disabled', () => {
    const [left] = plan({ existing: [existing('orders', { State: 'Disabled' })] });
    assert.ok(left?.kind === 'leave' && !left.isExpected);
    assert.match(left.reason, /resume/);
  });

  it('deletes what the flow does not mirror any more', () => {
    const [removed] = plan({ mirrored: [], existing: [existing('other')] });
    assert.ok(removed?.kind === 'delete' && !removed.isReplaced);
  });

  it('keeps, tells or deletes where the source topic is gone', () => {
    const view = { mirrored: [], existing: [existing('gone')] };
    const [kept] = plan(view);
    assert.ok(kept?.kind === 'leave' && kept.isExpected);
    const [told] = plan({ ...view, flow: loadMappedFlow({ flow: ['deleted.topics: report'] }) });
    assert.ok(told?.kind === 'leave' && !told.isExpected);
    assert.deepEqual(
      kinds({ ...view, flow: loadMappedFlow({ flow: ['deleted.topics: delete'] }) }),
      ['delete gone'],
    );
  });

  it('touches no mapping that is not of this flow, and is kept from creating beside it', () => {
    const group = { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'by-hand' } };
    const [blocked] = plan({ existing: [existing('orders', group)] });
    assert.equal(blocked?.kind, 'blocked');
    assert.match(blocked.reason, /uuid-orders.*by-hand/);
    assert.deepEqual(kinds({ mirrored: [], existing: [existing('other', group)] }), []);
    const deleting = existing('orders', { ...group, State: 'Deleting' });
    assert.deepEqual(kinds({ existing: [deleting] }), ['wait orders']);
  });

  it('names topics that Lambda takes no mapping for', () => {
    const mirrored = ['x', '.hidden', 'ab', '_x'];
    assert.deepEqual(kinds({ mirrored }), [
      'blocked .hidden',
      'create _x',
      'create ab',
      'blocked x',
    ]);
  });

  it('gives the tags of the configuration where they were looked up, and takes none away', () => {
    const tagged = loadMappedFlow({ flow: ['tags: [team=streams, stage=test]'] });
    const mapping = existing('orders');
    const view = { flow: tagged, existing: [mapping] };
    assert.deepEqual(kinds(view), ['leave orders']);
    const tags = new Map([[mapping.EventSourceMappingArn!, { team: 'streams', mine: 'kept' }]]);
    const [tag] = plan({ ...view, tags });
    assert.ok(tag?.kind === 'tag');
    assert.deepEqual(tag.tags, { stage: 'test' });
  });
});

describe('the plan of a pause or its end', () => {
  const turns = (mappings: ExistingMapping[], paused: string[], resumed: string[]) =>
    planTurns({
      flow,
      existing: mappings,
      isPaused: (topic) => paused.includes(topic),
      isResumed: (topic) => resumed.includes(topic),
    }).map(({ kind, topic }) => `${kind} ${topic}`);
  const disabled = { State: 'Disabled' };

  it('disables what is paused, enables what is resumed and leaves the rest', () => {
    const mappings = [
      existing('a1', { BatchSize: 7 }),
      existing('b1', disabled),
      existing('c1', disabled),
      existing('d1'),
      existing('e1', disabled),
    ];
    const all = ['a1', 'b1', 'd1'];
    assert.deepEqual(turns(mappings, ['a1', 'e1'], all), ['disable a1', 'enable b1']);
  });

  it('does not resume what is still paused as a part of more', () => {
    assert.deepEqual(turns([existing('a1', disabled)], ['a1'], ['a1']), []);
  });

  it('waits for Lambda, and forgets what is deleted or of another', () => {
    const group = { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'by-hand' } };
    const mappings = [
      existing('a1', { State: 'Creating' }),
      existing('b1', { State: 'Deleting' }),
      existing('c1', group),
    ];
    assert.deepEqual(turns(mappings, ['a1', 'b1', 'c1'], []), ['wait a1']);
  });

  it('leaves to the stack what the stack creates and replaces, and keeps it in step', () => {
    const stackTopics = new Set(['orders']);
    assert.deepEqual(kinds({ stackTopics }), ['blocked orders']);
    assert.deepEqual(kinds({ stackTopics, isDeploying: true }), []);
    const moved = existing('orders', {
      SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['elsewhere:9092'] } },
    });
    assert.deepEqual(kinds({ stackTopics, existing: [moved] }), ['blocked orders']);
    assert.deepEqual(kinds({ stackTopics, existing: [existing('orders', { BatchSize: 7 })] }), [
      'update orders',
    ]);
  });
});

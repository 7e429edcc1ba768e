import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { consumerGroupId } from '../../../lib/discovery/consumer-group.ts';

const flow = { source: 'us-east', target: 'eu' };

describe('the consumer group of a topic', () => {
  it('says which flow reads what', () => {
    assert.equal(consumerGroupId(flow, 'orders'), 'mirrorless/us-east/eu/orders');
  });

  it('is one that Lambda takes, also for the longest names, and differs where they do', () => {
    const names = ['a', 'b'].map((end) => 'x'.repeat(248) + end);
    const groups = names.map((topic) => consumerGroupId(flow, topic));
    for (const group of groups) assert.match(group, /^[ a-zA-Z0-9\-/*:_+=.@]{1,200}$/);
    assert.notEqual(groups[0], groups[1]);
  });
});

import type { RunFlow } from './system.ts';

/** The flow as mm2.properties, which both systems read. */
export function flowProperties(flow: RunFlow): Record<string, string> {
  const { sourceAlias, topics, sourceServers, targetServers } = flow;
  return {
    clusters: `${sourceAlias},target`,
    [`${sourceAlias}.bootstrap.servers`]: sourceServers,
    'target.bootstrap.servers': targetServers,
    [`${sourceAlias}->target.enabled`]: 'true',
    [`${sourceAlias}->target.topics`]: topics.join(','),
    // A flow that only emits heartbeats would be a second worker of MirrorMaker 2.
    'emit.heartbeats.enabled': 'false',
    // One broker on each side.
    'replication.factor': '1',
    'checkpoints.topic.replication.factor': '1',
    'offset-syncs.topic.replication.factor': '1',
  };
}

export function propertiesText(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

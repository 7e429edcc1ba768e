/** What only shows when settings are seen together. */
import { mustTellOrigins } from '../../provenance/ways.ts';
import { type Configuration, type Flow, flowName } from '../model.ts';
import { keepsNames } from '../provenance-settings.ts';
import { checkFailureDestination } from './check-failure-destination.ts';
import { type Context, entryOf, settingOf } from './places.ts';
import { shown } from './report.ts';

export function checkTogether(configuration: Configuration, context: Context): void {
  checkServers(configuration, context);
  checkEnabled(configuration, context);
  const flows = configuration.flows.filter(
    (flow) => flow.enabled || context.properties.has(`${flowName(flow)}.enabled`),
  );
  for (const flow of flows) {
    checkAliases(flow, context);
    checkMapping(flow, context);
    checkTopicPositions(flow, context);
    checkFailureDestination(flow, context);
    checkLoop(flow, configuration, context);
    checkOffsetSyncs(flow, context);
  }
  checkTables(flows, context);
}

function checkServers({ clusters }: Configuration, { properties, report }: Context): void {
  if (properties.has('bootstrap.servers')) return;
  for (const alias of clusters.keys()) {
    const key = `${alias}.bootstrap.servers`;
    if (properties.has(key)) continue;
    report.problem({ key }, 'nothing', 'host:port, several of them with commas between');
  }
}

/** A flow that has settings but is not enabled is most often a forgotten line. */
function checkEnabled({ flows, clusters }: Configuration, { properties, report }: Context): void {
  const enabled = new Set(flows.filter((flow) => flow.enabled).map(flowName));
  if (enabled.size === 0 && clusters.size > 1 && !report.hasProblems) {
    report.warning(
      properties.get('clusters') ?? { key: 'clusters' },
      'no flow is enabled, so nothing is mirrored; set `A->B.enabled` to true',
    );
  }
  for (const [key, entry] of properties) {
    const name = /^(.+->.+)\.topics$/.exec(key)?.[1];
    if (name !== undefined && !enabled.has(name) && !properties.has(`${name}.enabled`)) {
      report.warning(entry, `no effect while \`${name}.enabled\` is not true`);
    }
  }
}

function checkAliases(flow: Flow, { properties, report }: Context): void {
  const { class: policy, separator, separatorConfigured } = flow.replicationPolicy;
  const internalSeparator = 'replication.policy.internal.topic.separator.enabled';
  const place = settingOf(flow, internalSeparator, properties);
  if (place.line !== undefined && !separatorConfigured) {
    report.warning(place, 'MM2 looks at it only where `replication.policy.separator` is set');
  }
  for (const side of ['source', 'target'] as const) {
    const entry = entryOf(flow, `${side}.cluster.alias`, properties);
    if (entry === undefined || entry.value.trim() === flow[side]) continue;
    report.problem(
      entry,
      shown(entry.key, entry.value),
      `${flow[side]}, the alias in \`clusters\``,
    );
  }
  if (policy !== 'DefaultReplicationPolicy' || !flow.source.includes(separator)) return;
  report.warning(
    properties.get('clusters') ?? { key: 'clusters' },
    `the alias ${flow.source} contains the separator \`${separator}\`: ` +
      'the names of its remote topics cannot be taken apart again',
  );
}

function checkMapping(flow: Flow, { properties, report }: Context): void {
  const { pollers, startingPosition } = flow.mapping;
  const timestamp = settingOf(flow, 'starting.position.timestamp', properties);
  if (startingPosition.at === 'timestamp' && timestamp.line === undefined) {
    report.problem(timestamp, 'nothing', 'a timestamp such as 2030-01-31T12:00:00Z');
  }
  if (startingPosition.at !== 'timestamp' && timestamp.line !== undefined) {
    report.warning(timestamp, 'no effect unless `starting.position` is `timestamp`');
  }
  if (pollers !== undefined && pollers.minimum > pollers.maximum) {
    const place = settingOf(flow, 'pollers.minimum', properties);
    report.problem(
      place,
      String(pollers.minimum),
      `at most \`pollers.maximum\`, ${pollers.maximum}`,
    );
  }
}

/** A text in the shape of a time need not be one. */
function checkTopicPositions(flow: Flow, { properties, report }: Context): void {
  for (const [topic, position] of Object.entries(flow.mapping.topicStartingPositions)) {
    if (position.at !== 'timestamp' || !Number.isNaN(position.timestampMs)) continue;
    const place = settingOf(flow, 'starting.position.topics', properties);
    report.problem(place, `no point in time for ${topic}`, 'such as 2030-01-31T12:00:00Z');
  }
}

/** Where names are kept only headers tell a copy from an original; without them a loop never ends. */
function checkLoop(
  flow: Flow,
  configuration: Configuration,
  { properties, report }: Context,
): void {
  if (!flow.enabled) return;
  const header = entryOf(flow, 'provenance.header.enabled', properties);
  if (flow.replicationPolicy.class !== 'IdentityReplicationPolicy') {
    if (header?.key.includes('->')) {
      report.warning(header, `no effect: ${flowName(flow)} renames topics, and names tell enough`);
    }
    return;
  }
  const place = settingOf(flow, 'replication.policy.class', properties);
  const [source, target] = [flow.source, flow.target].map(
    (alias) => configuration.clusters.get(alias)?.bootstrapServers ?? [],
  );
  const shared = source?.find((server) => target?.includes(server));
  if (shared !== undefined) {
    const found = `${shown(place.key, shared)} in both clusters of ${flowName(flow)}`;
    report.problem(place, found, 'two different clusters where topics keep their names');
  }
  const ways = configuration.flows.filter(keepsNames);
  if (header && flow.provenanceHeaderEnabled === false && mustTellOrigins(flow, ways)) {
    report.warning(
      header,
      `flows that keep names lead from ${flow.target} on, so that records come more than once ` +
        'or go round for ever; only the header would stop them',
    );
  }
  const back = configuration.flows.find(
    ({ source, target, enabled }) => enabled && source === flow.target && target === flow.source,
  );
  if (back === undefined || keepsNames(back)) return;
  report.warning(
    place,
    `${flowName(flow)} keeps names and ${flowName(back)} does not: ` +
      'a topic that both mirror comes back under ever longer names',
  );
}

/** MM2 refuses to start without offset syncs; here positions do not come from them. */
function checkOffsetSyncs(flow: Flow, { properties, report }: Context): void {
  if (flow.offsetSyncs.enabled) return;
  const silenced = ['offset-syncs.topic.location', 'offset-syncs.topic.replication.factor'];
  for (const key of [...silenced, 'offset.lag.max']) {
    const entry = entryOf(flow, key, properties);
    if (entry === undefined) continue;
    report.warning(entry, `no effect: ${flowName(flow)} has \`emit.offset-syncs.enabled\` false`);
  }
}

/** The default name joins aliases that may contain `-` themselves. */
function checkTables(flows: readonly Flow[], { properties, report }: Context): void {
  for (const [index, flow] of flows.entries()) {
    const other = flows.slice(0, index).find(({ stateTable }) => stateTable === flow.stateTable);
    if (other === undefined) continue;
    const place = settingOf(flow, 'state.table', properties);
    const found = `${shown(place.key, flow.stateTable)}, the table of ${flowName(other)}`;
    report.problem(place, found, 'a table of its own for every flow');
  }
}

import { type Configuration, type Flow, flowName } from '../../config/model.ts';
import { type RequiredAcl, requiredAcls, resourceText } from '../../discovery/required-acls.ts';
import { type Cell, type Column, type Paint, plain, renderTable } from './table.ts';

export interface FlowAcls {
  flow: Flow;
  configuration: Configuration;
  /** As Kafka names whoever connects to either side: `User:name`. */
  principals: Record<RequiredAcl['side'], string>;
}

/** A script for an administrator: ready to be run, with reasons as comments. */
export function renderAclCommands(all: readonly FlowAcls[]): string[] {
  return [
    '# The ACLs that Mirrorless needs, for clusters that authorize by ACLs.',
    '# admin.properties: how an administrator connects, as Kafka’s tools take it.',
    ...all.flatMap((one) => ['', `# Flow ${flowName(one.flow)}`, ...commandsOfFlow(one)]),
  ];
}

function commandsOfFlow(one: FlowAcls): string[] {
  const resources = Map.groupBy(requiredAcls(one.flow), resourceKey);
  return [...resources.values()].flatMap((acls) => ['', ...commandOf(acls, one)]);
}

function resourceKey({ side, resource, pattern, name, brokersBefore }: RequiredAcl): string {
  return JSON.stringify([side, resource, pattern, name, brokersBefore]);
}

/** One command for all operations on a resource. */
function commandOf(acls: readonly RequiredAcl[], one: FlowAcls): string[] {
  const [{ side, note, brokersBefore }] = acls as [RequiredAcl];
  const cluster = one.configuration.clusters.get(one.flow[side])!;
  const servers = cluster.bootstrapServers.join(',');
  const operations = acls.map(({ operation }) => `--operation ${operation}`).join(' ');
  const to = `--add --allow-principal ${quoted(one.principals[side])}`;
  const command = [
    `kafka-acls.sh --bootstrap-server ${servers} --command-config admin.properties \\`,
    `  ${to} ${operations} ${resourceOption(acls[0]!)}`,
  ];
  const isLeftOut = brokersBefore !== undefined;
  return [
    `# ${side} cluster ${one.flow[side]}, ${resourceText(acls[0]!)}`,
    ...(note === undefined ? [] : [`#   more than the flow takes: ${note}`]),
    ...acls.flatMap(reasons),
    ...(isLeftOut
      ? [`#   brokers before ${brokersBefore} only: newer ones do not ask for it`]
      : []),
    ...command.map((line) => (isLeftOut ? `# ${line}` : line)),
  ];
}

function reasons({ operation, needs }: RequiredAcl): string[] {
  return needs.map(({ user, why }) => `#   ${operation} – ${user}: ${why}`);
}

function resourceOption({ resource, pattern, name }: RequiredAcl): string {
  if (resource === 'cluster') return '--cluster';
  const option = `--${resource} ${quoted(name)}`;
  return pattern === 'LITERAL' ? option : `${option} --resource-pattern-type prefixed`;
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w./:=@,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

const columns: readonly Column[] = [
  { title: 'FLOW' },
  { title: 'CLUSTER' },
  { title: 'PRINCIPAL' },
  { title: 'RESOURCE' },
  { title: 'PATTERN' },
  { title: 'NAME' },
  { title: 'OPERATION' },
  { title: 'NEEDED BY' },
];

/** A row for each ACL and each that needs it. */
export function renderAclTable(all: readonly FlowAcls[], paint: Paint = plain): string[] {
  return renderTable(columns, all.flatMap(rowsOfFlow), paint);
}

function rowsOfFlow({ flow, principals }: FlowAcls): Cell[][] {
  return requiredAcls(flow).flatMap((acl) => {
    const { side, resource, pattern, name, operation, brokersBefore } = acl;
    const before = brokersBefore === undefined ? '' : ` (brokers before ${brokersBefore})`;
    const where = [flowName(flow), flow[side], principals[side]];
    const what = [...where, resource, pattern.toLowerCase(), name, operation];
    return acl.needs.map(({ user, why }, index): Cell[] => {
      return [...(index === 0 ? what : what.map(() => '')), `${user}: ${why}${before}`];
    });
  });
}

export function aclsJson({ flow, principals }: FlowAcls): object {
  return {
    flow: flowName(flow),
    acls: requiredAcls(flow).map(({ side, needs, note, brokersBefore, ...acl }) => ({
      cluster: flow[side],
      side,
      principal: principals[side],
      resourceType: acl.resource,
      patternType: acl.pattern,
      name: acl.name,
      operation: acl.operation,
      needs,
      note: note ?? null,
      brokersBefore: brokersBefore ?? null,
    })),
  };
}

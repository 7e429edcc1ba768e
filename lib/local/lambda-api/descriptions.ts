/** How Lambda describes what it was told. */
import type { LocalMapping } from './mapping-store.ts';
import type { CreateBody, UpdateBody } from './shapes.ts';

type Changes = Omit<UpdateBody, 'Enabled'>;

/** What is not in the update stays. */
export function applyUpdate(mapping: LocalMapping, changes: Changes): LocalMapping {
  const cleared = Object.keys(changes).filter((name) => isEmpty(changes[name as keyof Changes]));
  const kept = Object.entries(mapping).filter(([name]) => !cleared.includes(name));
  return { ...(Object.fromEntries(kept) as unknown as LocalMapping), ...withoutEmpty(changes) };
}

/** Lambda is told by an empty value that something is not there, and then does not describe it. */
export function withoutEmpty<T extends Changes>(body: T): T {
  const { ProvisionedPollerConfig: pollers } = body;
  const kept = Object.entries(body).filter(([, value]) => !isEmpty(value));
  const ungrouped = pollers?.PollerGroupName === '' && !isEmpty(pollers);
  if (!ungrouped) return Object.fromEntries(kept) as T;
  const { PollerGroupName: _, ...ProvisionedPollerConfig } = pollers;
  return { ...Object.fromEntries(kept), ProvisionedPollerConfig } as T;
}

/** Nothing but empty strings, lists and objects, at any depth. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === '') return true;
  return typeof value === 'object' && value !== null && Object.values(value).every(isEmpty);
}

type Origin = Pick<
  CreateBody,
  | 'EventSourceArn'
  | 'SelfManagedEventSource'
  | 'AmazonManagedKafkaEventSourceConfig'
  | 'SelfManagedKafkaEventSourceConfig'
>;

export function groupOf(body: Origin): string | undefined {
  return (body.AmazonManagedKafkaEventSourceConfig ?? body.SelfManagedKafkaEventSourceConfig)
    ?.ConsumerGroupId;
}

/** The same MSK cluster, or a bootstrap server in common. */
export function sharesSource(a: Origin, b: Origin): boolean {
  if (a.EventSourceArn !== undefined || b.EventSourceArn !== undefined) {
    return a.EventSourceArn === b.EventSourceArn;
  }
  const servers = (origin: Origin) =>
    origin.SelfManagedEventSource?.Endpoints.KAFKA_BOOTSTRAP_SERVERS ?? [];
  return servers(a).some((server) => servers(b).includes(server));
}

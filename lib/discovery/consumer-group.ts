import { createHash } from 'node:crypto';

/** What Lambda allows for the group of an event source mapping. */
const longest = 200;

/**
 * The consumer group with which a flow reads a topic: the same for ever, so that a mapping that is
 * created anew goes on where the last one stood. `/` is allowed in groups and in no topic's name.
 */
export function consumerGroupId(flow: { source: string; target: string }, topic: string): string {
  const group = ['mirrorless', flow.source, flow.target, topic].join('/');
  if (group.length <= longest) return group;
  const digest = createHash('sha256').update(group).digest('hex').slice(0, 16);
  return `${group.slice(0, longest - digest.length - 1)}=${digest}`;
}

/** True for the group of any flow and topic. */
export function isMappingGroup(group: string): boolean {
  return /^mirrorless\/[^/]+\/[^/]+\/./.test(group);
}

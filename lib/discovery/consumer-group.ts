import { createHash } from 'node:crypto';

/** What Lambda allows for the group of an event source mapping. */
const longest = 200;
const digestLength = 16;
/** Of a name that is too long, before `=` and its digest. */
const longestKept = longest - digestLength - 1;

/**
 * The consumer group with which a flow reads a topic: the same for ever, so that a mapping that is
 * created anew goes on where the last one stood. `/` is allowed in groups and in no topic's name.
 */
export function consumerGroupId(flow: { source: string; target: string }, topic: string): string {
  const group = groupOf(flow, topic);
  if (group.length <= longest) return group;
  const digest = createHash('sha256').update(group).digest('hex').slice(0, digestLength);
  return `${group.slice(0, longestKept)}=${digest}`;
}

/** With this the groups of all topics of a flow begin whose names begin with `topicPrefix`. */
export function consumerGroupPrefix(
  flow: { source: string; target: string },
  topicPrefix: string,
): string {
  return groupOf(flow, topicPrefix).slice(0, longestKept);
}

function groupOf({ source, target }: { source: string; target: string }, topic: string): string {
  return ['mirrorless', source, target, topic].join('/');
}

/** True for the group of any flow and topic. */
export function isMappingGroup(group: string): boolean {
  return /^mirrorless\/[^/]+\/[^/]+\/./.test(group);
}

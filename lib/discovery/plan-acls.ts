/** Which topic ACLs of the source the target lacks. */
import type { TopicAcl } from '../kafka/topic-admin.ts';

export interface AclsView {
  source: readonly TopicAcl[];
  target: readonly TopicAcl[];
  /** Which topics of the source the flow mirrors, by name alone. */
  mirrors(topic: string): boolean;
  formatRemoteTopic(topic: string): string;
}

export interface AclAction {
  kind: 'create-acl';
  /** The upstream name. */
  topic: string;
  acl: TopicAcl;
  reason: string;
}

/**
 * MM2's rules: literal ACLs of mirrored topics only; nobody but the flow is allowed to write to a
 * remote topic, so what allows WRITE is left out, and what allows ALL allows READ; every denial is
 * kept. `*` is a literal name too: under the default policy it becomes that of a topic, under the
 * identity policy it speaks of all topics of the target. None is ever taken away.
 */
export function planAcls({ source, target, mirrors, formatRemoteTopic }: AclsView): AclAction[] {
  const present = new Set(target.map(keyOf));
  const actions: AclAction[] = [];
  for (const acl of source) {
    if (acl.pattern !== 'LITERAL' || !mirrors(acl.topic) || allows(acl, 'WRITE')) continue;
    const remote = remoteAcl(acl, formatRemoteTopic(acl.topic));
    if (present.has(keyOf(remote))) continue;
    present.add(keyOf(remote));
    actions.push({ kind: 'create-acl', topic: acl.topic, acl: remote, reason: reasonOf(acl) });
  }
  return actions;
}

function remoteAcl(acl: TopicAcl, topic: string): TopicAcl {
  return { ...acl, topic, operation: allows(acl, 'ALL') ? 'READ' : acl.operation };
}

function allows({ permission, operation }: TopicAcl, wanted: TopicAcl['operation']): boolean {
  return permission === 'ALLOW' && operation === wanted;
}

function reasonOf(acl: TopicAcl): string {
  const { permission, operation, principal, host } = acl;
  const verb = permission === 'ALLOW' ? 'allows' : 'denies';
  const from = host === '*' ? '' : ` from ${host}`;
  const less = allows(acl, 'ALL') ? '; a remote topic is only read' : '';
  return `the source ${verb} ${principal} ${operation}${from}${less}`;
}

function keyOf({ topic, pattern, principal, host, operation, permission }: TopicAcl): string {
  return JSON.stringify([topic, pattern, principal, host, operation, permission]);
}

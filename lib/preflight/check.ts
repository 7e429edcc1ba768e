/** One thing that was looked at before anything is deployed, and what came of it. */
import { errorCodes } from '../error-codes.ts';
import type { MirrorlessError } from '../errors.ts';

export type CheckName =
  | 'dns'
  | 'tcp'
  | 'tls'
  | 'authentication'
  | 'versions'
  | 'cluster id'
  | 'permissions'
  | 'topics'
  | 'replication factor'
  | 'creation'
  | 'partitions'
  | 'message size'
  | 'event size'
  | 'timestamps';

export type Outcome = 'ok' | 'warning' | 'failed' | 'skipped';

/** Where it belongs: a cluster, for a flow where it is there, and one thing of it where one is named. */
export interface Place {
  cluster: string;
  /** `source->target` */
  flow?: string;
  broker?: string;
  topic?: string;
  group?: string;
}

/** A permission that is not given, as an ACL and, for clusters that authorize with IAM, as actions. */
export interface MissingPermission {
  resourceType: 'cluster' | 'topic' | 'group';
  patternType: 'LITERAL' | 'PREFIXED';
  name: string;
  operation: string;
  iam?: { actions: readonly string[]; resource: string };
}

export interface Check extends Place {
  check: CheckName;
  outcome: Outcome;
  /** What was seen; of a skipped check why. A sentence without its full stop. */
  found: string;
  /** What to do, of warnings and failures. */
  remedy?: string;
  missing?: readonly MissingPermission[];
}

/** The four ways in which a check can end, at its place. */
export function checkAt(check: CheckName, place: Place) {
  const end = (outcome: Outcome, found: string, remedy?: string): Check => {
    return { check, ...place, outcome, found, ...(remedy !== undefined && { remedy }) };
  };
  return {
    ok: (found: string) => end('ok', found),
    skipped: (found: string) => end('skipped', found),
    warning: (found: string, remedy: string) => end('warning', found, remedy),
    failed: (found: string, remedy: string) => end('failed', found, remedy),
    failedBy(error: MirrorlessError) {
      const { reason, remedy } = wordsOf(error);
      return end('failed', reason, remedy);
    },
  };
}

/** What an error of ours says, and what to do about it. */
export function wordsOf({ code, message }: MirrorlessError): { reason: string; remedy: string } {
  const reason = message.slice(0, message.lastIndexOf(` [${code}]`)).replace(/\.$/, '');
  return { reason, remedy: errorCodes[code].remedy };
}

/** What is said of the ways to a cluster's brokers: one row where all are well, one for each other. */
import { type Authentication, loginKind } from '../config/authentication.ts';
import { type Check, checkAt } from './check.ts';
import type { Attempt, Certificate, ReachedBroker } from './reach.ts';

export interface ReachView {
  cluster: string;
  authentication: Authentication | undefined;
  brokers: readonly ReachedBroker[];
  nowMs: number;
}

export function reachChecks(view: ReachView): Check[] {
  return [...dnsChecks(view), ...tcpChecks(view), ...tlsChecks(view), ...loginChecks(view)];
}

function dnsChecks(view: ReachView): Check[] {
  return stepChecks(view, 'dns', ({ dns }) => dns, {
    describe: (names, found) => `${names} → ${[...new Set(found.flat())].join(', ')}`,
    remedy: 'correct the host, or let the name be resolved where the functions run',
  });
}

function tcpChecks(view: ReachView): Check[] {
  return stepChecks(view, 'tcp', ({ tcp }) => tcp, {
    describe: (names) => names,
    remedy: 'check the port, security groups, routes and advertised.listeners of the broker',
  });
}

function loginChecks(view: ReachView): Check[] {
  const { cluster, authentication = {} } = view;
  const kind = loginKind(authentication);
  return stepChecks(view, 'authentication', ({ login }) => login, {
    describe: (names) => `${kind === 'PLAINTEXT' ? 'no login' : kind}: ${names}`,
    remedy: `compare ${cluster}.security.protocol and ${cluster}.sasl.* with the listener of the port`,
  });
}

interface Step<T> {
  /** Of all brokers with which it went well. */
  describe(names: string, found: readonly T[]): string;
  remedy: string;
}

function stepChecks<T>(
  { cluster, brokers }: ReachView,
  name: 'dns' | 'tcp' | 'authentication',
  attemptOf: (broker: ReachedBroker) => Attempt<T> | undefined,
  { describe, remedy }: Step<T>,
): Check[] {
  const well = brokers.filter((one) => attemptOf(one)?.ok === true);
  const values = well.flatMap((one) => {
    const attempt = attemptOf(one);
    return attempt?.ok ? [attempt.value] : [];
  });
  const others = brokers.flatMap((one): Check[] => {
    const attempt = attemptOf(one);
    if (attempt === undefined || attempt.ok) return [];
    const at = checkAt(name, { cluster, broker: one.broker });
    // Clients need one of the bootstrap servers, and each of the brokers that the cluster names.
    const mayBeAway = name !== 'authentication' && one.isBootstrap && hasAnyLogin(brokers);
    const todo = attempt.remedy ?? remedy;
    return [mayBeAway ? at.warning(attempt.reason, todo) : at.failed(attempt.reason, todo)];
  });
  const at = checkAt(name, { cluster });
  if (well.length > 0) return [at.ok(describe(listed(well), values)), ...others];
  return others.length > 0 ? others : [at.skipped('no broker was reached so far')];
}

function hasAnyLogin(brokers: readonly ReachedBroker[]): boolean {
  return brokers.some(({ login }) => login?.ok === true);
}

const namedAtMost = 3;

function listed(brokers: readonly ReachedBroker[]): string {
  const names = brokers.slice(0, namedAtMost).map(({ broker }) => broker);
  const more = brokers.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function tlsChecks({ cluster, authentication = {}, brokers, nowMs }: ReachView): Check[] {
  const at = checkAt('tls', { cluster });
  if (authentication.tls === undefined) {
    const found = 'nothing is encrypted: records go over the network in clear';
    if (authentication.sasl === undefined) return [at.skipped(found)];
    const kind = loginKind(authentication);
    return [
      at.warning(`${found}, and so does the login by ${kind}`, `set ${cluster}.security.protocol`),
    ];
  }
  const failures = brokers.flatMap(({ broker, tls }) => {
    if (tls === undefined || tls.ok) return [];
    const remedy = tls.remedy ?? 'compare the port with the listeners of the broker';
    return [checkAt('tls', { cluster, broker }).failed(tls.reason, remedy)];
  });
  const shown = brokers.flatMap(({ broker, tls }) => (tls?.ok ? [{ broker, ...tls.value }] : []));
  if (shown.length + failures.length === 0) return [at.skipped('no broker was reached so far')];
  return [...certificateChecks(cluster, shown, nowMs), ...failures];
}

/** One row for all brokers that show the same certificate, as those of a managed cluster may. */
function certificateChecks(
  cluster: string,
  shown: readonly (Certificate & { broker: string })[],
  nowMs: number,
): Check[] {
  const alike = Map.groupBy(shown, ({ subject, issuer, validUntil, problem }) =>
    JSON.stringify([subject, issuer, validUntil, problem?.reason]),
  );
  return [...alike.values()].map((some) => {
    const [first] = some as [Certificate & { broker: string }];
    const place = some.length === shown.length ? { cluster } : { cluster, broker: first.broker };
    return certificateCheck(checkAt('tls', place), first, nowMs);
  });
}

const dayMs = 86_400_000;
const soonDays = 30;

function certificateCheck(
  at: ReturnType<typeof checkAt>,
  { subject, issuer, validUntil, problem }: Certificate,
  nowMs: number,
): Check {
  const until = new Date(validUntil).toISOString().slice(0, 10);
  const whose = `${subject}, issued by ${issuer}, valid until ${until}`;
  if (problem !== undefined) {
    const { reason, remedy = 'let the broker show a certificate that clients can verify' } =
      problem;
    return at.failed(`${whose}: ${reason}`, remedy);
  }
  const days = Math.floor((validUntil - nowMs) / dayMs);
  if (days >= soonDays) return at.ok(whose);
  return at.warning(
    `${whose}: ${days} day${days === 1 ? '' : 's'} left`,
    `renew the certificate on the brokers before ${until}: then nothing connects any more`,
  );
}

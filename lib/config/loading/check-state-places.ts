/** Flows that make a loop read each other’s state, so it must be where they reach it. */
import { type Configuration, type Flow, flowName } from '../model.ts';
import { provenanceSettings } from '../provenance-settings.ts';
import { stackPlace } from '../stack-place.ts';
import { type Context, settingOf } from './places.ts';

/** Of each loop, the first flow that is somewhere else than those before it is told. */
export function checkStatePlaces(configuration: Configuration, context: Context): void {
  for (const [index, flow] of configuration.flows.entries()) {
    const { flows: read = [] } = provenanceSettings(configuration, flow) ?? {};
    const isRead = (other: Flow) =>
      read.some(({ source, target }) => source === other.source && target === other.target);
    const [first, ...others] = configuration.flows.slice(0, index).filter(isRead);
    if (first === undefined) continue;
    const accountOf = (one: Flow) => stackPlace(configuration, one).accountId;
    const hasRegion = (one: Flow) => stackPlace(configuration, one).region !== undefined;
    const isOdd = <T>(placeOf: (one: Flow) => T) =>
      placeOf(flow) !== placeOf(first) && others.every((one) => placeOf(one) === placeOf(first));
    if (isOdd(accountOf)) {
      const accounts: Accounts = [accountOf(first), accountOf(flow)];
      tellAccounts([first, flow], accounts, context);
    } else if (isOdd(hasRegion)) {
      tellRegion([first, flow], hasRegion(flow) ? first : flow, context);
    }
  }
}

type Pair = readonly [Flow, Flow];
type Accounts = readonly [string | undefined, string | undefined];

function tellAccounts(pair: Pair, accounts: Accounts, { properties, report }: Context): void {
  const place = settingOf(pair[1], 'replication.policy.class', properties);
  const [there, here] = accounts.map((accountId) => accountId ?? 'the CDK’s account');
  const found = `${named(pair)} keep names, and their state is in ${there} and ${here}`;
  const instead =
    '`bootstrap.servers` and `aws.account.id` in place of an ARN, or DefaultReplicationPolicy';
  report.problem(place, found, `one account, because they read each other’s state: ${instead}`);
}

function tellRegion(pair: Pair, without: Flow, { properties, report }: Context): void {
  const key = `${without.target}.aws.region`;
  const expected = `a region, because ${named(pair)} read each other’s state, and one of them has one`;
  report.problem(properties.get(key) ?? { key }, 'nothing', expected);
}

function named([one, other]: Pair): string {
  return `${flowName(one)} and ${flowName(other)}`;
}

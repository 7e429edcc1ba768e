import { type Configuration, type Flow, flowName } from '../config/model.ts';
import { UsageError } from './command.ts';

/**
 * All that the configuration has, or those that are named. A flow that exists only for its heartbeats
 * is not named: it belongs to those that mirror what it writes.
 */
export function chosenFlows(
  { flows }: Configuration,
  names: readonly string[] | undefined,
): Flow[] {
  const enabled = flows.filter((flow) => flow.enabled);
  const list = enabled.map(flowName).join(', ');
  if (enabled.length === 0) throw new UsageError('the configuration enables no flow');
  if (names === undefined) return [...flows];
  const unknown = names.find((name) => !enabled.some((flow) => flowName(flow) === name));
  if (unknown !== undefined) {
    throw new UsageError(`the configuration enables no flow ${unknown}; it enables ${list}`);
  }
  const named = enabled.filter((flow) => names.includes(flowName(flow)));
  const isFeeding = (flow: Flow): boolean =>
    !flow.enabled && named.some(({ source }) => source === flow.target);
  return flows.filter((flow) => named.includes(flow) || isFeeding(flow));
}

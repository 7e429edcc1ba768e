import { type Configuration, type Flow, flowName } from '../config/model.ts';
import { UsageError } from './command.ts';

/**
 * All that the configuration has, or those that are named. A flow that exists only for its heartbeats
 * is not named: it belongs to those that mirror what it writes.
 */
export function chosenFlows(
  configuration: Configuration,
  names: readonly string[] | undefined,
): Flow[] {
  const { flows } = configuration;
  const named = enabledFlows(configuration, names);
  if (names === undefined) return [...flows];
  const isFeeding = (flow: Flow): boolean =>
    !flow.enabled && named.some(({ source }) => source === flow.target);
  return flows.filter((flow) => named.includes(flow) || isFeeding(flow));
}

/** The flows that a configuration enables, or those of them that are named `source->target`. */
export function enabledFlows({ flows }: Configuration, names?: readonly string[]): Flow[] {
  const enabled = flows.filter((flow) => flow.enabled);
  if (enabled.length === 0) throw new UsageError('the configuration enables no flow');
  const unknown = names?.find((name) => !enabled.some((flow) => flowName(flow) === name));
  if (unknown !== undefined) {
    const list = enabled.map(flowName).join(', ');
    throw new UsageError(`the configuration enables no flow ${unknown}; it enables ${list}`);
  }
  return names === undefined ? enabled : enabled.filter((flow) => names.includes(flowName(flow)));
}

/** The one that is named, or the only one. */
export function enabledFlow(configuration: Configuration, name: string | undefined): Flow {
  const enabled = enabledFlows(configuration, name === undefined ? undefined : [name]);
  if (enabled.length === 1) return enabled[0]!;
  const list = enabled.map(flowName).join(', ');
  throw new UsageError(`--flow must say which of the enabled flows is meant: ${list}`);
}

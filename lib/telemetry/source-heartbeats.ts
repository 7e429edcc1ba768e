import type { Configuration, Flow } from '../config/model.ts';
import { flowNames } from '../policy/flow-names.ts';

/**
 * True where heartbeats are to arrive through a flow: another one of the configuration writes them to
 * its source, and it mirrors their topic.
 */
export function hasSourceHeartbeats({ flows }: Configuration, flow: Flow): boolean {
  const { policy, mirrors } = flowNames(flow);
  const isWritten = flows.some(
    ({ target, heartbeats }) => target === flow.source && heartbeats.enabled,
  );
  return isWritten && mirrors(policy.heartbeatsTopic());
}

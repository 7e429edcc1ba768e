/**
 * What the stack asks of discovery. When it is deployed: remote topics and run-time mappings, before
 * the stack makes its own mappings; and no mapping in the way of one that CloudFormation replaces,
 * since it makes the new one before it deletes the old, and Lambda takes no two of a topic and group.
 * When it is destroyed: no mapping is left.
 */
import type { CustomResourceOutcome, CustomResourceRequest } from '../aws/custom-resource.ts';
import { toMirrorlessError } from '../errors.ts';
import type { DiscoveryRun } from './discover.ts';
import { failuresOf } from './report.ts';

export interface DeploymentSteps {
  discover(): Promise<DiscoveryRun>;
  /** Resolves when the mappings of these topics are gone. */
  removeMappings(isRemoved: (topic: string) => boolean): Promise<void>;
}

export type StepRequest = Pick<
  CustomResourceRequest,
  'RequestType' | 'ResourceProperties' | 'OldResourceProperties'
>;

/**
 * Never rejects. A first discovery that fails fails the deployment. A later one does not, but is told
 * in `Outcome`: the stack must find its way back to an older configuration also while a cluster is down.
 */
export async function deploymentStep(
  request: StepRequest,
  { discover, removeMappings }: DeploymentSteps,
): Promise<CustomResourceOutcome> {
  const { RequestType } = request;
  try {
    if (RequestType === 'Delete') {
      await removeMappings(() => true);
      return { ok: true, data: {} };
    }
    const replaced = replacedTopics(request);
    if (replaced.size > 0) await removeMappings((topic) => replaced.has(topic));
  } catch (error) {
    return { ok: false, reason: toMirrorlessError(error).message };
  }
  try {
    const run = await discover();
    const [first, ...others] = failuresOf(run);
    const message = first?.error.message ?? '';
    if (RequestType === 'Create' && run.kept === undefined) return { ok: false, reason: message };
    const more = others.length > 0 ? ` (and ${others.length} more)` : '';
    const failed = first === undefined ? '' : `; failed: ${message}${more}`;
    return { ok: true, data: { Outcome: `${run.topics.mirrored.length} topics${failed}` } };
  } catch (error) {
    const { message } = toMirrorlessError(error);
    if (RequestType === 'Create') return { ok: false, reason: message };
    return { ok: true, data: { Outcome: `failed: ${message}` } };
  }
}

/** Those whose mapping has other parameters that cannot be changed than before: by digests of them. */
function replacedTopics({ ResourceProperties, OldResourceProperties }: StepRequest): Set<string> {
  const before = mappingsIn(OldResourceProperties ?? {});
  const after = mappingsIn(ResourceProperties);
  return new Set(
    Object.keys(before).filter((topic) => {
      return after[topic] !== undefined && after[topic] !== before[topic];
    }),
  );
}

function mappingsIn(properties: Readonly<Record<string, unknown>>): Record<string, string> {
  const found = properties['mappings'];
  return typeof found === 'string' ? JSON.parse(found) : {};
}

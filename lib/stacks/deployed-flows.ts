import { existsSync } from 'node:fs';
import type { Environment } from 'aws-cdk-lib';
import { flowName } from '../config/model.ts';
import { stackPlace } from '../config/stack-place.ts';
import { MirrorlessError } from '../errors.ts';
import { fileText, loadDeployable } from './loaded-flow.ts';

export interface DeployedFlow {
  /** `source->target`. */
  flow: string;
  stackName: string;
  /** Where the target is; where the configuration does not say, as the CDK’s command line does. */
  env: Environment;
}

/**
 * The flows of a configuration file, each a stack of its own. A flow that exists only for its
 * heartbeats is one too, as in MM2: what it writes is what the flow the other way mirrors.
 */
export function deployedFlows(file: string): DeployedFlow[] {
  const configuration = loadDeployable(fileText(file), () => {}); // The constructs tell warnings.
  const { CDK_DEFAULT_ACCOUNT, CDK_DEFAULT_REGION } = process.env;
  return configuration.flows.map((flow) => {
    const { accountId = CDK_DEFAULT_ACCOUNT, region = CDK_DEFAULT_REGION } = stackPlace(
      configuration,
      flow,
    );
    return {
      flow: flowName(flow),
      stackName: `mirrorless-${flow.source}-${flow.target}`.replaceAll(/[^A-Za-z0-9-]/g, '-'),
      env: {
        ...(accountId !== undefined && { account: accountId }),
        ...(region !== undefined && { region }),
      },
    };
  });
}

const usual = ['mirrorless.yaml', 'mm2.properties'];

/** The file that was named, or the one that lies here under its usual name. */
export function configurationFile(named: string | undefined): string {
  const file = named ?? usual.find((name) => existsSync(name));
  if (file !== undefined) return file;
  const what = `No configuration: give -c config=FILE or MIRRORLESS_CONFIG, or have ${usual.join(' or ')} here.`;
  throw new MirrorlessError('CONFIGURATION_UNREADABLE', what);
}

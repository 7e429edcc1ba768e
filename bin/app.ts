/** The CDK app: a configuration file, one stack for each of its flows. */
import { App, Stack } from 'aws-cdk-lib';
import { toMirrorlessError } from '../lib/errors.ts';
import { configurationFile, deployedFlows } from '../lib/stacks/deployed-flows.ts';
import { ReplicationFlow } from '../lib/stacks/replication-flow.ts';

const app = new App();
try {
  const { MIRRORLESS_CONFIG } = process.env;
  const file = configurationFile(app.node.tryGetContext('config') ?? MIRRORLESS_CONFIG);
  const removeState = String(app.node.tryGetContext('removeState')) === 'true';
  for (const { flow, stackName, env } of deployedFlows(file)) {
    const stack = new Stack(app, stackName, { env, description: `Mirrorless ${flow}` });
    ReplicationFlow.fromConfig(stack, 'Flow', file, { flow, removeState });
  }
} catch (error) {
  process.stderr.write(`${toMirrorlessError(error).message}\n`);
  process.exit(1);
}

/** One flow, in a stack of its own: from the data centre to MSK. */
import { App, Stack } from 'aws-cdk-lib';
import { ReplicationFlow } from 'mirrorless';

const app = new App();
const stack = new Stack(app, 'orders-onprem-to-msk', {
  env: { account: '111122223333', region: 'eu-central-1' },
});

const file = new URL('mirrorless.yaml', import.meta.url).pathname;
ReplicationFlow.fromConfig(stack, 'Flow', file);

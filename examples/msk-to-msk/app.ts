/** The flow, and its companion that emits heartbeats into the primary: a stack each, in Frankfurt. */
import { App, Stack, Tags } from 'aws-cdk-lib';
import { ReplicationFlow } from 'mirrorless';

const app = new App();
const env = { account: '111122223333', region: 'eu-central-1' };
const file = new URL('mirrorless.yaml', import.meta.url).pathname;

const mirror = new Stack(app, 'standby-follows-primary', { env });
ReplicationFlow.fromConfig(mirror, 'Flow', file, { flow: 'primary->standby' });

const heartbeats = new Stack(app, 'heartbeats-of-primary', { env });
ReplicationFlow.fromConfig(heartbeats, 'Flow', file, { flow: 'standby->primary' });

Tags.of(app).add('service', 'disaster-recovery');

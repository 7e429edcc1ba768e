/** Stacks made in this process, without the bundles of the functions where nobody runs them. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { type FlowInCode, ReplicationFlow } from '../../lib/index.ts';

export const account = '111122223333';
export const region = 'eu-central-1';
export const mskArn = `arn:aws:kafka:${region}:${account}:cluster/orders/5a6b7c8d-1111-7`;
const secret = (name: string) =>
  `arn:aws:secretsmanager:${region}:${account}:secret:${name}-a1b2c3`;
export const keyArn = `arn:aws:kms:${region}:${account}:key/12345678-1234-1234-1234-123456789012`;

const network = {
  'vpc.subnets': ['subnet-0a1b2c3d', 'subnet-1a2b3c4d'],
  'vpc.security.groups': ['sg-0a1b2c3d'],
} as const;

export const onprem = {
  alias: 'onprem',
  'bootstrap.servers': ['broker-1:9093', 'broker-2:9093'],
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'SCRAM-SHA-512',
  'credentials.secret.arn': secret('onprem'),
  'server.root.ca.secret.arn': secret('onprem-ca'),
  ...network,
} as const;

/** MSK with IAM. */
export const msk = {
  alias: 'msk',
  'bootstrap.servers': ['b-1:9098', 'b-2:9098'],
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'AWS_MSK_IAM',
  'msk.cluster.arn': mskArn,
  ...network,
} as const;

/** MSK with SCRAM. */
export const mskScram = {
  ...msk,
  'bootstrap.servers': ['b-1:9096'],
  'sasl.mechanism': 'SCRAM-SHA-512',
  'credentials.secret.arn': secret('AmazonMSK_mirrorless'),
  'secrets.kms.key.arn': keyArn,
} as const;

/** Reached over the internet, without a VPC. */
export const cloud = {
  alias: 'cloud',
  'bootstrap.servers': ['kafka.example.com:9092'],
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'PLAIN',
  'credentials.secret.arn': secret('cloud'),
} as const;

export type Flow = FlowInCode & { removeState?: boolean };

/** An app with one flow. */
export function appOf(flow: Flow, options: { outdir?: string; bundling?: boolean } = {}) {
  const { outdir, bundling = false } = options;
  const app = new App({
    analyticsReporting: false,
    ...(outdir !== undefined && { outdir }),
    context: bundling ? {} : { 'aws:cdk:bundling-stacks': [] },
  });
  const stack = new Stack(app, 'mirror', { env: { account, region } });
  const replication = new ReplicationFlow(stack, 'Flow', flow);
  return { app, stack, replication };
}

export function templateOf(flow: Flow): Template {
  return Template.fromStack(appOf(flow).stack);
}

export interface Resource {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any shape
  Properties: any;
  DependsOn?: string[];
}

/** By logical id. */
export function resourcesOf(template: Template, type: string): Record<string, Resource> {
  return template.findResources(type) as Record<string, Resource>;
}

export interface Statement {
  Sid: string;
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}

/** Of all roles of a stack. */
export function statementsIn(template: Template): Statement[] {
  return statementsByRole(template).flatMap(([, statements]) => statements);
}

/** Of each role of a stack, with its logical id; each has its policies inline. */
export function statementsByRole(template: Template): [string, Statement[]][] {
  const roles = Object.entries(resourcesOf(template, 'AWS::IAM::Role'));
  assert.ok(roles.length > 0);
  return roles.map(([id, { Properties }]) => {
    assert.equal(Properties.ManagedPolicyArns, undefined);
    const statements = Properties.Policies.flatMap(
      (policy: { PolicyDocument: { Statement: Statement[] } }) => policy.PolicyDocument.Statement,
    );
    return [id, statements];
  });
}

/** References by their names. */
export function textOf(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const [[kind, value] = []] = Object.entries(resource as object);
  if (kind === 'Fn::Join') return (value[1] as unknown[]).map(textOf).join(value[0]);
  return `<${[value].flat()[0]}>`;
}

interface Report {
  pluginReports: {
    pluginName?: string;
    violations: { ruleName: string; violatingConstructs: { constructPath?: string }[] }[];
  }[];
}

/** What cdk-nag, and the CDK’s own check of templates, find in an app: `rule at path`. */
export async function findings(app: App): Promise<string[]> {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  const { exitCode } = process;
  try {
    app.synth();
  } catch (error) {
    if ((error as Error).name !== 'ValidationFailed') throw error;
  } finally {
    process.exitCode = exitCode; // The CDK sets it where something is found.
  }
  const text = await readFile(join(app.outdir, 'validation-report.json'), 'utf8');
  const { pluginReports } = JSON.parse(text) as Report;
  return pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    ),
  );
}

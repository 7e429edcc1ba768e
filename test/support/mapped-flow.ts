/** A flow of one topic on real brokers, with mappings of which the Lambda API only tells. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { lambdaClient, lambdaMappings } from '../../lib/aws/lambda-mappings.ts';
import type { MappingsApi } from '../../lib/aws/mappings.ts';
import { main } from '../../lib/cli/main.ts';
import { keepMappings } from '../../lib/discovery/keep-mappings.ts';
import { recordingIo, type Screen } from '../unit/cli/screen.ts';
import { loadMappedFlow } from '../unit/discovery/mapped-flow.ts';
import { type CommandLine, commandLine } from './command-line.ts';
import { type Cutover, openCutover } from './cutover.ts';
import { type ServedLambda, serveLambda } from './lambda-api.ts';
import type { Oracle } from './oracle/oracle.ts';
import type { SharedParts } from './parts.ts';
import { until } from './until.ts';

const functionName = 'mirrorless-source-target-replicate';

export interface MappedScene extends Cutover, CommandLine {
  lambda: ServedLambda;
  api: MappingsApi;
  /** What discovery does for these topics. */
  map(...topics: string[]): Promise<void>;
  /** The mappings when Lambda is at work on none, by topic. */
  settled(): Promise<Map<string, { State: string; UUID: string }>>;
  /** The result of a command that ends so. */
  json(code: number, ...args: string[]): Promise<ReturnType<typeof JSON.parse>>;
  /** The command in this process, before a person at a terminal who gives these answers. */
  atTerminal(answers: readonly string[], ...args: string[]): AtTerminal;
}

export interface AtTerminal {
  ended: Promise<number>;
  stdout: Screen;
  stderr: Screen;
}

export interface MappedSceneOptions {
  parts: SharedParts;
  oracle: Oracle;
  /** Patterns of the flow beside its topic. */
  topics?: readonly string[];
  transitionMs?: number;
  /** What commands are told instead. */
  own?: Partial<SharedParts>;
  /** In place of the flow's own. */
  table?: string;
}

export async function openMappedScene(
  t: TestContext,
  { parts, oracle, topics = [], transitionMs = 2, own = {}, table }: MappedSceneOptions,
): Promise<MappedScene> {
  const cutover = await openCutover(t, { parts, oracle });
  const lambda = await serveLambda(t, { transitionMs, functionName });
  const { endpoint } = lambda;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = lambdaClient({ endpoint, region: 'us-east-1', credentials });
  t.after(() => client.destroy());
  const api = lambdaMappings(client);
  const awsEnvironment = { ...parts.awsEnvironment, AWS_ENDPOINT_URL_LAMBDA: endpoint };
  const commands = await commandLine(
    t,
    { ...parts, awsEnvironment, ...own },
    { topics: [cutover.topic, ...topics], table: table ?? cutover.flow.table },
  );
  const flow = { ...loadMappedFlow(), source: 'source', target: 'target' };
  const settled = async () => {
    const isSettled = ({ State }: { State: string }) => State === 'Enabled' || State === 'Disabled';
    await until(async () => (await api.list(functionName)).every(isSettled));
    const all = await api.list(functionName);
    return new Map(all.map(({ Topics, State, UUID }) => [Topics![0]!, { State, UUID }]));
  };
  return {
    ...cutover,
    ...commands,
    lambda,
    api,
    settled,
    async map(...mirrored) {
      const isSo = { hasTopic: () => true, hasRemoteTopic: () => true, isPaused: () => false };
      const wanted = { flow, functionName, mirrored, halted: new Map(), ...isSo };
      const waitForLambda = async () => false;
      const { refused } = await keepMappings({ api, wanted, comparesTags: false, waitForLambda });
      assert.deepEqual(refused, []);
      await settled();
    },
    atTerminal(answers, ...args) {
      Object.assign(process.env, awsEnvironment);
      const { io, stdout, stderr } = recordingIo(answers);
      const environment = { ...process.env };
      const running = main([...args, '-c', commands.file], { ...io, environment });
      return { ended: running, stdout, stderr };
    },
    async json(code, ...args) {
      const answer = await commands.run(...args, '-o', 'json');
      assert.equal(answer.code, code, answer.stderr);
      return JSON.parse(answer.stdout);
    },
  };
}

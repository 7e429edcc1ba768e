/** The functions of a flow as they are deployed: bundled, each in a process of its own. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleFunction } from '../../lib/bundle.ts';
import { writeEnvironment } from '../../lib/config/environment.ts';
import type { FlowSettings } from '../../lib/config/flow-settings.ts';
import { LocalFunction } from '../../lib/local/function/local-function.ts';
import type { TestContext } from './oracle/oracle.ts';

export type FunctionName = 'replicate' | 'checkpoint' | 'heartbeat';

export interface FlowFunctions {
  /** One invocation, which is expected to succeed and to log no error. */
  invoke(name: FunctionName, event?: object): Promise<void>;
  /** Every line, of all of them. */
  logged(): readonly string[];
  /** Of its environments that run now. */
  processIds(name: FunctionName): number[];
}

/** Bundles once; then deploys any number of flows, which end with their test. */
export async function bundleFunctions(context: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  context.after(() => rm(directory, { recursive: true }));
  const entryOf = (name: FunctionName) => join(directory, `${name}.mjs`);
  await Promise.all(
    (['replicate', 'checkpoint', 'heartbeat'] as const).map((name) => {
      const entry = fileURLToPath(new URL(`../../functions/${name}.ts`, import.meta.url));
      return bundleFunction({ entry, outfile: entryOf(name) });
    }),
  );
  return {
    deploy(
      flow: TestContext,
      settings: FlowSettings,
      awsEnvironment: Record<string, string>,
    ): FlowFunctions {
      const logged: string[] = [];
      const deployed = new Map<FunctionName, LocalFunction>();
      flow.after(async () => {
        for (const each of deployed.values()) await each.stop();
      });
      const started = (name: FunctionName): LocalFunction => {
        const local = new LocalFunction(
          {
            name,
            entry: entryOf(name),
            handler: `${name}.handler`,
            memorySizeMb: 512,
            timeoutMs: 60_000,
            environment: { ...awsEnvironment, ...writeEnvironment(settings) },
          },
          { concurrency: 1, onLine: (line) => void logged.push(line) },
        );
        deployed.set(name, local);
        return local;
      };
      return {
        async invoke(name, event = {}) {
          const local = deployed.get(name) ?? started(name);
          const text = Buffer.from(JSON.stringify(event));
          const outcome = await local.invoke({ pieces: [text], sizeBytes: text.length });
          assert.deepEqual(logged.filter(isError), []);
          assert.ok(outcome.ok, JSON.stringify(outcome));
        },
        logged: () => logged,
        processIds: (name) => deployed.get(name)?.processIds ?? [],
      };
    },
  };
}

function isError(line: string): boolean {
  return line.includes('"level":"ERROR"');
}

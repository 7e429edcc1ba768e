import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { LocalMapping } from '../../lib/local/lambda-api/mapping-store.ts';
import { type LambdaApi, openLambdaApi } from '../../lib/local/lambda-api/server.ts';

export const replicateArn = 'arn:aws:lambda:us-east-1:000000000000:function:replicate';

export interface ServedLambda {
  endpoint: string;
  /** The state folder. */
  directory: string;
  /** UUIDs of mappings that are read, in the order they began. */
  reading: string[];
  /** Ends the API as a host does that ends, and opens it again on the same folder. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** The Lambda API of the local host, with pollers that only tell that they run. */
export async function serveLambda(
  t: TestContext,
  { transitionMs = 2 }: { transitionMs?: number } = {},
): Promise<ServedLambda> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-lambda-'));
  const reading: string[] = [];
  const startPollers = ({ UUID }: LocalMapping) => {
    reading.push(UUID);
    return {
      stop: async () => void reading.splice(reading.indexOf(UUID), 1),
      lastProcessingResult: () => 'OK',
    };
  };
  const open = (): Promise<LambdaApi> =>
    openLambdaApi({
      directory,
      transitionMs,
      startPollers,
      functionArn: (name) =>
        ['replicate', replicateArn].includes(name) ? replicateArn : undefined,
      notify: (text) => {
        throw new Error(text);
      },
    });
  let api = await open();
  t.after(async () => {
    await api[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });
  return {
    get endpoint() {
      return api.endpoint;
    },
    directory,
    reading,
    restart: async () => {
      await api[Symbol.asyncDispose]();
      api = await open();
    },
    close: async () => {
      await api[Symbol.asyncDispose]();
    },
  };
}

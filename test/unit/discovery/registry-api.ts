import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { lambdaFailure } from '../../../lib/aws/failures.ts';
import type { ExistingMapping, MappingsApi } from '../../../lib/aws/mappings.ts';
import type { Answer } from '../../../lib/local/lambda-api/answer.ts';
import {
  MappingRegistry,
  type RegistryOptions,
} from '../../../lib/local/lambda-api/mapping-registry.ts';
import { MappingStore } from '../../../lib/local/lambda-api/mapping-store.ts';
import { createShape } from '../../../lib/local/lambda-api/shapes.ts';

export const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:replicate';

/** The mappings that the local host serves, with no network between. */
export async function openRegistry(
  t: TestContext,
  own: Partial<RegistryOptions> = {},
): Promise<MappingRegistry> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-mappings-'));
  const store = own.store ?? (await MappingStore.open(join(directory, 'mappings.json')));
  const registry = await MappingRegistry.open({
    store,
    startPollers: () => ({ stop: async () => {}, lastProcessingResult: () => 'OK' }),
    functionArn: (name) => (name === 'replicate' ? functionArn : undefined),
    transitionMs: 2,
    notify: (text) => {
      throw new Error(text);
    },
    ...own,
  });
  t.after(async () => {
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  });
  return registry;
}

export function registryApi(registry: MappingRegistry): MappingsApi {
  const call = async <T>(answering: Answer | Promise<Answer>): Promise<T> => {
    const { body, errorType, status } = await answering;
    if (errorType === undefined) return body as T;
    const error = new Error((body as { Message: string }).Message);
    error.name = errorType;
    throw lambdaFailure(Object.assign(error, { $metadata: { httpStatusCode: status } }), 'it');
  };
  const uuidOf = (arn: string) => arn.split(':').at(-1)!;
  return {
    list: async () => registry.list({ functionArn }) as unknown as ExistingMapping[],
    create: (parameters) => call(registry.create(createShape.parse(parameters))),
    update: (uuid, update) => call(registry.update(uuid, update)),
    delete: async (uuid) => {
      await call(registry.delete(uuid));
    },
    tags: async (arn) =>
      (await call<{ Tags: Record<string, string> }>(registry.tagsOf(uuidOf(arn)))).Tags,
    tag: (arn, tags) =>
      call(registry.changeTags(uuidOf(arn), (before) => ({ ...before, ...tags }))),
  };
}

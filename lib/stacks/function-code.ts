import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { FunctionName } from '../deployment.ts';

/**
 * The bundle of a function, made here and now by esbuild, without Docker. A construct cannot wait,
 * and esbuild with plugins can do nothing else: so it runs in a process of its own.
 */
export function functionCode(name: FunctionName): Code {
  const functions = fileURLToPath(new URL('../../functions', import.meta.url));
  const bundler = fileURLToPath(new URL('bundler.ts', import.meta.url));
  return Code.fromAsset(functions, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      environment: { FUNCTION: name }, // Tells the CDK’s cache one function of the folder from another.
      image: DockerImage.fromRegistry('none'), // Never asked for: `local` has done it.
      local: {
        tryBundle(outputDirectory) {
          const entry = join(functions, `${name}.ts`);
          const outfile = join(outputDirectory, 'index.mjs');
          execFileSync(process.execPath, [bundler, entry, outfile], { stdio: ['ignore', 2, 2] });
          return true;
        },
      },
    },
  });
}

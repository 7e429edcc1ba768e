/** The CDK’s command line, as a person runs it, away from this person’s own settings. */
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installPythonPackage, pythonOf } from '../../lib/local/parts/python-package.ts';

export const project = fileURLToPath(new URL('../..', import.meta.url));
const cdk = join(project, 'node_modules/aws-cdk/bin/cdk');
const run = promisify(execFile);

export interface CdkOptions {
  /** Where cdk.json is. */
  directory: string;
  /** Instead of this person’s. */
  home: string;
  environment?: Readonly<Record<string, string>>;
}

/** What it printed; rejects, with `stdout` and `stderr`, where it ends with another code than 0. */
export async function runCdk(args: readonly string[], options: CdkOptions): Promise<string> {
  const { PATH = '', MIRRORLESS_CACHE } = process.env;
  const { stdout, stderr } = await run(process.execPath, [cdk, ...args, '--no-notices'], {
    cwd: options.directory,
    env: {
      PATH: `${dirname(process.execPath)}:${PATH}`,
      HOME: options.home,
      CDK_DISABLE_VERSION_CHECK: '1',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      ...(MIRRORLESS_CACHE !== undefined && { MIRRORLESS_CACHE }),
      ...options.environment,
    },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout + stderr;
}

const cfnLint = { name: 'cfn-lint', version: '1.58.0', label: 'cfn-lint' };

/** What cfn-lint says of templates; nothing where it has nothing to say. */
export async function lintTemplates(files: readonly string[]): Promise<string> {
  const folder = await installPythonPackage(cfnLint, (text) => console.error(text));
  // The CDK lets a function wait for its role twice, by reference and by `DependsOn`.
  const program = 'import sys; from cfnlint.runner import main; sys.exit(main())';
  const args = ['-c', program, '--ignore-checks', 'W3005', '--', ...files];
  try {
    const { stdout } = await run(pythonOf(folder), args);
    return stdout;
  } catch (error) {
    return (error as { stdout: string }).stdout || String(error);
  }
}

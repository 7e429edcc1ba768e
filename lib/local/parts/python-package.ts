/** Programs from PyPI, each in a virtual environment of its own in the cache. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MirrorlessError } from '../../errors.ts';
import { installOnce, type Notify } from './cache.ts';
import { requireTools } from './toolchain.ts';

export interface PythonPackage {
  name: string;
  version: string;
  /** What a person calls it: `the AWS emulator`. */
  label: string;
  /** What it is used with here, `name==version`. */
  beside?: readonly string[];
}

/** Its folder in the cache. */
export function packageFolder({ name, version, beside = [] }: PythonPackage): string {
  return [`${name}==${version}`, ...beside].map((one) => one.replace('==', '-')).join('+');
}

/** Returns the virtual environment. Throws PART_MISSING. */
export async function installPythonPackage(wanted: PythonPackage, notify: Notify): Promise<string> {
  const { name, version, label, beside = [] } = wanted;
  return installOnce(packageFolder(wanted), async (unfinished) => {
    await requireTools(['python']);
    notify(`${label} (${name} ${version}): downloading`);
    const run = promisify(execFile);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    try {
      await run('python3', ['-m', 'venv', unfinished]);
      await run(pythonOf(unfinished), [...pip, `${name}==${version}`, ...beside]);
    } catch (error) {
      throw installFailed(wanted, error);
    }
    notify(`${label} (${name} ${version}): installed`);
  });
}

function installFailed({ label }: PythonPackage, error: unknown): MirrorlessError {
  const { stderr = '' } = error as { stderr?: string };
  const reason = stderr.split('\n').find((line) => line.startsWith('ERROR')) ?? String(error);
  const what = `missing: ${label}; pip could not bring it (is there a network?)`;
  return new MirrorlessError('PART_MISSING', `${what}: ${reason}`, { cause: error });
}

export function pythonOf(virtualEnvironment: string): string {
  return join(virtualEnvironment, 'bin', 'python');
}

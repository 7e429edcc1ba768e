import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MirrorlessError } from '../errors.ts';

/**
 * Keeps a folder for this process alone: two emulators on the same files would each forget what the
 * other was told. A lock whose process is gone counts for nothing.
 */
export async function lockFolder(directory: string): Promise<AsyncDisposable> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'lock');
  while (!(await take(file))) {
    const owner = Number(await readFile(file, 'utf8').catch(() => ''));
    if (owner > 0 && isRunning(owner)) {
      const what = `${directory} is in use by process ${owner}.`;
      throw new MirrorlessError('STATE_FOLDER_IN_USE', what);
    }
    await rm(file, { force: true });
  }
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Where downloaded parts live, and how an install is made whole or not at all. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Progress for a person: one short sentence per call. The library itself never prints. */
export type Notify = (text: string) => void;

export function isInstalled(name: string): boolean {
  return existsSync(join(cacheDirectory(), name));
}

/**
 * Fills `name` in the cache once and returns its path. The work is done in a folder beside it that
 * is renamed when it is whole, so that a killed install leaves nothing that looks finished, and of
 * two installs at the same time the first to finish wins.
 */
export async function installOnce(
  name: string,
  fill: (directory: string) => Promise<void>,
): Promise<string> {
  const directory = join(cacheDirectory(), name);
  if (isInstalled(name)) return directory;
  await mkdir(dirname(directory), { recursive: true });
  await removeAbandoned(directory);
  const unfinished = `${directory}~${process.pid}~${randomUUID().slice(0, 8)}`;
  try {
    await mkdir(unfinished);
    await fill(unfinished);
    await renameUnlessThere(unfinished, directory);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return directory;
}

/** `MIRRORLESS_CACHE`, or `.cache` beside package.json. */
function cacheDirectory(): string {
  const chosen = process.env['MIRRORLESS_CACHE'];
  return chosen ? chosen : fileURLToPath(new URL('../../../.cache', import.meta.url));
}

/** What an install that was killed left behind: its folder names a process that is gone. */
async function removeAbandoned(directory: string): Promise<void> {
  for (const entry of await readdir(dirname(directory))) {
    const [name, pid] = entry.split('~');
    if (name !== basename(directory) || pid === undefined || isRunning(Number(pid))) continue;
    await rm(join(dirname(directory), entry), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function renameUnlessThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

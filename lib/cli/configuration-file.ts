import { readFile } from 'node:fs/promises';
import { loadConfiguration } from '../config/load.ts';
import type { Configuration } from '../config/model.ts';
import { renderProblems } from '../config/render.ts';
import { MirrorlessError } from '../errors.ts';
import type { Io } from './command.ts';

/**
 * Reads a configuration; its problems and warnings go to standard error. Undefined where there are
 * problems. Throws CONFIGURATION_UNREADABLE.
 */
export async function readConfiguration(
  file: string,
  io: Io,
  { forDeployment = false }: { forDeployment?: boolean } = {},
): Promise<Configuration | undefined> {
  const text = await readText(file);
  const result = loadConfiguration({ text, file, environment: io.environment, forDeployment });
  io.stderr.write(renderProblems(result.problems ?? [], result.warnings));
  return result.configuration;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new MirrorlessError('CONFIGURATION_UNREADABLE', `${file} ${why}.`, { cause });
  }
}

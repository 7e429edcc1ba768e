import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const program = `
const startedAt = performance.now();
await import(process.argv[1]);
const importMs = performance.now() - startedAt;
process.stdout.write(String(importMs), () => process.exit(0));
`;

/**
 * Milliseconds that the import of a module takes in a process of its own, in which nothing else was
 * loaded before. Compiled code is not kept between processes, as it is not for a function that is
 * newly deployed.
 */
export async function importMs(
  url: string,
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program, url],
    { env: { ...process.env, ...environment, NODE_DISABLE_COMPILE_CACHE: '1' } },
  );
  return Number(stdout);
}

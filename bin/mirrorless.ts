/** The command line. */
import { main } from '../lib/cli/main.ts';

const { stdin, stdout, stderr, env: environment } = process;
// A reader that has seen enough (`| head`) is no error.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await main(process.argv.slice(2), { stdin, stdout, stderr, environment });

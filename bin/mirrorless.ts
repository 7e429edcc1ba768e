/** The command line. */
import { main } from '../lib/cli/main.ts';

const { stdout, stderr, env: environment } = process;
process.exitCode = await main(process.argv.slice(2), { stdout, stderr, environment });

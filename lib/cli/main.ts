import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { isMirrorlessError, type MirrorlessError, toMirrorlessError } from '../errors.ts';
import { type CliCommand, type ExitCode, exitCodes, type Io, UsageError } from './command.ts';
import { aclsRequired } from './commands/acls-required.ts';
import { configSchema } from './commands/config-schema.ts';
import { configShow } from './commands/config-show.ts';
import { configValidate } from './commands/config-validate.ts';
import { demo } from './commands/demo.ts';
import { discover } from './commands/discover.ts';
import { groupsCompare } from './commands/groups-compare.ts';
import { groupsDescribe } from './commands/groups-describe.ts';
import { groupsList } from './commands/groups-list.ts';
import { groupsSync } from './commands/groups-sync.ts';
import { lag } from './commands/lag.ts';
import { local } from './commands/local.ts';
import { mm2Export } from './commands/mm2-export.ts';
import { mm2Import } from './commands/mm2-import.ts';
import { offsetsTranslate } from './commands/offsets-translate.ts';
import { pause, resume } from './commands/pause.ts';
import { plan } from './commands/plan.ts';
import { preflight } from './commands/preflight.ts';
import { status } from './commands/status.ts';
import { topicsRestart } from './commands/topics-restart.ts';

const exitCodesHelp = `
Exit codes:
  0 done, 1 failed, 2 wrong command line or configuration, 3 a check did not pass,
  4 partly done, 130 interrupted`;

const mm2Help = `
Over to Mirrorless:            Back to MirrorMaker 2:
  1. stop MirrorMaker 2          1. mirrorless pause (or end mirrorless local)
  2. mirrorless mm2 import       2. mirrorless mm2 export
  3. start the flow              3. start MirrorMaker 2
Every record is copied once, also where MirrorMaker 2 was killed; both commands read one
mm2.properties, show with --dry-run what they would do, and are safe to run again.`;

/** Runs one command line; `args` without the program's own name. Never rejects. */
export async function main(args: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  const program = new Command('mirrorless')
    .description(
      'Serverless Kafka replication: what MirrorMaker 2 does, done by AWS Lambda functions.',
    )
    .version(packageJson.version)
    .addHelpText('after', exitCodesHelp);
  const add = <Options>(parent: Command, command: CliCommand<Options>): void => {
    const added = parent.command(command.name).description(command.summary);
    command.configure(added);
    added.action(async (options: Options) => {
      exitCode = await command.run(options, io);
    });
  };
  add(program, local);
  add(program, demo);
  add(program, preflight);
  add(program, plan);
  add(program, discover);
  add(program, status);
  add(program, lag);
  add(program, pause);
  add(program, resume);
  const config = program.command('config').description('look at a configuration');
  add(config, configValidate);
  add(config, configShow);
  add(config, configSchema);
  const acls = program.command('acls').description('what clusters must permit');
  add(acls, aclsRequired);
  const topics = program.command('topics').description('topics of a flow');
  add(topics, topicsRestart);
  const offsets = program.command('offsets').description('offsets of the source and of the target');
  add(offsets, offsetsTranslate);
  const groups = program.command('groups').description('consumer groups of the source');
  add(groups, groupsList);
  add(groups, groupsDescribe);
  add(groups, groupsCompare);
  add(groups, groupsSync);
  const mm2 = program
    .command('mm2')
    .description('take a flow over from MirrorMaker 2, or hand it back')
    .addHelpText('after', mm2Help);
  add(mm2, mm2Import);
  add(mm2, mm2Export);
  for (const command of [program, ...program.commands.flatMap(withSubcommands)])
    speakTo(command, io);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, io);
  }
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands];
}

function speakTo(command: Command, { stdout, stderr }: Io): void {
  command
    .exitOverride()
    .showHelpAfterError('(mirrorless --help lists commands and options)')
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
    });
}

function report(error: unknown, { stderr }: Io): ExitCode {
  // commander has said what is wrong, or shown the help that was asked for.
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof UsageError) {
    stderr.write(`error: ${error.message}\n`);
    return exitCodes.usage;
  }
  const known = toMirrorlessError(error);
  stderr.write(`error: ${known.message}\n`);
  if (known.code === 'INTERNAL') stderr.write(`${stackOf(known)}\n`);
  return known.code.startsWith('CONFIGURATION') ? exitCodes.usage : exitCodes.failed;
}

function stackOf(error: MirrorlessError): string {
  const origin =
    error.cause instanceof Error && !isMirrorlessError(error.cause) ? error.cause : error;
  return origin.stack ?? '';
}

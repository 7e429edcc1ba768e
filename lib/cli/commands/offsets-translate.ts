import { type Command, InvalidArgumentError } from 'commander';
import {
  type CliCommand,
  type ExitCode,
  exitCodes,
  type Io,
  type OutputFormat,
} from '../command.ts';
import { addFlowOptions, type FlowAccess, type FlowOptions, withFlow } from '../flow-access.ts';
import { translateOffsets, whyNoMap } from '../offsets/translate-offsets.ts';
import { outputOption } from '../options.ts';
import { paintFor } from '../render/table.ts';
import { explainTranslation, renderTranslation, translationJson } from '../render/translation.ts';

interface TranslateOptions extends FlowOptions {
  topic: string;
  partition: number;
  offset: readonly bigint[];
  reverse?: true;
  output: OutputFormat;
}

const about = `
The translated offset is that of the first copied record at or after the given one: where a
consumer that would read this offset next goes on. It is read from the map of the flow, so neither
cluster need be up.

Status:
  exact       the translated offset is known
  sampled     copied by MirrorMaker 2 before the flow was taken over: by its offset syncs, the
              exact place is the translated offset or later
  ahead       the offset lies beyond the end of the map: not copied yet
  before-map  the offset lies before the first record that the map holds
  no-map      nothing of the partition was copied

Ends with 0 where all offsets are exact, with 3 where one is not.

Examples:
  mirrorless offsets translate -c mm2.properties --topic orders --partition 0 --offset 1234
  mirrorless offsets translate -c mm2.properties --topic us-east.orders --partition 0 \\
    --offset 1200,1300 --reverse

-o json: {flow, direction, topic, remoteTopic, partition, map, translations: [{offset, status,
translated}]}, where map is null or {upstream: {start, end}, downstream: {start, end}} with the
next offset to be copied as its end. Offsets are decimal strings; translated is null unless exact or
sampled.`;

/** `mirrorless offsets translate -c FILE --topic T --partition N --offset O` */
export const offsetsTranslate: CliCommand<TranslateOptions> = {
  name: 'translate',
  summary: 'where offsets of the source lie on the target, exactly, or the other way',
  configure(command: Command) {
    addFlowOptions(command)
      .requiredOption('--topic <topic>', 'of the source; with --reverse the remote topic')
      .requiredOption('--partition <number>', 'the same on both sides', readPartition)
      .requiredOption(
        '--offset <offsets>',
        'one, or several with commas between; may be given again',
        readOffsets,
      )
      .option('--reverse', 'from the target to the source')
      .addOption(outputOption())
      .addHelpText('after', about);
  },
  run: (options, io) => withFlow(options, io, (access) => translate(options, access, io)),
};

async function translate(options: TranslateOptions, access: FlowAccess, io: Io): Promise<ExitCode> {
  const notify = (text: string): void => void io.stderr.write(`${text}\n`);
  const { topic, partition, offset, reverse, output } = options;
  const direction = reverse ? 'upstream' : 'downstream';
  const result = await translateOffsets({ topic, partition, offsets: offset, direction }, access);
  if (!reverse && topic !== result.topic) notify(`${topic} is the remote topic of ${result.topic}`);
  if (reverse && topic !== result.remoteTopic) {
    notify(`${topic} is the upstream topic of ${result.remoteTopic}`);
  }
  const lines =
    output === 'json'
      ? [JSON.stringify(translationJson(result))]
      : renderTranslation(result, paintFor(io.stdout));
  io.stdout.write(`${lines.join('\n')}\n`);
  for (const line of explainTranslation(result)) notify(line);
  if (result.map === undefined) notify(`no-map: ${await whyNoMap(result, access)}`);
  const isExact = result.translations.every(({ status }) => status === 'exact');
  return isExact ? exitCodes.done : exitCodes.checkFailed;
}

const partitionMax = 2 ** 31 - 1;
const offsetMax = 2n ** 63n - 1n;

function readPartition(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= partitionMax) return Number(text);
  throw new InvalidArgumentError('A partition is a whole number from 0.');
}

function readOffsets(text: string, earlier: readonly bigint[] = []): bigint[] {
  const offsets = text.split(',').map((each) => {
    if (/^\d+$/.test(each) && BigInt(each) <= offsetMax) return BigInt(each);
    throw new InvalidArgumentError(`An offset is a whole number from 0; “${each}” is none.`);
  });
  return [...earlier, ...offsets];
}

/** What `mm2 import` and `mm2 export` have in common. */
import type { Command } from 'commander';
import { type Deadline, deadlineAt } from '../../deadline.ts';
import { connectOffsetsTopic } from '../../mm2/connect-offsets.ts';
import type { OffsetsTopicSettings } from '../../takeover/export.ts';
import type { ConnectWorkers } from '../../takeover/workers.ts';
import type { OutputFormat } from '../command.ts';
import type { ConfirmOptions } from '../confirm.ts';
import { addFlowOptions, type FlowAccess, type FlowOptions } from '../flow-access.ts';
import { outputOption } from '../options.ts';
import { visible } from '../render/table.ts';

export interface TakeoverOptions extends FlowOptions, ConfirmOptions {
  connector?: string;
  offsetsTopic?: string;
  output: OutputFormat;
}

export function addTakeoverOptions(command: Command): Command {
  return addFlowOptions(command)
    .option('--connector <name>', 'whose positions; in dedicated mode MirrorSourceConnector')
    .option(
      '--offsets-topic <topic>',
      'where Connect keeps them; by default mm2-offsets.<source>.internal',
    )
    .option('--dry-run', 'look, show the same, and write nothing')
    .option('-y, --yes', 'write without asking')
    .addOption(outputOption());
}

/** The option, the configuration's `offset.storage.topic`, or MM2's own name; on the target. */
export function offsetsTopicOf(
  { offsetsTopic }: TakeoverOptions,
  { configuration, flow }: Pick<FlowAccess, 'configuration' | 'flow'>,
): OffsetsTopicSettings {
  const { topic, ...rest } = configuration.clusters.get(flow.target)!.connectOffsets;
  return { ...rest, topic: offsetsTopic ?? topic ?? connectOffsetsTopic(flow.source) };
}

/** Bounds what nobody would wait for; a person ends it before. */
export function deadline(): Deadline {
  return deadlineAt(Date.now() + 3_600_000);
}

/** What is to be known of Connect's workers before anything is written. */
export function workerLines({ isMirrorMakerAlive, others, failures }: ConnectWorkers): string[] {
  const names = others.map(visible).join(', ');
  return [
    ...(isMirrorMakerAlive
      ? [
          'MirrorMaker 2 is running: stop it, and after a kill wait until its session is over (10 s)',
        ]
      : []),
    ...(others.length > 0
      ? [`Connect workers are running (${names}): see that none of them runs MirrorMaker 2`]
      : []),
    ...failures.map(({ message }) => message),
  ];
}

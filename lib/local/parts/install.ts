/** Everything that a command will need, brought before it starts, or one error that names it all. */
import { isInstalled, type Notify } from './cache.ts';
import { installKafka, type KafkaVersion, kafkaFolder } from './kafka-distribution.ts';
import { installMinistack, ministackFolder } from './ministack.ts';
import { requireTools, type Tool } from './toolchain.ts';

export interface WantedParts {
  kafka: readonly KafkaVersion[];
  ministack: boolean;
  notify: Notify;
}

/**
 * Throws PART_MISSING naming every program that is absent, before anything is downloaded. Maven is
 * only asked for where it has something to download.
 */
export async function installParts({ kafka, ministack, notify }: WantedParts): Promise<void> {
  const tools: Tool[] = [];
  if (kafka.length > 0) tools.push('java');
  if (!kafka.every((version) => isInstalled(kafkaFolder(version)))) tools.push('maven');
  if (ministack && !isInstalled(ministackFolder)) tools.push('python');
  await requireTools(tools);
  await Promise.all([
    ...kafka.map((version) => installKafka(version, notify)),
    ministack && installMinistack(notify),
  ]);
}

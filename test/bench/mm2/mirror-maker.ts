import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installKafka } from '../../../lib/local/parts/kafka-distribution.ts';
import { startPart } from '../../../lib/local/parts/process.ts';
import type { Mm2Settings } from '../bench.ts';
import { recordShape } from '../record-pool.ts';
import { flowProperties, propertiesText } from './properties.ts';
import type { System } from './system.ts';

/** The flags of Kafka's own start script, kafka-run-class.sh, with connect-mirror-maker.sh's heap. */
const javaFlags = [
  '-Xms256M',
  '-Xmx2G',
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
];

/** `tuned` is a task for each partition and batches larger than the default 16 kB. */
const settings: Record<Mm2Settings, Record<string, string>> = {
  default: {},
  tuned: {
    'tasks.max': String(recordShape.partitionCount),
    'target.producer.batch.size': '262144',
  },
};

/** One broker on each side: topics that only MirrorMaker 2 has. */
const smallest = {
  'target.config.storage.replication.factor': '1',
  'target.offset.storage.replication.factor': '1',
  'target.status.storage.replication.factor': '1',
};

/** MirrorMaker 2 4.3.1 as a dedicated node, started as its script starts it. */
export function mirrorMaker(
  chosen: Mm2Settings,
  added: Readonly<Record<string, string>> = {},
): System {
  const tuning = { ...settings[chosen], ...added };
  return {
    name: 'mm2',
    settings: [
      ...Object.entries(tuning).map((setting) => setting.join('=')),
      'no heartbeats, heap 256 MB to 2 GB and G1 as in its start script, all else default',
    ].join(', '),
    async start(flow) {
      const classPath = await installKafka('4.3.1', () => {});
      const file = join(flow.directory, 'mm2.properties');
      await writeFile(file, propertiesText({ ...flowProperties(flow), ...smallest, ...tuning }));
      const part = await startPart({
        name: 'MirrorMaker 2',
        command: [
          'java',
          ...javaFlags,
          '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
          '-cp',
          classPath,
          'org.apache.kafka.connect.mirror.MirrorMaker',
          file,
        ],
        logFile: join(flow.directory, 'mm2.log'),
      });
      return { pid: part.pid, stop: () => part.stop() };
    },
  };
}

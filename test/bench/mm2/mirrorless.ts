import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPart } from '../../../lib/local/parts/process.ts';
import { flowProperties, propertiesText } from './properties.ts';
import type { System } from './system.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The local host as a user starts it, with its functions and the emulated DynamoDB. */
export const mirrorless: System = {
  name: 'mirrorless',
  settings:
    'mirrorless local, all default (a poller a topic, two while records wait, events of up to 10,000 records, no window)',
  async start(flow) {
    const file = join(flow.directory, 'mm2.properties');
    await writeFile(file, propertiesText(flowProperties(flow)));
    const part = await startPart({
      name: 'mirrorless local',
      command: [
        process.execPath,
        join(root, 'bin/launch.mjs'),
        join(root, 'bin/mirrorless.ts'),
        'local',
        '--config',
        file,
        '--state',
        join(flow.directory, 'state'),
      ],
      logFile: join(flow.directory, 'mirrorless.log'),
    });
    return { pid: part.pid, stop: () => part.stop() };
  },
};

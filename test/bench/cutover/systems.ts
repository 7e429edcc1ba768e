/** Both systems as their users run them to move consumer groups, from one properties file. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mirrorMaker } from '../mm2/mirror-maker.ts';
import { mirrorless } from '../mm2/mirrorless.ts';
import { flowProperties, propertiesText } from '../mm2/properties.ts';
import type { RunFlow, System } from '../mm2/system.ts';

export interface CutoverSystem {
  system: System;
  /** What one does for groups to stand on the target where they stand on the source. */
  moveGroups(flow: RunFlow, pace: 'full' | 'quick'): Promise<void>;
  settings: string;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Two commits of its offsets (`offset.flush.interval.ms`), with which the last syncs are sent. */
const settleMs = { full: 130_000, quick: 20_000 };

const groupSettings = {
  'sync.group.offsets.enabled': 'true',
  'sync.group.offsets.interval.seconds': '5',
  'emit.checkpoints.interval.seconds': '5',
  'refresh.groups.interval.seconds': '5',
};

export const cutoverSystems: readonly CutoverSystem[] = [
  {
    system: mirrorless,
    settings: 'mirrorless local, all default; groups moved by `groups sync --final`',
    async moveGroups(flow) {
      const file = join(flow.directory, 'mm2.properties');
      await writeFile(file, propertiesText(flowProperties(flow)));
      const launch = [join(root, 'bin/launch.mjs'), join(root, 'bin/mirrorless.ts')];
      const command = ['groups', 'sync', '--final', '-y', '-c', file];
      const state = ['--state', join(flow.directory, 'state')];
      await promisify(execFile)(process.execPath, [...launch, ...command, ...state]);
    },
  },
  {
    system: mirrorMaker('default', groupSettings),
    settings: [
      ...Object.entries(groupSettings).map((setting) => setting.join('=')),
      `all else default; given ${settleMs.full / 1000} s after the last record and commit`,
    ].join(', '),
    moveGroups: (_, pace) => delay(settleMs[pace]),
  },
];

/** Keys of one flow about what is alarmed about. */
import { yaml } from './key-definition.ts';
import { integer, text } from './values.ts';

export const alarmKeys = {
  'alarms.lag.seconds': yaml(
    integer(1),
    300,
    'the alarm `lag-time` is raised where the oldest record that is not copied is older',
  ),
  'alarms.lag.records': yaml(
    integer(1),
    undefined,
    'the alarm `lag-records` is raised where more records are not copied; without it there is none',
  ),
  'alarms.heartbeat.age.seconds': yaml(
    integer(1),
    300,
    'the alarm `heartbeat-missing` is raised where the newest heartbeat on the target is older',
  ),
  'alarms.topic.arn': yaml(
    text(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+$/, 'ARN of an SNS topic'),
    undefined,
    'where alarms go; by default the stack creates a topic',
  ),
  'alarms.runbook.url': yaml(
    text(/^[^\s#]+$/, 'URL without `#`'),
    'docs/runbook.md',
    'where alarms say that their sections are',
  ),
} as const;

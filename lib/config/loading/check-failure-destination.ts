import { type Flow, flowName } from '../model.ts';
import { type Context, entryOf, settingOf } from './places.ts';
import { shown } from './report.ts';

/** What only provisioned mode has; without it Lambda drops a batch after ten retries on its own. */
export function checkFailureDestination(flow: Flow, { properties, report }: Context): void {
  const { pollers, failureDestination, failureDestinationArn } = flow.mapping;
  for (const key of ['pollers.group', 'failure.destination.arn', 'failure.destination.type']) {
    const entry = entryOf(flow, key, properties);
    if (entry === undefined || pollers !== undefined) continue;
    const expected = '`pollers.minimum` or `pollers.maximum` too: it needs provisioned mode';
    report.problem(entry, shown(entry.key, entry.value), expected);
  }
  const retention = settingOf(flow, 'failure.destination.retention.days', properties);
  if (failureDestination === undefined) {
    if (retention.line === undefined) return;
    report.warning(retention, 'no effect: `failure.destination.type` creates none');
    return;
  }
  if (failureDestinationArn !== undefined) {
    const place = settingOf(flow, 'failure.destination.type', properties);
    const expected = `nothing: \`failure.destination.arn\` names one for ${flowName(flow)}`;
    report.problem(place, shown(place.key, failureDestination.type), expected);
  }
  if (failureDestination.type === 'sqs' && failureDestination.retentionDays > 14) {
    const found = String(failureDestination.retentionDays);
    report.problem(retention, found, 'at most 14: a queue keeps nothing longer');
  }
}

/** Where a setting of a flow or cluster stands, or would stand. */
import { type Flow, flowName } from '../model.ts';
import type { Entry } from '../text/entry.ts';
import type { Properties } from './precedence.ts';
import type { Place, Report } from './report.ts';

/** What checks work with. */
export interface Context {
  properties: Properties;
  report: Report;
}

/** The entry that sets it for the flow, or where it would be set. */
export function settingOf(flow: Flow, key: string, properties: Properties): Place {
  return entryOf(flow, key, properties) ?? { key: `${flowName(flow)}.${key}` };
}

export function entryOf(flow: Flow, key: string, properties: Properties): Entry | undefined {
  return properties.get(`${flowName(flow)}.${key}`) ?? properties.get(key);
}

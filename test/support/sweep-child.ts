/** A sweep in a process of its own, for its memory: prints what it planned and what it took. */
import { openTopicSweep } from './topic-sweep.ts';

const [sourceServers = '', targetServers = '', pattern = ''] = process.argv.slice(2);
const startedAt = performance.now();
const sweep = openTopicSweep({ sourceServers, targetServers, topics: [pattern] });
const { actions, failures } = await sweep.plan();
await sweep.close();
const { maxRSS } = process.resourceUsage();
console.log(
  JSON.stringify({
    actionCount: actions.length,
    failures: failures.map(({ message }) => message),
    tookMs: Math.round(performance.now() - startedAt),
    maxResidentBytes: maxRSS * 1024,
  }),
);

import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessTimes {
  pid: number;
  parentPid: number;
  /** Of the process and of its children that have ended, in user mode and in the kernel. */
  cpuMs: number;
}

/** The unit of /proc/<pid>/stat, USER_HZ, which is 100 for every program on Linux. */
const tickMs = 10;

/** CPU that a process and all that it started, directly or not, have used so far. Linux only. */
export function treeCpuMs(rootPid: number): number {
  const processes = readProcesses();
  const children = Map.groupBy(processes, ({ parentPid }) => parentPid);
  const sum = (pid: number): number =>
    (children.get(pid) ?? []).reduce((total, child) => total + child.cpuMs + sum(child.pid), 0);
  const root = processes.find(({ pid }) => pid === rootPid);
  if (root === undefined) throw new Error(`process ${rootPid} has ended`);
  return root.cpuMs + sum(rootPid);
}

function readProcesses(): ProcessTimes[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    } catch {
      return []; // It ended in between: its parent has its times now.
    }
  });
}

/** The name of the program, in parentheses, may hold anything; the fields after it are numbers. */
export function parseStat(line: string): ProcessTimes {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((total, field) => total + Number(field), 0);
  return { pid: Number.parseInt(line, 10), parentPid: Number(fields[1]), cpuMs: ticks * tickMs };
}

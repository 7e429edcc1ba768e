import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { parseStat, treeCpuMs } from '../../bench/mm2/process-tree.ts';

test('the fields are found behind any name of a program', () => {
  const numbers = '4711 4711 0 -1 4194304 95 0 0 0 12 3 40 5 20 0 1 0 2000 0 0';
  const line = `4712 (a) R 1 (b)) S 4700 ${numbers}\n`;
  assert.deepEqual(parseStat(line), { pid: 4712, parentPid: 4700, cpuMs: 600 });
});

test('a process is charged for what it starts, also after that has ended', async () => {
  const burn = 'while (process.cpuUsage().user < 200_000);';
  const program = `require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(burn)}]);
    console.log('done'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    await once(child.stdout, 'data');
    assert.ok(treeCpuMs(child.pid!) >= 100, `${treeCpuMs(child.pid!)} ms`);
    assert.ok(treeCpuMs(process.pid) >= treeCpuMs(child.pid!));
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
});

test('a process that is not there is an error', () => {
  assert.throws(() => treeCpuMs(2 ** 30), /has ended/);
});

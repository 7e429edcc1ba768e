import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watched } from '../../../lib/cli/look.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import { recordingIo, Screen } from './screen.ts';

const passing = new MirrorlessError('SOURCE_NOT_READY', 'The leader moves.');
const lasting = new MirrorlessError('STATE_CORRUPT', 'A segment does not decode.');

function looking(answers: readonly (number | Error)[], isTTY = true) {
  const stderr = new Screen({ isTTY });
  const controller = new AbortController();
  const left = [...answers];
  const look = {
    async take(): Promise<number> {
      const answer = left.shift();
      if (answer === undefined) throw new Error('looked too often');
      if (typeof answer !== 'number') throw answer;
      return answer;
    },
    render: (result: number) => [`saw ${result}`],
    isLast: (result: number) => result === 0,
  };
  const io = { ...recordingIo().io, stderr: stderr.stream };
  const options = { io, signal: controller.signal, intervalMs: 1 };
  return { look, options, stderr, controller };
}

test('one look is taken where nobody watches', async () => {
  const { look, options, stderr } = looking([3]);
  assert.equal(await watched(look, options), 3);
  assert.equal(stderr.text, '');
});

test('a watch goes on until the last look, over failures that pass, and leaves the screen', async () => {
  const { look, options, stderr } = looking([3, passing, 2, 0]);
  assert.equal(await watched(look, { ...options, watch: true }), 0);
  assert.match(stderr.text, /saw 3[\s\S]*saw 2/);
  assert.deepEqual(stderr.lines, [passing.message]);
});

test('a watch without a terminal says only what fails', async () => {
  const { look, options, stderr } = looking([3, passing, 0], false);
  assert.equal(await watched(look, { ...options, watch: true }), 0);
  assert.equal(stderr.text, `${passing.message}\n`);
});

test('a watch ends with a failure that stays', async () => {
  const { look, options } = looking([3, lasting]);
  await assert.rejects(watched(look, { ...options, watch: true }), lasting);
});

test('a watch ends when it is interrupted, with what it saw last', async () => {
  const { look, options, controller } = looking([3]);
  const watching = watched(look, { ...options, intervalMs: 60_000, watch: true });
  controller.abort();
  assert.equal(await watching, 3);
});

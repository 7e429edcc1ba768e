import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { main } from '../../../lib/cli/main.ts';
import { recordingIo } from './screen.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));

/** In a code span, or at the start of a line of a code block. */
const commandLine = /(?:`|^(?:\$ )?)(?:npx )?mirrorless ([a-z][^`\n|>;&]*)/gm;

test('every command line of the documents is one, with the options that it has', async () => {
  let count = 0;
  for await (const file of glob(['README.md', 'docs/*.md', 'examples/*/README.md'], {
    cwd: project,
  })) {
    const text = await readFile(`${project}/${file}`, 'utf8');
    for (const [, line] of text.matchAll(commandLine)) {
      count += 1;
      const words = line!.replace(/#.*$/, '').trim().split(/\s+/);
      const end = words.findIndex((word) => !/^[a-z0-9]+$/.test(word));
      const path = end === -1 ? words : words.slice(0, end);
      const help = await helpOf(path);
      assert.ok(isOf(path, help), `${file}: mirrorless ${path.join(' ')}`);
      for (const [option] of line!.matchAll(/(?<=^|[ [])--?[a-z][a-z-]*/g)) {
        assert.match(help, new RegExp(`${option}[, \n<]`), `${file}: ${option} in “${line}”`);
      }
    }
  }
  assert.ok(count >= 40, `${count} command lines were found`);
});

test('a command that is none, and an option, are missed', async () => {
  const path = ['topics', 'restart'];
  const help = await helpOf(path);
  assert.ok(isOf(path, help));
  assert.match(help, /--force[, \n<]/);
  assert.doesNotMatch(help, /--forced/);
  assert.ok(!isOf(['topics', 'restore'], await helpOf(['topics', 'restore'])));
});

/** The help of a group of commands is shown for one that it does not have. */
function isOf(path: readonly string[], help: string): boolean {
  return help.startsWith(`Usage: mirrorless ${path.join(' ')} [`);
}

async function helpOf(path: readonly string[]): Promise<string> {
  const { io, stdout, stderr } = recordingIo();
  await main([...path, '--help'], io);
  return stdout.text + stderr.text;
}

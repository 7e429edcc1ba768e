import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { UsageError } from '../../../lib/cli/command.ts';
import { checkConfirmable, confirm } from '../../../lib/cli/confirm.ts';
import { recordingIo } from './screen.ts';

const never = new AbortController().signal;

describe('asking before something is changed', () => {
  it('takes y and yes, and everything else for no', async () => {
    for (const [answer, expected] of [
      ['y', true],
      ['YES', true],
      [' yes ', true],
      ['', false],
      ['n', false],
      ['yesterday', false],
    ] as const) {
      const { io, stdout, stderr } = recordingIo([answer]);
      assert.equal(await confirm('Move it?', io, never), expected, answer);
      assert.equal(stderr.text, 'Move it? [y/N] ');
      assert.equal(stdout.text, '');
    }
  });

  it('takes the end of the input, and Ctrl-C, for no', async () => {
    assert.equal(await confirm('Move it?', recordingIo([]).io, never), false);
    const silent = Object.assign(new PassThrough(), { isTTY: true });
    const io = { ...recordingIo([]).io, stdin: silent as unknown as NodeJS.ReadStream };
    const controller = new AbortController();
    const answer = confirm('Move it?', io, controller.signal);
    controller.abort();
    assert.equal(await answer, false);
  });

  it('refuses to go on where nobody can be asked', () => {
    const nobody = recordingIo().io;
    assert.throws(() => checkConfirmable({}, nobody), UsageError);
    checkConfirmable({ yes: true }, nobody);
    checkConfirmable({ dryRun: true }, nobody);
    checkConfirmable({}, recordingIo([]).io);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LiveBlock } from '../../../../lib/cli/render/live.ts';
import { Screen } from '../screen.ts';

describe('a live block', () => {
  it('is drawn over itself on a terminal, with messages above it', () => {
    const screen = new Screen({ isTTY: true });
    const live = new LiveBlock(screen.stream);
    live.say('started');
    live.draw(['one', 'two']);
    live.draw(['one', 'two', 'three']);
    live.say('something happened');
    live.draw(['four']);
    assert.deepEqual(screen.lines, ['started', 'something happened', 'four']);
    live.clear();
    assert.deepEqual(screen.lines, ['started', 'something happened']);
  });

  it('never writes a line that would wrap', () => {
    const screen = new Screen({ isTTY: true });
    const live = new LiveBlock(screen.stream);
    const styled = `\x1b[31m${'y'.repeat(70)}\x1b[39m`;
    live.draw(['x'.repeat(200), styled]);
    assert.equal(screen.lines[0]?.length, 79);
    assert.ok(screen.text.includes(styled));
  });

  it('is only its messages where there is no terminal', () => {
    const screen = new Screen();
    const live = new LiveBlock(screen.stream);
    live.draw(['block']);
    live.say('message');
    live.clear();
    assert.equal(screen.text, 'message\n');
  });
});

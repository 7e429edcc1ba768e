import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { awkwardWriter } from '../../support/oracle/awkward.ts';
import { checkReplication } from '../../support/oracle/checker.ts';
import { assertFaithful } from '../../support/oracle/findings.ts';
import { handMadeDump } from '../../support/oracle/hand-made.ts';

describe('the message of a failure', () => {
  test('counts every fault, tells where the first are, and shows no payload', async () => {
    const secret = Buffer.from('secret payload');
    const source = awkwardWriter('p2').records(0, 30);
    const target = source.with(7, { ...source[7]!, value: secret }).toSpliced(20, 1);
    const result = await checkReplication([handMadeDump(source)], [handMadeDump(target)]);
    assert.throws(
      () => assertFaithful(result),
      (error: Error) => {
        const [head, ...lines] = error.message.split('\n  ');
        assert.equal(head, 'the copy of 30 records is not faithful: 1 lost, 1 altered');
        assert.match(lines[0]!, /^lost: partition 0, upstream 20$/);
        assert.match(
          lines[1]!,
          /^altered: partition 0, upstream 7, downstream 7: value was \d+ by/,
        );
        assert.ok(!error.message.includes('secret'));
        return true;
      },
    );
  });

  test('stays short', async () => {
    const source = awkwardWriter('p2').records(0, 5_000);
    const result = await checkReplication([handMadeDump(source)], []);
    assert.equal(result.lost, 5_000);
    assert.equal(result.findings.length, 5);
  });

  test('says when there was nothing to compare', async () => {
    const result = await checkReplication([], []);
    assert.throws(() => assertFaithful(result), /nothing was compared/);
  });
});

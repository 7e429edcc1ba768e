import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterKeys, flowKeys } from '../../../lib/config/keys.ts';
import { renderKeysTable } from '../../../lib/config/keys-table.ts';

const rows = renderKeysTable()
  .split('\n')
  .filter((line) => line !== '');

test('every key has one row of four cells', () => {
  for (const row of rows) assert.match(row, /^\| [^|]+ \| [^|]+ \| [^|]* \| [^|]+ \|$/);
  for (const key of [...Object.keys(flowKeys), ...Object.keys(clusterKeys)]) {
    const found = rows.filter((row) => /^\| `(A\.)?([^`]*)`/.exec(row)?.[2] === key);
    assert.equal(found.length, 1, key);
  }
});

test('a row tells default, meaning, and what limits the key', () => {
  assert.ok(
    rows.includes(
      '| `A.vpc.security.groups` | list: sg-… |  | with these security groups (YAML only) |',
    ),
  );
  assert.ok(rows.some((row) => row.startsWith('| `topics.exclude` |') && row.includes('`__.*`')));
});

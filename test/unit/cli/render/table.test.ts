import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderTable } from '../../../../lib/cli/render/table.ts';

const columns = [{ title: 'TOPIC' }, { title: 'LAG', align: 'right' }, { title: 'STATE' }] as const;

describe('a table', () => {
  it('aligns text left and numbers right, as wide as the widest, without trailing blanks', () => {
    assert.deepEqual(
      renderTable(columns, [
        ['orders', '7', 'copying'],
        ['o', '123,456', ''],
      ]),
      [
        'TOPIC       LAG  STATE',
        'orders        7  copying',
        'o       123,456', //
      ],
    );
  });

  it('does not count styles into the width', () => {
    const paint = (style: string, text: string): string => `<${style}>${text}</>`;
    const [, first, second] = renderTable(
      columns,
      [
        ['a', '1', { text: 'bad', style: 'red' }],
        [{ text: 'bb', style: 'dim' }, '22', 'fine'],
      ],
      paint,
    );
    assert.equal(first, 'a        1  <red>bad</>');
    assert.equal(second, '<dim>bb</>      22  fine');
  });

  it('of no rows shows its titles', () => {
    assert.deepEqual(renderTable(columns, []), ['TOPIC  LAG  STATE']);
  });
});

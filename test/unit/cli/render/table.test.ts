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

  it('shows characters that would move the cursor, or hide, as their codes', () => {
    const [, line] = renderTable(columns, [['a\u001b[2J\r\nb\u202e', '1', '']]);
    assert.equal(line, 'a\\u{1b}[2J\\u{d}\\u{a}b\\u{202e}    1');
  });

  it('aligns characters that are two columns wide, and marks that have none', () => {
    const names = ['漢字', 'かな', '한글', '🦊ab', 'e\u0301abc', 'abcd'];
    const rows = names.map((text) => [text, '1', '']);
    const [title, ...lines] = renderTable(columns, rows);
    assert.equal(title, 'TOPIC  LAG  STATE');
    const rest = '     1';
    assert.deepEqual(
      lines,
      names.map((name) => name + rest),
    );
  });

  it('may have very many rows', () => {
    const rows = Array.from({ length: 300_000 }, (_, index) => ['orders', String(index), '']);
    assert.equal(renderTable(columns, rows).at(-1), 'orders  299999');
  });

  it('of no rows shows its titles', () => {
    assert.deepEqual(renderTable(columns, []), ['TOPIC  LAG  STATE']);
  });
});

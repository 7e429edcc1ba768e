import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProperties } from '../../../../lib/config/text/properties.ts';

const read = (text: string) =>
  parseProperties(text).entries.map(({ key, value, line }) => [key, value, line]);

test('the key ends at the first unescaped separator', () => {
  assert.deepEqual(read('a=b\nc : d\ne f\n g\t=\th = i\nj'), [
    ['a', 'b', 1],
    ['c', 'd', 2],
    ['e', 'f', 3],
    ['g', 'h = i', 4],
    ['j', '', 5],
  ]);
  assert.deepEqual(read('a\\=b\\:c\\ d = e'), [['a=b:c d', 'e', 1]]);
});

test('comments begin a line; behind a value they belong to it', () => {
  assert.deepEqual(read('# a = 1\n  ! b = 2\n\nc = 3 # three'), [['c', '3 # three', 4]]);
});

test('an odd number of backslashes continues on the next line', () => {
  assert.deepEqual(read('a = b,\\\n    c\nd = e\\\\\nf = g\\\\\\\n#h'), [
    ['a', 'b,c', 1],
    ['d', 'e\\', 3],
    ['f', 'g\\#h', 4],
  ]);
  assert.deepEqual(read('a = b\\'), [['a', 'b', 1]]);
  assert.deepEqual(read('\\\n# comment\na = b'), [['a', 'b', 3]]);
});

test('every line end counts, and a byte order mark does not', () => {
  assert.deepEqual(read('\uFEFFa = 1\r\nb = 2\rc = 3\r\n'), [
    ['a', '1', 1],
    ['b', '2', 2],
    ['c', '3', 3],
  ]);
});

test('escapes are resolved, unknown ones lose their backslash', () => {
  assert.deepEqual(read('a = \\t\\u0041\\.\\\\d\\z'), [['a', '\tA.\\dz', 1]]);
});

test('blanks behind a value are kept', () => {
  assert.deepEqual(read('a = true  '), [['a', 'true  ', 1]]);
});

test('a malformed unicode escape is a problem with its line', () => {
  const { problems } = parseProperties('a = 1\nb = C:\\users');
  assert.deepEqual(
    problems.map(({ line, key }) => [line, key]),
    [[2, 'b']],
  );
  assert.deepEqual(parseProperties('b = C:\\\\users').problems, []);
});

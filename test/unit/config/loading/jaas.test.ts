import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJaas } from '../../../../lib/config/loading/jaas.ts';

test('a login module and its options are read as Java reads them', () => {
  assert.deepEqual(
    parseJaas(
      `org.apache.kafka.common.security.plain.PlainLoginModule required\n  username="al\\"ice" password='a;b = c' debug=true ;\n`,
    ),
    {
      module: 'PlainLoginModule',
      options: { username: 'al"ice', password: 'a;b = c', debug: 'true' },
    },
  );
  assert.deepEqual(parseJaas('IAMLoginModule required;'), {
    module: 'IAMLoginModule',
    options: {},
  });
});

test('what is no such text is none', () => {
  for (const text of [
    '',
    'hunter2',
    'Module required',
    'Module required a=b',
    'Module required a="b;',
    'Module maybe;',
  ]) {
    assert.equal(parseJaas(text), undefined, text);
  }
});

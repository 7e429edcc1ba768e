import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nameOf } from '../../../../lib/kafka/network/broker-connection.ts';
import { Connections } from '../../../../lib/kafka/network/connections.ts';

function connectionsTo(...bootstrapServers: string[]) {
  const cluster = { alias: 'backup', bootstrapServers };
  return new Connections({ cluster, side: 'target', requestTimeoutMs: 1000 });
}

describe('bootstrap.servers', () => {
  test('are hosts, IPv4 and IPv6 addresses with ports', () => {
    connectionsTo(
      'broker:9092',
      '10.0.0.1:9092',
      '[::1]:9092',
      ' spaced.example:1 ',
      'b-1.x_y:65535',
    );
    connectionsTo('PLAINTEXT://broker:9092', 'SASL_SSL://[fe80::1]:9096');
  });

  for (const server of [
    '',
    'broker',
    'broker:',
    ':9092',
    'broker:0',
    'broker:65536',
    'a:b:c',
    '::1:9092',
  ]) {
    test(`“${server}” is a mistake in the configuration`, () => {
      assert.throws(() => connectionsTo('broker:9092', server), {
        code: 'CONFIGURATION_INVALID',
        message: /backup\.bootstrap\.servers has “.*”, expected host:port/,
      });
    });
  }
});

test('there is one connection for each broker, named as in bootstrap.servers', () => {
  const connections = connectionsTo('broker:9092');
  const connection = connections.to({ host: 'broker', port: 9092 });
  assert.equal(connections.to({ host: 'broker', port: 9092 }), connection);
  assert.notEqual(connections.to({ host: 'broker', port: 9093 }), connection);
  assert.equal(connection.broker, 'broker:9092');
  assert.equal(nameOf({ host: '::1', port: 9092 }), '[::1]:9092');
});

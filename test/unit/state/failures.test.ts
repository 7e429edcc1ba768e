import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { MirrorlessError } from '../../../lib/errors.ts';
import { conflictOf, stateFailure } from '../../../lib/state/failures.ts';

const at = { action: 'PutItem', table: 'state' };

function named(name: string, more: object = {}): Error {
  return Object.assign(new Error('why'), { name, ...more });
}

function service(name: string, httpStatusCode: number, fault: 'client' | 'server' = 'client') {
  return new DynamoDBServiceException({
    name,
    message: 'why',
    $fault: fault,
    $metadata: { httpStatusCode },
  });
}

function cancelled(...codes: string[]) {
  return new TransactionCanceledException({
    message: 'why',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code, Item: { found: { S: Code } } })),
  });
}

const classified: [Error, string][] = [
  [service('ResourceNotFoundException', 400), 'STATE_TABLE_MISSING'],
  [service('AccessDeniedException', 400), 'STATE_REFUSED'],
  [service('UnrecognizedClientException', 400), 'STATE_REFUSED'],
  [named('CredentialsProviderError'), 'STATE_REFUSED'],
  [service('ThrottlingException', 400), 'STATE_UNAVAILABLE'],
  [service('ProvisionedThroughputExceededException', 400), 'STATE_UNAVAILABLE'],
  [service('Unheard', 503), 'STATE_UNAVAILABLE'],
  [service('Unheard', 429), 'STATE_UNAVAILABLE'],
  [service('Unheard', 400, 'server'), 'STATE_UNAVAILABLE'],
  [cancelled('None', 'ThrottlingError'), 'STATE_UNAVAILABLE'],
  [cancelled('ProvisionedThroughputExceeded'), 'STATE_UNAVAILABLE'],
  [named('AbortError'), 'STATE_UNAVAILABLE'],
  [named('TimeoutError'), 'STATE_UNAVAILABLE'],
  [named('Error', { code: 'ECONNREFUSED' }), 'STATE_UNAVAILABLE'],
  [named('Error', { code: 'EAI_AGAIN' }), 'STATE_UNAVAILABLE'],
  [named('Error', { code: 'SELF_SIGNED_CERT_IN_CHAIN' }), 'STATE_UNAVAILABLE'],
  [named('Error', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'STATE_UNAVAILABLE'],
  [named('TypeError', { code: 'ERR_INVALID_ARG_TYPE' }), 'INTERNAL'],
  [service('ValidationException', 400), 'INTERNAL'],
  [cancelled('ValidationError'), 'INTERNAL'],
  [new TypeError('x is not a function'), 'INTERNAL'],
];

test('every failure has a code, its cause, and names the action and the table', () => {
  for (const [error, code] of classified) {
    const failure = stateFailure(error, at);
    assert.equal(failure.code, code, `${error.name} ${error.message}`);
    assert.equal(failure.cause, error);
    assert.match(failure.message, /PutItem on DynamoDB table state failed/);
  }
  assert.equal(stateFailure('thrown text', at).code, 'INTERNAL');
});

test('a table with other keys is the wrong one', () => {
  const error = service('ValidationException', 400);
  error.message = 'The provided key element does not match the schema';
  assert.equal(stateFailure(error, at).code, 'STATE_TABLE_MISSING');
});

test('an error of the project stays what it is', () => {
  const error = new MirrorlessError('STATE_CORRUPT', 'broken');
  assert.equal(stateFailure(error, at), error);
});

test('a conflict tells what is stored, where that is known', () => {
  const Item = { found: { S: 'it' } };
  const failed = new ConditionalCheckFailedException({ message: '', $metadata: {}, Item });
  assert.deepEqual(conflictOf(failed), { stored: Item });
  const inTransaction = conflictOf(cancelled('None', 'ConditionalCheckFailed'));
  assert.deepEqual(inTransaction, { stored: { found: { S: 'ConditionalCheckFailed' } } });
  const held = { stored: undefined };
  assert.deepEqual(conflictOf(cancelled('TransactionConflict', 'None')), held);
  const conflict = new TransactionConflictException({ message: '', $metadata: {} });
  assert.deepEqual(conflictOf(conflict), held);
  assert.equal(conflictOf(cancelled('None', 'ThrottlingError')), undefined);
  assert.equal(conflictOf(named('AbortError')), undefined);
});

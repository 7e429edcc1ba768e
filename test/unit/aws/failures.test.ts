import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isThrottled, lambdaFailure } from '../../../lib/aws/failures.ts';
import { MirrorlessError } from '../../../lib/errors.ts';

const thrown = (name: string, own: object = {}) =>
  Object.assign(new Error('why'), { name, ...own });
const answered = (name: string, httpStatusCode: number) =>
  thrown(name, { $metadata: { httpStatusCode } });
const codeOf = (error: unknown) => lambdaFailure(error, 'it').code;

describe('what Lambda refuses', () => {
  it('is known by its name', () => {
    assert.equal(codeOf(answered('ResourceConflictException', 409)), 'MAPPING_CONFLICT');
    assert.equal(codeOf(answered('ResourceInUseException', 400)), 'MAPPING_BUSY');
    assert.equal(codeOf(answered('ResourceNotFoundException', 404)), 'MAPPING_MISSING');
    assert.equal(codeOf(answered('AccessDeniedException', 403)), 'LAMBDA_REFUSED');
    assert.equal(codeOf(thrown('CredentialsProviderError')), 'LAMBDA_REFUSED');
  });

  it('is known by its status where its name is not', () => {
    assert.equal(codeOf(answered('ServiceQuotaExceededException', 402)), 'MAPPING_REFUSED');
    assert.equal(codeOf(answered('InvalidParameterValueException', 400)), 'MAPPING_REFUSED');
    assert.equal(codeOf(answered('Forbidden', 403)), 'LAMBDA_REFUSED');
    assert.equal(codeOf(answered('ServiceException', 500)), 'LAMBDA_UNAVAILABLE');
  });

  it('is without an answer where the network or the time was', () => {
    assert.equal(codeOf(thrown('TimeoutError')), 'LAMBDA_UNAVAILABLE');
    assert.equal(codeOf(thrown('Error', { code: 'ECONNREFUSED' })), 'LAMBDA_UNAVAILABLE');
    assert.equal(codeOf(thrown('TypeError', { code: 'ERR_INVALID_ARG_TYPE' })), 'INTERNAL');
    assert.equal(codeOf(new Error('else')), 'INTERNAL');
  });

  it('keeps its cause, its words and what was tried', () => {
    const cause = answered('InvalidParameterValueException', 400);
    const failure = lambdaFailure(cause, 'Create of orders');
    assert.equal(failure.cause, cause);
    assert.match(failure.message, /Create of orders .*InvalidParameterValueException: why/);
    const own = new MirrorlessError('TIME_EXHAUSTED', 'x');
    assert.equal(lambdaFailure(own, 'it'), own);
  });

  it('had no effect only where it was for haste', () => {
    assert.ok(isThrottled(answered('TooManyRequestsException', 429)));
    assert.ok(!isThrottled(answered('ServiceException', 500)));
  });
});

/** What the AWS SDK throws, in the project's error codes. Total: what is not known is INTERNAL. */
import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import type { ErrorCode } from '../error-codes.ts';
import { isMirrorlessError, MirrorlessError } from '../errors.ts';
import type { Item } from './items.ts';

const refusals = new Set([
  'AccessDeniedException',
  'CredentialsProviderError',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
]);

/** Exceptions of a busy service, and the reasons it gives for cancelling a transaction. */
const busy = new Set([
  'InternalServerError',
  'LimitExceededException',
  'ProvisionedThroughputExceeded',
  'ProvisionedThroughputExceededException',
  'ReplicatedWriteConflictException',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'ThrottlingError',
  'ThrottlingException',
  'TransactionInProgressException',
]);

/** Why `action` on the table failed; an error that already is the project's is kept. */
export function stateFailure(
  error: unknown,
  { action, table }: { action: string; table: string },
): MirrorlessError {
  if (isMirrorlessError(error)) return error;
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const what = `${action} on DynamoDB table ${table} failed: ${why}`;
  return new MirrorlessError(codeOf(error), what, { cause: error });
}

function codeOf(error: unknown): ErrorCode {
  if (!(error instanceof Error)) return 'INTERNAL';
  const names = [error.name, ...cancellationCodes(error)];
  if (names.includes('ResourceNotFoundException') || isOtherTable(error)) {
    return 'STATE_TABLE_MISSING';
  }
  if (names.some((name) => refusals.has(name))) return 'STATE_REFUSED';
  if (names.some((name) => busy.has(name)) || isUnanswered(error)) return 'STATE_UNAVAILABLE';
  return 'INTERNAL';
}

function cancellationCodes(error: Error): string[] {
  if (!(error instanceof TransactionCanceledException)) return [];
  return (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
}

/** The configured name is that of a table with other keys. */
function isOtherTable(error: Error): boolean {
  const mismatch = /does not match the schema|does not have the specified index/;
  return error.name === 'ValidationException' && mismatch.test(error.message);
}

/** A failing service, no answer in time, or a network or TLS error, which Node names by its code. */
function isUnanswered(error: Error & { code?: unknown }): boolean {
  if (error instanceof DynamoDBServiceException) {
    const status = error.$metadata.httpStatusCode ?? 0;
    return error.$fault === 'server' || status >= 500 || status === 429;
  }
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return true;
  return typeof error.code === 'string' && !/^ERR_(?!TLS|SSL)/.test(error.code);
}

/** What a conditional write found in place of what it expected. */
export interface Conflict {
  /** The stored item; undefined where there is none, or another transaction holds it right now. */
  stored: Item | undefined;
}

/** @returns undefined where the error is not that another invocation wrote first */
export function conflictOf(error: unknown): Conflict | undefined {
  if (error instanceof ConditionalCheckFailedException) return { stored: error.Item };
  if (error instanceof TransactionConflictException) return { stored: undefined };
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const reasons = error.CancellationReasons ?? [];
  const failed = reasons.find((reason) => reason.Code === 'ConditionalCheckFailed');
  if (failed !== undefined) return { stored: failed.Item };
  const isHeld = reasons.some((reason) => reason.Code === 'TransactionConflict');
  return isHeld ? { stored: undefined } : undefined;
}

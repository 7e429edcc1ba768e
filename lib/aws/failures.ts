/** What the Lambda client throws, in the project's error codes. Total: what is not known is INTERNAL. */
import type { ErrorCode } from '../error-codes.ts';
import { isMirrorlessError, MirrorlessError } from '../errors.ts';

const codes: Readonly<Record<string, ErrorCode>> = {
  ResourceConflictException: 'MAPPING_CONFLICT',
  ResourceInUseException: 'MAPPING_BUSY',
  ResourceNotFoundException: 'MAPPING_MISSING',
  TooManyRequestsException: 'LAMBDA_UNAVAILABLE',
  AccessDeniedException: 'LAMBDA_REFUSED',
  CredentialsProviderError: 'LAMBDA_REFUSED',
  ExpiredTokenException: 'LAMBDA_REFUSED',
  InvalidSignatureException: 'LAMBDA_REFUSED',
  MissingAuthenticationTokenException: 'LAMBDA_REFUSED',
  UnrecognizedClientException: 'LAMBDA_REFUSED',
};

/** Why `action` failed; an error that already is the project's is kept. */
export function lambdaFailure(error: unknown, action: string): MirrorlessError {
  if (isMirrorlessError(error)) return error;
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new MirrorlessError(codeOf(error), `${action} failed: ${why}.`, { cause: error });
}

function codeOf(error: unknown): ErrorCode {
  if (!(error instanceof Error)) return 'INTERNAL';
  return codes[error.name] ?? codeOfStatus(error) ?? (isUnanswered(error) ? busy : 'INTERNAL');
}

const busy = 'LAMBDA_UNAVAILABLE';

/** By what the service answered; undefined where it did not. */
function codeOfStatus(error: Error): ErrorCode | undefined {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  if (status >= 500 || status === 429) return busy;
  if (status === 403) return 'LAMBDA_REFUSED';
  return status >= 400 ? 'MAPPING_REFUSED' : undefined;
}

/** No answer in time, or a network or TLS error, which Node names by its code. */
function isUnanswered(error: Error & { code?: unknown }): boolean {
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return true;
  return typeof error.code === 'string' && !/^ERR_(?!TLS|SSL)/.test(error.code);
}

/** True for a request that was refused for haste: it had no effect. */
export function isThrottled(error: unknown): boolean {
  return error instanceof Error && error.name === 'TooManyRequestsException';
}

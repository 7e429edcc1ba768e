import { type ErrorCode, errorCodes } from './error-codes.ts';

/** Where an error belongs: names and positions only, never a byte of a record or a secret. */
export interface ErrorPlace {
  cluster?: string;
  broker?: string;
  group?: string;
  topic?: string;
  partition?: number;
  offset?: string;
  path?: string;
}

const brand = Symbol.for('mirrorless.error');

/** The one error class: a code of the registry, a message that says what to do, and its cause. */
export class MirrorlessError extends Error {
  readonly code: ErrorCode;
  readonly retriable: boolean;
  readonly place: ErrorPlace;
  readonly [brand] = true;

  constructor(
    code: ErrorCode,
    what: string,
    options: { cause?: unknown; place?: ErrorPlace } = {},
  ) {
    super(`${what} [${code}] ${errorCodes[code].remedy}`, { cause: options.cause });
    this.name = 'MirrorlessError';
    this.code = code;
    this.retriable = errorCodes[code].retriable;
    this.place = options.place ?? {};
  }
}

/** True across copies of this module (a bundle and the command line, for example). */
export function isMirrorlessError(error: unknown): error is MirrorlessError {
  return typeof error === 'object' && error !== null && brand in error;
}

/** Total over foreign errors: what is not ours becomes INTERNAL with its cause kept. */
export function toMirrorlessError(error: unknown): MirrorlessError {
  if (isMirrorlessError(error)) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new MirrorlessError('INTERNAL', what, { cause: error });
}

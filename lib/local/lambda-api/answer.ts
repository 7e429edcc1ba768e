/** What a request comes to, in the shapes of the REST-JSON protocol. */
export interface Answer {
  status: number;
  body?: unknown;
  /** Of an exception: the name that clients know it by. */
  errorType?: string;
  headers?: Readonly<Record<string, string>>;
}

const statuses = {
  InvalidParameterValueException: 400,
  SerializationException: 400,
  ValidationException: 400,
  MissingAuthenticationTokenException: 403,
  ResourceNotFoundException: 404,
  ResourceConflictException: 409,
  ResourceInUseException: 400,
  RequestTooLargeException: 413,
} as const;

export function exception(errorType: keyof typeof statuses, message: string): Answer {
  return { status: statuses[errorType], errorType, body: { Type: 'User', Message: message } };
}

/** Lambda's own words to callers that are too fast. */
export const rateExceeded: Answer = {
  status: 429,
  errorType: 'TooManyRequestsException',
  body: { Reason: 'CallerRateLimitExceeded', Type: 'User', message: 'Rate exceeded' },
  headers: { 'retry-after': '1' },
};

/** The defects of the host itself: Lambda's answer to its own. */
export const serviceFailed: Answer = {
  status: 500,
  errorType: 'ServiceException',
  body: { Type: 'Service', Message: 'The local host failed; see what it printed.' },
};
